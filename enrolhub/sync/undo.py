"""Taking a run back, whole or some courses and cohorts of it: the ledger's inverse is a plan like any other, applied
by the same engine, itself undoable.

Only what still stands exactly as the run left it is taken back; rows that anything else has touched since are
conflicts, listed and left alone.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.functional import cached_property

from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.judge import CASES
from enrolhub.sync.lease import Lease
from enrolhub.sync.mandate import asked_by, refuse_lost_right
from enrolhub.sync.models import Change, Finding, Hold, Phase, Run, Scope
from enrolhub.sync.relation import Reasons, Relation, Undoable, undoable_relation
from enrolhub.sync.rules import can_undo_codes
from enrolhub.sync.undone import EVERYTHING, NONE, UNDO, Codes, codes_of, is_undone, runs_belonging_to, undone_codes

KIND = UNDO
Undone = Sequence[tuple[int, Codes]]
#: From a change to the earlier and later ones about the same row.
SAME_ROW = {name: OuterRef(name) for name in ("scope__ref", "member", "item")}


def request_undo(run: Run, author: User | None = None, *, codes: Collection[str] = (), dry_run: bool = False) -> Run:
    """A waiting run that will take ``run`` back, or only its scopes of these course and cohort codes.

    Raises RunRefused when the run is live or a dry run, when nothing of it is left to take back, when it did not touch
    a code, and while a run that could touch the same rows is under way.
    """
    refuse_undo(run, codes)
    options = ({"scopes": sorted(set(codes))} if codes else {}) | asked_by(author)
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=KIND, lane=f"undo:{run.pk}", undoes=run, author=author, dry_run=dry_run, options=options
            )
    except IntegrityError:
        raise RunRefused("undo_under_way", run=run.pk) from None


def refuse_undo(run: Run, codes: Collection[str] = ()) -> None:
    """Raise RunRefused, saying why, when these codes of the run cannot be taken back now."""
    if run.is_live or run.dry_run:
        raise RunRefused("undo_not_applied", run=run.pk)
    if Run.objects.filter(undoes=run, dry_run=False, state__in=Run.LIVE).exists():
        raise RunRefused("undo_under_way", run=run.pk)
    if Run.objects.filter(Q(lane=run.lane) | Q(approves=run), dry_run=False, state__in=Run.LIVE).exists():
        raise RunRefused("undo_lane_busy", run=run.pk)
    touched = set(
        Scope.objects.filter(phase__run__in=runs_belonging_to(run.pk)).order_by().values_list("code", flat=True)
    )
    unknown = set(codes) - touched
    if unknown:
        raise RunRefused("undo_untouched", codes=", ".join(sorted(unknown)))
    done = undone_codes().get(run.pk, NONE)
    if done == EVERYTHING or (done and all(code in done for code in codes or touched)):
        raise RunRefused("undo_done_already", run=run.pk)


def applied_changes(phases: Iterable[Phase]) -> QuerySet[Change]:
    """The changes of these phases that took effect."""
    arrived = ~Q(action=Change.Action.DEPARTURE) & Q(scope__arrived_at__isnull=False)
    departed = Q(action=Change.Action.DEPARTURE, scope__departed_at__isnull=False)
    return Change.objects.filter(arrived | departed, scope__phase__in=[phase.pk for phase in phases])


class Inverse:
    """A relation seen backwards: desired is what the run's changes found, current what they left.

    ``phases`` are those of the run and of what belongs to it, the first one first. A row that several of them touched
    goes from what the last one left to what the first one found.
    """

    is_judged = False

    def __init__(
        self, relation: Undoable, phases: Sequence[Phase], codes: Codes = EVERYTHING, undone: Undone = ()
    ) -> None:
        self.relation = relation
        self.phases = phases
        self.codes = codes
        self.undone = undone
        self.name = relation.name
        self.model = relation.model
        self.fact_names = relation.fact_names
        self.is_counted = relation.is_counted

    def prepare(self) -> None:
        """What the changes refer to stood when they were made."""

    def applied(self) -> QuerySet[Change]:
        """The run's changes of these codes that nobody has taken back yet."""
        rows = applied_changes(self.phases)
        if self.codes != EVERYTHING:
            rows = rows.filter(self.codes.matching("scope__code"))
        return rows.exclude(is_undone("scope__phase__run", "scope__code", self.undone)) if self.undone else rows

    def of_same_row(self) -> QuerySet[Change]:
        """The run's changes of the (outer) change's row."""
        # Naming every action lets the index by scope, action and member find them.
        return self.applied().filter(**SAME_ROW, action__in=Change.Action.values)

    @cached_property
    def overlaps(self) -> bool:
        """Whether any row was touched twice: altered by the night, say, and then gone by an approval."""
        if len(self.phases) < 2:
            return False
        later = self.applied().filter(scope__phase__in=[phase.pk for phase in self.phases[1:]])
        return later.filter(Exists(self.of_same_row().filter(pk__lt=OuterRef("pk")))).exists()

    @property
    def joins_large(self) -> bool:
        """Rows touched twice are looked up one by one."""
        return not self.overlaps

    def touched(self) -> QuerySet[Change]:
        """The last change of each row, with what the row says ``now`` and what it said ``first``."""
        rows = self.applied()
        first: Any = F("before")
        if self.overlaps:
            others = self.of_same_row()
            rows = rows.filter(~Exists(others.filter(pk__gt=OuterRef("pk"))))
            earlier = others.filter(pk__lt=OuterRef("pk")).order_by("pk").values("before")[:1]
            first = Coalesce(Subquery(earlier), F("before"), output_field=CharField())
        now = Coalesce(self.relation.facts_now(), Value(""), output_field=CharField())
        touched: QuerySet[Change] = rows.annotate(now=now, first=first)
        return touched

    def standing(self) -> QuerySet[Any, Any]:
        """Those whose row is still exactly as the run left it, each with what will become of it (``back``)."""
        back = Case(
            When(after="", then=Value(Change.Action.ARRIVAL)),
            When(first="", then=Value(Change.Action.DEPARTURE)),
            default=Value(Change.Action.ALTERATION),
            output_field=CharField(),
        )
        return self.touched().filter(Exact(F("now"), F("after"))).annotate(back=back)

    def conflicts(self) -> QuerySet[Change]:
        return self.touched().exclude(Exact(F("now"), F("after")))

    def people(self) -> QuerySet[Any, Any] | None:
        return self.relation.people()

    def scopes(self) -> QuerySet[Any, Any]:
        return self.relation.scopes()

    def desired(self) -> QuerySet[Any, Any]:
        rows = self.standing().exclude(Exact(F("first"), Value("")))
        admitted = Value(1, output_field=IntegerField())
        no_line = Value(0, output_field=IntegerField())
        return rows.values_list("scope__ref", "member", "item", "first", admitted, "source", no_line)

    def current(self) -> QuerySet[Any, Any]:
        rows = self.standing().exclude(after="")
        leaving = Value("", output_field=CharField())
        return rows.values_list("scope__ref", "member", "item", "after", F("after"), leaving)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        self.relation.arrive(changes, at)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        self.relation.restore(changes, at)

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        self.relation.depart(changes, at)

    def departure_reasons(self) -> Reasons:
        return [("run_undone", None)]


