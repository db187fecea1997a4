"""Scoped reads of runs, their holds and their ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber

from enrolhub.sync.models import Change, Hold, Phase, Run, Scope

#: How many people a hold names as an example.
EXAMPLES = 3

APPLIED, PLANNED, HELD = "applied", "planned", "held"
#: What a ledger's address says for « every relation that the figures of a run count ».
COUNTED = "counted"

_DEPARTURE = Change.Action.DEPARTURE
#: A change took effect when its scope says so: departures apart from arrivals and alterations.
#: Held departures that were approved took effect in the run of their approval.
_IS_APPROVED = Q(action=_DEPARTURE, scope__hold__state=Hold.State.APPROVED)
_IS_APPLIED = (
    Q(action=_DEPARTURE, scope__departed_at__isnull=False)
    | (~Q(action=_DEPARTURE) & Q(scope__arrived_at__isnull=False))
    | _IS_APPROVED
)
_IS_HELD = Q(action=_DEPARTURE, scope__departed_at__isnull=True, scope__verdict=Scope.Verdict.HOLD) & ~_IS_APPROVED
CHANGES_BY_EFFECT = {APPLIED: _IS_APPLIED, HELD: _IS_HELD, PLANNED: ~_IS_APPLIED & ~_IS_HELD}


def runs_of_kind(kind: str) -> QuerySet[Run]:
    """Real runs of one kind, newest first: dry runs changed nothing and count for nothing."""
    return Run.objects.filter(kind=kind, dry_run=False)


def holds_waiting() -> QuerySet[Hold]:
    """Holds that wait for a decision, newest run first; what a dry run would hold waits for nobody."""
    return (
        Hold.objects.filter(state=Hold.State.WAITING, scope__phase__run__dry_run=False)
        .select_related("scope__phase__run")
        .order_by("-scope__phase__run_id", "scope__phase__position", "scope__code", "scope__ref")
    )


@dataclass(frozen=True)
class HeldRun:
    """The departures of one run that wait for a decision: how many, in how many scopes, and why."""

    run: Run
    departures: int
    scope_count: int
    codes: list[str]
    reasons: list[str]


def runs_holding() -> list[HeldRun]:
    """Runs with holds to be decided, newest first, in one query."""
    by_run: dict[int, list[Hold]] = {}
    for hold in holds_waiting():
        by_run.setdefault(hold.scope.phase.run_id, []).append(hold)
    return [
        HeldRun(
            run=holds[0].scope.phase.run,
            departures=sum(hold.scope.departures for hold in holds),
            scope_count=len(holds),
            codes=sorted({hold.scope.code for hold in holds}),
            reasons=sorted({hold.reason for hold in holds}),
        )
        for holds in by_run.values()
    ]


def runs_holding_count() -> int:
    """How many runs have holds to be decided."""
    count: int = holds_waiting().order_by().aggregate(runs=Count("scope__phase__run", distinct=True))["runs"]
    return count


def departures_waiting(run: Run) -> int:
    """How many held departures of a run wait for a decision."""
    waiting = Hold.objects.filter(state=Hold.State.WAITING, scope__phase__run=run)
    total: int = waiting.aggregate(total=Coalesce(Sum("scope__departures"), 0))["total"]
    return total


def changes_of(run: Run) -> QuerySet[Change]:
    """The ledger of a run in its own order, each change with its ``effect`` (applied, planned, held)."""
    effect = Case(
        When(_IS_APPLIED, then=Value(APPLIED)),
        When(_IS_HELD, then=Value(HELD)),
        default=Value(PLANNED),
        output_field=CharField(),
    )
    return (
        Change.objects.filter(scope__phase__run=run)
        .select_related("scope__phase")
        .annotate(effect=effect)
        .order_by("id")
    )


def examples_of(scopes: Iterable[Scope], count: int = EXAMPLES) -> dict[int, list[str]]:
    """The first usernames that would leave each of these scopes, by scope id, in one query."""
    numbered = (
        Change.objects.filter(scope__in=list(scopes), action=_DEPARTURE)
        .annotate(rank=Window(RowNumber(), partition_by=F("scope"), order_by=F("id").asc()))
        .filter(rank__lte=count)
        .order_by("scope", "rank")
        .values_list("scope_id", "person")
    )
    examples: dict[int, list[str]] = {}
    for scope_id, person in numbered:
        examples.setdefault(scope_id, []).append(person)
    return examples


def rows_to_write(phases: Iterable[Phase]) -> tuple[int, int]:
    """Scopes committed and scopes planned, over these phases: what a progress bar shows."""
    done = whole = 0
    for phase in phases:
        done += phase.applied_count
        whole += phase.scope_count
    return done, whole


def movement_since(codes: Iterable[str], relations: Iterable[str], since: object) -> dict[str, tuple[int, int]]:
    """Arrivals and departures that took effect since then (UTC) in the scopes of these codes, by code, in one query."""
    rows = (
        Scope.objects.filter(code__in=list(codes), phase__relation__in=list(relations), phase__run__dry_run=False)
        .filter(Q(arrived_at__gte=since) | Q(departed_at__gte=since))
        .order_by()
        .values("code")
        .annotate(
            arrived=Coalesce(Sum("arrivals", filter=Q(arrived_at__gte=since)), 0),
            departed=Coalesce(Sum("departures", filter=Q(departed_at__gte=since)), 0),
        )
    )
    return {row["code"]: (row["arrived"], row["departed"]) for row in rows}
