"""Conducting a run: the chain of its phases, in the foreground, resumable at every commit.

The same function serves the Celery task, the commands without a broker, and the dry run. The database says how far
a run is; whoever holds its lease goes on from there.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from django.db.models import Sum
from django.utils import timezone

from enrolhub.sync.apply import MANY, Progress, apply_arrivals, apply_departures
from enrolhub.sync.digest import digest_changes
from enrolhub.sync.judge import judge_phase, judge_whole_run, supersede_holds
from enrolhub.sync.lease import Lease, take_lease
from enrolhub.sync.models import Phase, Run, Scope
from enrolhub.sync.plan import changes_of_run, plan_phase
from enrolhub.sync.refusal import RunRefused as RunRefused
from enrolhub.sync.relation import Relation
from enrolhub.sync.select_into import refresh_statistics


def may_depart(run: Run, relation: Relation) -> bool:
    """Whether a row that nothing desires leaves: not when the source is partial, unless the relation rests on another one."""
    return not run.partial or bool(getattr(relation, "proves_absence", False))


def count_doubted(run: Run, relation: Relation) -> int:
    """How many rows of a relation are kept because what they rest on is held: no departures, but as telling of a wrong source."""
    count: Callable[[], int] | None = getattr(relation, "count_doubted", None)
    return count() if count and may_depart(run, relation) else 0


class Chain(Protocol):
    """What a kind of run does, in order."""

    def open(self, lease: Lease) -> Sequence[Relation]:
        """Read the sources and give the relations in order. Raises RunRefused. Called again when a run is resumed."""

    def close(self, lease: Lease) -> None:
        """What follows the last departure: findings, marks of freshness."""


ChainMaker = Callable[[Run], Chain]
_chains: dict[str, ChainMaker] = {}


def register_chain(kind: str, maker: ChainMaker) -> None:
    """Say how runs of this kind are conducted, so that any worker may resume one."""
    _chains[kind] = maker


def chain_for(run: Run) -> Chain:
    return _chains[run.kind](run)


def ignore(phase: Phase) -> None:
    """The progress listener of those who do not listen."""


@dataclass
class Conductor:
    """One attempt at one run, under one lease."""

    run: Run
    lease: Lease
    progress: Progress = ignore
    phases: list[tuple[Phase, Relation]] = field(default_factory=list)

    def conduct(self, chain: Chain) -> None:
        relations = chain.open(self.lease)
        self.run.refresh_from_db()
        for position, relation in enumerate(relations, 1):
            self.phases.append((self.reach_phase(position, relation), relation))
        self.judge_run(relations)
        for phase, relation in self.phases:
            if phase.state != Phase.State.DONE:
                self.timed(phase, Phase.State.DONE, partial(self.depart, phase, relation))
        chain.close(self.lease)

    def reach_phase(self, position: int, relation: Relation) -> Phase:
        """The phase, planned, judged, and its arrivals and alterations written."""
        with self.lease.transaction():
            phase, _ = Phase.objects.get_or_create(
                run=self.run,
                relation=relation.name,
                defaults={"position": position, "started_at": timezone.now()},
            )
        if phase.state == Phase.State.PLANNING:
            self.timed(phase, Phase.State.PLANNED, lambda: self.plan(phase, relation))
        if phase.state == Phase.State.PLANNED:
            self.timed(phase, Phase.State.ARRIVED, lambda: self.arrive(phase, relation))
        return phase

    def plan(self, phase: Phase, relation: Relation) -> dict[str, int]:
        with self.lease.transaction():
            relation.prepare()
        figures = plan_phase(self.lease, phase, relation, may_depart=may_depart(self.run, relation))
        with self.lease.transaction():
            if relation.is_judged:
                judge_phase(phase)
            return vars(figures) | {"scope_count": phase.scopes.count()}

    def arrive(self, phase: Phase, relation: Relation) -> dict[str, int]:
        apply_arrivals(self.lease, phase, relation, self.progress)
        if phase.arrivals > MANY:
            refresh_statistics(relation.model)
        return {}

    def depart(self, phase: Phase, relation: Relation) -> dict[str, int]:
        apply_departures(self.lease, phase, relation, self.progress)
        held = phase.scopes.filter(verdict=Scope.Verdict.HOLD).aggregate(total=Sum("departures"))["total"] or 0
        return {"held": held}

    def timed(self, phase: Phase, state: Phase.State, work: Callable[[], dict[str, int]]) -> None:
        """Do one part of a phase and record its figures, its new state and the time it took."""
        begun = time.monotonic()
        figures = work()
        # Not by the clock of the day, which may be put right meanwhile.
        busy = phase.busy_ms + int((time.monotonic() - begun) * 1000)
        with self.lease.transaction():
            ended = timezone.now()
            Phase.objects.filter(pk=phase.pk).update(state=state, finished_at=ended, busy_ms=busy, **figures)
        phase.refresh_from_db()
        self.progress(phase)

    def judge_run(self, relations: Sequence[Relation]) -> None:
        """Once, when all is planned and before the first departure: the run's own guard, and its digest."""
        if self.run.digest:
            return
        counted = [relation for relation in relations if relation.is_counted and relation.is_judged]
        figures = [phase for phase, relation in self.phases if relation.is_counted and relation.is_judged]
        current = sum(phase.unchanged + phase.departures + phase.alterations for phase in figures)
        doubted = sum(count_doubted(self.run, relation) for relation in counted)
        digest = digest_changes(changes_of_run(self.run))
        with self.lease.transaction():
            judge_whole_run(self.run, current, [relation.name for relation in counted], doubted)
            # What proposes no departure answers no question about one.
            supersede_holds(self.run, [each for each in relations if may_depart(self.run, each)])
            Run.objects.filter(pk=self.run.pk).update(digest=digest)