def inverses_of(run: Run, codes: Codes = EVERYTHING) -> list[Inverse]:
    """The relations of a run seen backwards, the last one first. Mirrors of a register are not taken back."""
    by_relation: dict[str, list[Phase]] = {}
    phases = list(Phase.objects.filter(run__in=runs_belonging_to(run.pk)).order_by("run_id", "position"))
    for phase in phases:
        by_relation.setdefault(phase.relation, []).append(phase)
    runs = {phase.run_id for phase in phases}
    undone = [(number, taken) for number, taken in undone_codes().items() if number in runs]
    last_first = sorted(by_relation.values(), key=lambda same: -same[0].position)
    relations = ((undoable_relation(same[0].relation), same) for same in last_first)
    return [Inverse(relation, same, codes, undone) for relation, same in relations if relation]


class UndoChain:
    """Takes the phases of the undone run back, the last one first."""

    def __init__(self, run: Run) -> None:
        assert run.undoes is not None
        self.run = run
        self.inverses = inverses_of(run.undoes, codes_of(run))

    def open(self, lease: Lease) -> Sequence[Relation]:
        # Once something is taken back, it no longer stands as the run left it: conflicts are found before that.
        if not self.run.phases.exists():
            refuse_lost_right(self.run, self.still_may)
            with lease.transaction() as run:
                run.findings.all().delete()
            for inverse in self.inverses:
                self.note_conflicts(lease, inverse)
        return self.inverses

    def still_may(self, account: User) -> bool:
        assert self.run.undoes is not None
        return can_undo_codes(account, self.run.undoes, self.run.options.get("scopes", ()))

    def note_conflicts(self, lease: Lease, inverse: Inverse) -> None:
        rows = inverse.conflicts().values_list("scope__code", "person", "item", "after", F("now"))
        count = rows.count()
        if count:
            keys = ("scope", "person", "item", "left", "found")
            cases = [dict(zip(keys, row, strict=True)) for row in rows.order_by("id")[:CASES]]
            with lease.transaction():
                params = {"relation": inverse.name}
                Finding.objects.create(
                    run=self.run, code="undo_conflict", level="warning", count=count, params=params, cases=cases
                )

    def close(self, lease: Lease) -> None:
        """What the undone run still holds is no longer to be decided."""
        with lease.transaction() as run:
            waiting = Hold.objects.filter(state=Hold.State.WAITING, scope__phase__run=run.undoes_id)
            waiting.filter(codes_of(run).matching("scope__code")).update(state=Hold.State.SUPERSEDED)
