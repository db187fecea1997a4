"""Taking a run back: the ledger's inverse is a plan like any other, applied by the same engine, itself undoable.

Only what still stands exactly as the run left it is taken back; rows that anything else has touched since are
conflicts, listed and left alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.judge import CASES
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Change, Finding, Phase, Run
from enrolhub.sync.relation import Reasons, Relation, Undoable, undoable_relation

KIND = "undo"


def request_undo(run: Run, author: User | None = None, *, dry_run: bool = False) -> Run:
    """A waiting run that will take ``run`` back. Raises RunRefused when it is live, a dry run, or undone already."""
    if run.is_live or run.dry_run:
        raise RunRefused("undo_not_applied", run=run.pk)
    if Run.objects.filter(undoes=run, dry_run=False).exclude(state__in=[Run.State.FAILED, Run.State.REFUSED]).exists():
        raise RunRefused("undo_done_already", run=run.pk)
    try:
        with transaction.atomic():
            return Run.objects.create(kind=KIND, lane=f"undo:{run.pk}", undoes=run, author=author, dry_run=dry_run)
    except IntegrityError:
        raise RunRefused("undo_under_way", run=run.pk) from None


def applied_changes(phase: Phase) -> QuerySet[Change]:
    """The changes of a phase that took effect."""
    arrived = ~Q(action=Change.Action.DEPARTURE) & Q(scope__arrived_at__isnull=False)
    departed = Q(action=Change.Action.DEPARTURE, scope__departed_at__isnull=False)
    return Change.objects.filter(arrived | departed, scope__phase=phase)


class Inverse:
    """A relation seen backwards: desired is what the run's changes found, current what they left."""

    is_judged = False

    def __init__(self, relation: Undoable, phase: Phase) -> None:
        self.relation = relation
        self.phase = phase
        self.name = relation.name
        self.model = relation.model
        self.fact_names = relation.fact_names
        self.is_counted = relation.is_counted

    def prepare(self) -> None:
        """What the changes refer to stood when they were made."""

    def touched(self) -> QuerySet[Change]:
        """The run's changes, each with what its row says ``now``."""
        now = Coalesce(self.relation.facts_now(), Value(""), output_field=CharField())
        return applied_changes(self.phase).annotate(now=now)

    def standing(self) -> QuerySet[Change]:
        """Those whose row is still exactly as the run left it."""
        return self.touched().filter(Exact(F("now"), F("after")))

    def conflicts(self) -> QuerySet[Change]:
        return self.touched().exclude(Exact(F("now"), F("after")))

    def people(self) -> QuerySet[Any, Any] | None:
        return self.relation.people()

    def scopes(self) -> QuerySet[Any, Any]:
        return self.relation.scopes()

    def desired(self) -> QuerySet[Any, Any]:
        rows = self.standing().exclude(before="")
        admitted = Value(1, output_field=IntegerField())
        no_line = Value(0, output_field=IntegerField())
        return rows.values_list("scope__ref", "member", "item", "before", admitted, "source", no_line)

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
        return [("undone", None)]


class UndoChain:
    """Takes the phases of the undone run back, the last one first."""

    def __init__(self, run: Run) -> None:
        assert run.undoes is not None
        self.run = run
        self.inverses: list[Inverse] = []
        for phase in run.undoes.phases.order_by("-position"):
            relation = undoable_relation(phase.relation)
            if relation:
                self.inverses.append(Inverse(relation, phase))

    def open(self, lease: Lease) -> Sequence[Relation]:
        # Once something is taken back, it no longer stands as the run left it: conflicts are found before that.
        if not self.run.phases.exists():
            with lease.transaction() as run:
                run.findings.all().delete()
            for inverse in self.inverses:
                self.note_conflicts(lease, inverse)
        return self.inverses

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
        """Nothing follows an undo."""