def conduct_run(run: Run, chain: Chain, progress: Progress = ignore) -> Run:
    """Conduct a live run to its end and return it with its figures. Raises RunBusy, LeaseLost.

    A refused source ends the run as ``refused``; any other error ends it as ``failed`` and is raised again.
    """
    lease = take_lease(run.pk)
    run.refresh_from_db()
    conductor = Conductor(run, lease, progress)
    try:
        conductor.conduct(chain)
    except RunRefused as refusal:
        end_run(lease, Run.State.REFUSED, message=refusal.code, message_params=refusal.params)
    else:
        finish_run(lease, run, conductor.phases)
    run.refresh_from_db()
    return run


def finish_run(lease: Lease, run: Run, phases: list[tuple[Phase, Relation]]) -> None:
    counted = [phase for phase, relation in phases if relation.is_counted]
    held = sum(phase.held for phase in counted)
    figures: dict[str, Any] = {
        "arrivals": sum(phase.arrivals for phase in counted),
        "departures": sum(phase.departures for phase in counted) - held,
        "alterations": sum(phase.alterations for phase in counted),
        "unchanged": sum(phase.unchanged for phase in counted),
        "held": held,
        "finding_count": run.findings.aggregate(total=Sum("count"))["total"] or 0,
        "message_params": {},
    }
    anything_held = any(phase.held for phase, _ in phases)
    state = Run.State.APPLIED
    if run.dry_run:
        state = Run.State.PLANNED
    elif run.partial:
        state = Run.State.SOURCE_PARTIAL
    elif anything_held:
        state = Run.State.APPLIED_WITH_HOLDS
    end_run(lease, state, **figures)


def end_run(lease: Lease, state: Run.State, **fields: Any) -> None:
    """Close the run in this state and give its lease back."""
    with lease.transaction() as run:
        Run.objects.filter(pk=run.pk).update(state=state, finished_at=timezone.now(), lease_until=None, **fields)
