"""Applying what was approved: the held departures exactly as they were seen, and what follows from them.

The run of an approval plans by the ledger of the held run, so it can do nothing else; its changes belong to that run.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import APPROVAL
from enrolhub.sync.digest import digest_changes
from enrolhub.sync.lease import Lease
from enrolhub.sync.mandate import refuse_lost_right
from enrolhub.sync.models import Change, Finding, Hold, Phase, Run, Scope
from enrolhub.sync.moved import replan_moved
from enrolhub.sync.relation import Reasons, Relation, undoable_relation
from enrolhub.sync.replan import Replan, replan_for
from enrolhub.sync.rules import can_decide_holds
from enrolhub.sync.wording import counted_relations

KIND = APPROVAL
_DEPARTURE = Change.Action.DEPARTURE
Following = Callable[[], QuerySet[Any, Any] | None]


class Approved:
    """A relation of which nothing is desired but that the approved departures, and those that follow, take place."""

    is_judged = False

    def __init__(self, relation: Relation, held: QuerySet[Change], following: Following) -> None:
        self.relation = relation
        self.held = held
        self.following = following
        self.name = relation.name
        self.model = relation.model
        self.fact_names = relation.fact_names
        self.is_counted = relation.is_counted

    def prepare(self) -> None:
        """What departs is there already."""

    def people(self) -> QuerySet[Any, Any] | None:
        return self.relation.people()

    def scopes(self) -> QuerySet[Any, Any]:
        return self.relation.scopes()

    def desired(self) -> QuerySet[Any, Any]:
        nothing = Change.objects.filter(pk__lt=0).order_by()
        admitted, no_line = (Value(number, output_field=IntegerField()) for number in (1, 0))
        return nothing.values_list("scope__ref", "member", "item", "before", admitted, "source", no_line)

    def current(self) -> QuerySet[Any, Any]:
        """The approved rows that still say what the plan saw, and the rows that have no reason left without them."""
        approved = self.standing().order_by().values_list("scope__ref", "member", "item", "before", "before", "after")
        following = self.following()
        return approved if following is None else approved.union(following.order_by())

    def standing(self) -> QuerySet[Change]:
        known = undoable_relation(self.name)
        if known is None:
            return self.held
        now = Coalesce(known.facts_now(), Value(""), output_field=CharField())
        return self.held.annotate(now=now).filter(Exact(F("now"), F("before")))

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        """Nobody arrives by an approval."""

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """Nothing is altered by an approval."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        self.relation.depart(changes, at)

    def departure_reasons(self) -> Reasons:
        return self.relation.departure_reasons()


