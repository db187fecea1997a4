"""Putting the guards' questions to a planned phase, and keeping their answers: verdicts and holds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from enrolhub.sync.digest import digest_lines, digests_by_scope
from enrolhub.sync.guards import (
    USUAL_DAYS,
    Limits,
    Reason,
    ScopeCounts,
    is_unusual_arrival,
    judge_run,
    judge_scope,
    most_of_a_day,
    twice_median,
)
from enrolhub.sync.limits import limits_in_force, note_raised_limits
from enrolhub.sync.models import Change, Finding, Hold, Phase, Run, Scope
from enrolhub.sync.proposed_again import set_apart_what_was_undone
from enrolhub.sync.relation import Relation
from enrolhub.sync.undone import UNDO, is_undone, undone_codes

#: Cases shown with a finding; the rest is only counted.
CASES = 20
#: Runs read for what is usual: as many as there may be in the last days.
READ = 10 * USUAL_DAYS

#: The digest of a scope without a change.
NOTHING = digest_lines(())
#: Scopes held in one go: a spoiled extract may have thousands.
TOGETHER = 500
#: A scope whose departures are to be held, why, and what to tell of it.
Held = tuple[Scope, Reason, dict[str, Any]]

_previewed = {UNDO}


def register_previewed(kind: str) -> None:
    """Say that somebody wanted the departures of runs of this kind and saw them before: the guards do not add them up."""
    _previewed.add(kind)


def judge_phase(phase: Phase) -> None:
    """Hold the departures of each scope of the phase that a guard does not let pass; note unusual arrivals."""
    limits = limits_in_force()
    apart = set_apart_what_was_undone(phase)
    held: list[Held] = [
        (scope, Reason.UNDONE, {"undo": apart[scope.pk]}) for scope in phase.scopes.filter(pk__in=apart)
    ]
    scopes = list(phase.scopes.filter(part=Scope.Part.REST))
    recent = recent_departures(phase.relation, [scope.ref for scope in scopes if scope.departures])
    for scope in scopes:
        counts = ScopeCounts(scope.size, scope.departures, scope.arrivals, recent.get(scope.ref, 0))
        reason = judge_scope(counts, limits)
        if reason:
            held.append((scope, reason, {"size": scope.size, "recent": counts.recent_departures}))
    hold_scopes(held)
    note_unusual_arrivals(phase, scopes, limits)


def recent_departures(relation: str, refs: list[int]) -> Mapping[int, int]:
    """Departures applied to each of these scopes in the window (``GUARD_WINDOW_DAYS``), but for those undone since or wanted."""
    since = timezone.now() - timedelta(days=settings.GUARD_WINDOW_DAYS)
    rows = Scope.objects.filter(phase__relation=relation, departed_at__gte=since, departures__gt=0)
    rows = rows.filter(phase__run__dry_run=False).exclude(phase__run__kind__in=_previewed)
    undone = undone_codes()
    if undone:
        rows = rows.exclude(is_undone("phase__run", "code", list(undone.items())))
    wanted = set(refs)
    totals = rows.values_list("ref").annotate(total=Sum("departures"))
    return {ref: total for ref, total in totals if ref in wanted}


def hold_scopes(held: Sequence[Held]) -> None:
    """Hold the departures of scopes until a person decides; each hold is bound to them by their digest."""
    for first in range(0, len(held), TOGETHER):
        some = held[first : first + TOGETHER]
        scopes = [scope.pk for scope, _, _ in some]
        Scope.objects.filter(pk__in=scopes).update(verdict=Scope.Verdict.HOLD)
        digests = digests_by_scope(Change.objects.filter(scope__in=scopes, action=Change.Action.DEPARTURE))
        Hold.objects.bulk_create(
            Hold(scope=scope, reason=reason.value, params=params, digest=digests.get(scope.pk, NOTHING))
            for scope, reason, params in some
        )


def judge_whole_run(run: Run, current: int, counted: Collection[str], doubted: int = 0) -> None:
    """Hold every departure of the run when those of enrolments are too many for its ``current`` synced enrolments, or for a
    day like the last ones. So many more, ``doubted``, would have gone with cohorts that are held.
    """
    if not counted:
        return
    note_raised_limits(run)
    scopes = Scope.objects.filter(phase__run=run, departures__gt=0)
    departures = scopes.filter(phase__relation__in=list(counted)).aggregate(total=Sum("departures"))["total"] or 0
    departures += doubted
    usual = usual_departures(run)
    limits = limits_in_force()
    reason = judge_run(current, departures, limits, usual)
    if reason:
        told = {"departures": departures, "current": current, "usual": twice_median(usual) // 2 if usual else 0}
        if reason == Reason.UNUSUAL:
            told["most"] = most_of_a_day(current, limits, usual)
        hold_scopes([(scope, reason, told) for scope in scopes.filter(verdict=Scope.Verdict.APPLY)])


def usual_departures(run: Run) -> list[int]:
    """Departures applied by runs of this kind on each of the last days before this one's that had a complete one."""
    ended = (Run.State.APPLIED, Run.State.APPLIED_WITH_HOLDS)
    runs = Run.objects.filter(kind=run.kind, dry_run=False, partial=False, state__in=ended, pk__lt=run.pk)
    days: dict[date, int] = {}
    for requested_at, departures in runs.order_by("-pk").values_list("requested_at", "departures")[:READ]:
        day = timezone.localdate(requested_at)
        if day < timezone.localdate(run.requested_at):
            days[day] = days.get(day, 0) + departures
    return list(days.values())[:USUAL_DAYS]


def supersede_holds(run: Run, relations: Iterable[Relation]) -> int:
    """Holds of earlier runs no longer stand where this run's plan answers the same question anew.

    A run that judges some scopes of a relation answers for these; what the run's own limit held besides (people,
    groups) only a run of the same kind answers for.
    """
    older: QuerySet[Hold] = Hold.objects.filter(
        state=Hold.State.WAITING, scope__phase__run__lt=run.pk, scope__phase__run__dry_run=False
    )
    if not older.exists():
        return 0
    answered = 0
    for relation in relations:
        holds = older.filter(scope__phase__relation=relation.name)
        if relation.is_judged:
            holds = holds.filter(scope__ref__in=relation.scopes().order_by().values("pk"))
        else:
            holds = holds.filter(scope__phase__run__kind=run.kind)
        answered += holds.update(state=Hold.State.SUPERSEDED)
    return answered


def note_unusual_arrivals(phase: Phase, scopes: Iterable[Scope], limits: Limits) -> None:
    unusual = [s for s in scopes if is_unusual_arrival(ScopeCounts(s.size, s.departures, s.arrivals), limits)]
    found = {"run_id": phase.run_id, "code": "unusual_arrivals", "params": {"relation": phase.relation}}
    # A phase whose planning was interrupted after this is judged again.
    Finding.objects.filter(**found).delete()
    if unusual:
        Finding.objects.create(
            **found,
            level=Finding.Level.WARNING,
            count=len(unusual),
            cases=[{"scope": s.code, "size": s.size, "arrivals": s.arrivals} for s in unusual[:CASES]],
        )
