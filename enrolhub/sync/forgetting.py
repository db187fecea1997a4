"""What the ledger forgets when its time is over: whole runs, in ranges that hold up nobody.

A run is kept as long as a younger one rests on it (its undo, an approval of what it held), as long as what it held waits
for somebody, and as long as an undo of it keeps its departures from coming back (docs/decisions/0048), three years at most.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from enrolhub.sync.models import Change, Hold, Run, Scope
from enrolhub.sync.undone import standing_undos

#: Rows that one transaction deletes: well under a second on SQLite.
AT_ONCE = 5_000
SCOPES_AT_ONCE = 500
RUNS_AT_ONCE = 100
#: For how long an undo keeps what it took back from being forgotten.
UNDONE_DAYS = 1_095


def delete_in_ranges(rows: QuerySet[Any], at_once: int = AT_ONCE) -> int:
    """Delete the rows with what hangs on them, so many in a transaction; how many rows. May be cut short and called again."""
    total = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:at_once]):
        with transaction.atomic():
            rows.model._base_manager.filter(pk__in=keys).delete()
        total += len(keys)
    return total


def runs_past(now: datetime) -> QuerySet[Run]:
    """The runs past their time: those of the ledger, and dry runs, which changed nothing."""
    ledger = now - timedelta(days=settings.RETENTION_LEDGER_DAYS)
    rehearsals = now - timedelta(days=settings.RETENTION_DRY_RUNS_DAYS)
    old = Q(dry_run=False, ended__lt=ledger) | Q(dry_run=True, ended__lt=rehearsals)
    waiting = Scope.objects.filter(phase__run=OuterRef("pk"), hold__state=Hold.State.WAITING)
    # What a run did took effect at its end at the latest, however long it waited.
    ended = Run.objects.alias(ended=Greatest("requested_at", Coalesce("finished_at", "requested_at")))
    runs = ended.filter(old).exclude(state__in=Run.LIVE).exclude(pk__in=still_taken_back(now))
    return runs.filter(Q(dry_run=True) | ~Exists(waiting))


def forgettable_runs(now: datetime) -> QuerySet[Run]:
    """Those on which no other run rests: what rests on them is forgotten first."""
    resting = (Run.objects.filter(**{rests: OuterRef("pk")}) for rests in ("undoes", "approves"))
    return runs_past(now).filter(*(~Exists(others) for others in resting))


def still_taken_back(now: datetime) -> set[int]:
    """Undos that still count, with what they took back."""
    since = now - timedelta(days=UNDONE_DAYS)
    kept: set[int] = set()
    for undo, _codes in standing_undos():
        if undo.requested_at >= since and undo.undoes_id is not None:
            kept |= {undo.pk, undo.undoes_id}
    return kept | set(Run.objects.filter(approves__in=kept).values_list("pk", flat=True))


def forget_runs(now: datetime) -> int:
    """Forget every run past its time, with its ledger, its findings and its holds; how many."""
    total = 0
    while runs := list(forgettable_runs(now).order_by("-pk")[:RUNS_AT_ONCE]):
        for run in runs:
            forget_run(run)
        total += len(runs)
    return total


def forget_run(run: Run) -> None:
    """The ledger first, so that a run that is there has either all of it or is on its way out."""
    scopes = Scope.objects.filter(phase__run=run)
    while numbers := list(scopes.order_by().values_list("pk", flat=True)[:SCOPES_AT_ONCE]):
        delete_in_ranges(Change.objects.filter(scope__in=numbers))
        with transaction.atomic():
            Scope.objects.filter(pk__in=numbers).delete()
    with transaction.atomic():
        run.delete()