class ApprovalChain:
    """Applies the holds that an approval approved, in the order of the held run."""

    def __init__(self, run: Run) -> None:
        assert run.approves is not None
        self.run = run
        self.held_run = run.approves

    def open(self, lease: Lease) -> Sequence[Relation]:
        replan = self.ask_again(lease)
        held = set(self.holds().values_list("scope__phase__relation", flat=True))
        wanted: dict[str, Relation] = {}
        for name, causes in replan.upstream.items():
            if name in held or any(cause in wanted for cause in causes):
                wanted[name] = self.approved(replan, name)
        return list(wanted.values())

    def ask_again(self, lease: Lease) -> Replan:
        """The relations of the held run; before the first phase, the holds whose scope moved are given back.

        Raises RunRefused when none is left, when a newer run asks the same question, or when who decided no longer may;
        all are given back then.
        """
        try:
            replan = replan_for(self.held_run)
            assert replan is not None, "runs of other kinds are refused when the approval is asked for"
            if not self.run.phases.exists():
                refuse_lost_right(self.run, can_decide_holds)
                self.give_back_moved(lease, replan)
        except RunRefused:
            with lease.transaction():
                self.holds().update(
                    state=Hold.State.WAITING, decided_by=None, decided_at=None, approval=None, comment=""
                )
            raise
        return replan

    def give_back_moved(self, lease: Lease, replan: Replan) -> None:
        with lease.transaction() as run:
            run.findings.all().delete()
            moved = replan_moved(self.held_run, replan, list(self.holds().select_related("scope__phase")))
            codes = sorted({hold.scope.code for hold in moved})
            if moved:
                cases = [{"scope": code} for code in codes]
                Finding.objects.create(run=run, code="hold_moved", level="warning", count=len(moved), cases=cases)
        if moved and not self.holds().exists():
            raise RunRefused("hold_moved", codes=", ".join(codes))

    def holds(self) -> QuerySet[Hold]:
        """The holds that this run applies, in the order of the held run's plan."""
        return Hold.objects.filter(approval=self.run).order_by("scope__phase__position", "scope_id")

    def approved(self, replan: Replan, name: str) -> Approved:
        scopes = self.holds().filter(scope__phase__relation=name).order_by().values("scope")
        held = Change.objects.filter(scope__in=scopes, action=_DEPARTURE)
        relation = replan.relation(name, self.run.pk)
        return Approved(relation, held, lambda: replan.following(name, self.run.pk))

    def close(self, lease: Lease) -> None:
        with lease.transaction():
            for phase in self.run.phases.all():
                self.drop_overtaken(phase)
            self.bring_up_to_date()

    def drop_overtaken(self, phase: Phase) -> None:
        """Held departures that took place because their cause was approved no longer wait; a hold left empty is decided."""
        gone = Change.objects.filter(scope__phase=phase, scope__departed_at__isnull=False, action=_DEPARTURE)
        waiting = Hold.objects.filter(
            state=Hold.State.WAITING, scope__phase__run=self.held_run, scope__phase__relation=phase.relation
        ).filter(scope__ref__in=phase.scopes.values("ref"))
        for hold in waiting.select_related("scope"):
            keys = {"member": OuterRef("member"), "item": OuterRef("item")}
            planned = Change.objects.filter(scope=hold.scope, action=_DEPARTURE)
            overtaken = planned.filter(Exists(gone.filter(scope__ref=hold.scope.ref, **keys)))
            count = overtaken.count()
            if count == hold.scope.departures:
                self.decide_with_cause(hold)
            elif count:
                overtaken.delete()
                Scope.objects.filter(pk=hold.scope_id).update(departures=F("departures") - count)
                Phase.objects.filter(pk=hold.scope.phase_id).update(departures=F("departures") - count)
                Hold.objects.filter(pk=hold.pk).update(digest=digest_changes(planned))

    def decide_with_cause(self, hold: Hold) -> None:
        """All that a hold held has gone because its cause was approved: it is approved by the same decision."""
        decided = self.holds().first()
        assert decided is not None, "an approval that gave all its holds back was refused"
        hold.state, hold.approval, hold.comment = Hold.State.APPROVED, self.run, decided.comment
        hold.decided_by, hold.decided_at = decided.decided_by, decided.decided_at
        hold.save()

    def bring_up_to_date(self) -> None:
        """What the held run says of itself once some of what it held has gone."""
        held = Scope.objects.filter(phase__run=self.held_run, hold__isnull=False, departed_at__isnull=True)
        still = held.exclude(hold__state=Hold.State.APPROVED)
        totals = dict(still.order_by().values_list("phase").annotate(total=Sum("departures")))
        phases = list(self.held_run.phases.all())
        for phase in phases:
            phase.held = totals.get(phase.pk, 0) or 0
        Phase.objects.bulk_update(phases, ["held"])
        counted = [phase for phase in phases if phase.relation in counted_relations()]
        waits = Q(state__in=[Hold.State.WAITING, Hold.State.REJECTED], scope__phase__run=self.held_run)
        ended = not Hold.objects.filter(waits).exists() and self.held_run.state == Run.State.APPLIED_WITH_HOLDS
        Run.objects.filter(pk=self.held_run.pk).update(
            held=sum(phase.held for phase in counted),
            departures=sum(phase.departures - phase.held for phase in counted),
            state=Run.State.APPLIED if ended else F("state"),
        )
