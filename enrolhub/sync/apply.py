"""Writing what was planned: chunks of whole scopes, each one transaction of rows, scope marks and progress."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Change, Phase, Scope
from enrolhub.sync.relation import Relation
from enrolhub.sync.select_into import joining_large

#: Changes written in one transaction, unless a single scope has more.
CHUNK = 20_000
#: Changes from which on a table has become another one for the planner.
MANY = 1_000
Progress = Callable[[Phase], None]
Weight = Callable[[Scope], int]


def apply_arrivals(lease: Lease, phase: Phase, relation: Relation, progress: Progress) -> None:
    """Write the phase's arrivals and alterations that are not written yet."""
    pending = phase.scopes.filter(Q(arrivals__gt=0) | Q(alterations__gt=0), arrived_at__isnull=True)
    weight = weight_of_row(relation)
    for chunk in chunks_of(pending, lambda scope: (scope.arrivals + scope.alterations) * weight):
        with lease.transaction(), joining(chunk):
            at = timezone.now()
            write_arrivals(relation, chunk, at)
            mark_written(phase, chunk, "arrived_at", at)
        progress(phase)


def apply_departures(lease: Lease, phase: Phase, relation: Relation, progress: Progress) -> None:
    """Write the phase's departures that are neither held nor written yet."""
    pending = phase.scopes.filter(departures__gt=0, departed_at__isnull=True, verdict=Scope.Verdict.APPLY)
    weight = weight_of_row(relation)
    for chunk in chunks_of(pending, lambda scope: scope.departures * weight):
        with lease.transaction(), joining(chunk):
            at = timezone.now()
            relation.depart(changes_of(chunk, Change.Action.DEPARTURE), at)
            mark_written(phase, chunk, "departed_at", at)
        progress(phase)


def weight_of_row(relation: Relation) -> int:
    """How many enrolments it takes to write as long as one row of the relation."""
    return int(getattr(relation, "row_weight", 1))


def chunks_of(pending: models.QuerySet[Scope], weight: Weight) -> Iterator[list[Scope]]:
    """The scopes in order, as many together as make about ``CHUNK`` changes."""
    chunk: list[Scope] = []
    total = 0
    for scope in list(pending.order_by("code", "ref")):
        if chunk and total + weight(scope) > CHUNK:
            yield chunk
            chunk, total = [], 0
        chunk.append(scope)
        total += weight(scope)
    if chunk:
        yield chunk


def joining(chunk: list[Scope]) -> AbstractContextManager[None]:
    """Many changes are joined by hashes: of a ledger that has just grown the planner knows nothing yet."""
    changes = sum(scope.arrivals + scope.departures + scope.alterations for scope in chunk)
    return joining_large() if changes > MANY else nullcontext()


def write_arrivals(relation: Relation, chunk: list[Scope], at: datetime) -> None:
    if any(scope.arrivals for scope in chunk):
        relation.arrive(changes_of(chunk, Change.Action.ARRIVAL), at)
    if any(scope.alterations for scope in chunk):
        relation.alter(changes_of(chunk, Change.Action.ALTERATION), at)


def changes_of(chunk: list[Scope], action: Change.Action) -> models.QuerySet[Change]:
    """The changes of these scopes with this action, whatever their number (no list of parameters grows with it)."""
    first, last = min(scope.pk for scope in chunk), max(scope.pk for scope in chunk)
    phase = chunk[0].phase_id
    # Scopes are numbered in the order they are chunked, so a chunk is a range; held or written ones in it are left out.
    changes = Change.objects.filter(scope__gte=first, scope__lte=last, scope__phase=phase, action=action)
    if action == Change.Action.DEPARTURE:
        return changes.filter(scope__verdict=Scope.Verdict.APPLY, scope__departed_at__isnull=True)
    return changes.filter(scope__arrived_at__isnull=True)


def mark_written(phase: Phase, chunk: list[Scope], mark: str, at: datetime) -> None:
    """Record that the chunk is written and how far the phase is; belongs in the rows' own transaction."""
    Scope.objects.filter(pk__in=[scope.pk for scope in chunk]).update(**{mark: at})
    done = sum(1 for scope in chunk if is_complete(scope, mark))
    Phase.objects.filter(pk=phase.pk).update(applied_count=F("applied_count") + done)


def is_complete(scope: Scope, mark: str) -> bool:
    """Whether nothing of the scope is left to write after this mark, a held departure apart."""
    if mark == "departed_at":
        return True
    return not scope.departures or scope.verdict == Scope.Verdict.HOLD
