"""Who conducts a run: a lease on its row, and a fencing number that a stale worker's writes stumble over.

Row locks and columns only, no session locks: they survive a connection pooler and die with nobody. Times are the
database's: the clocks of two machines never agree (docs/decisions/0050).
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import CharField, ExpressionWrapper, F, Func, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from enrolhub.sync.models import Run

#: How long a silent conductor keeps its run. Its writes renew it.
LEASE = timedelta(seconds=60)
#: A lease renewed less than so long ago is not renewed by each small write.
RENEWED = timedelta(seconds=5)
#: How long PostgreSQL lets a conductor's transaction wait for its next statement.
IDLE = timedelta(seconds=60)
#: Characters of the machine's name that a run keeps of its conductor.
HOLDER_HOST = 100
#: PostgreSQL's code of an error: the row is locked, and we did not want to wait.
LOCK_NOT_AVAILABLE = "55P03"


class LeaseLost(Exception):
    """Another worker has taken the run over, or it has ended: nothing more may be written for it."""


class RunBusy(Exception):
    """Someone else is conducting the run right now."""


@dataclass(frozen=True)
class Lease:
    run_id: int
    fence: int

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """A transaction that commits only if the run is still ours; renews the lease, after a long one once more.

        Raises LeaseLost, having written nothing.
        """
        with transaction.atomic():
            run: Run = _clocked().select_for_update(of=("self",), no_key=True).get(pk=self.run_id)
            if run.fence != self.fence or not run.is_live:
                raise LeaseLost(f"run {self.run_id}: fence {self.fence} is stale, now {run.fence} {run.state}")
            begun = time.monotonic()
            if run.lease_until is None or run.lease_until < run.clock + LEASE - RENEWED:  # type: ignore[attr-defined]
                self._renew()
            yield run
            if time.monotonic() - begun > RENEWED.total_seconds():
                self._renew()

    def _renew(self) -> None:
        Run.objects.filter(pk=self.run_id, state__in=Run.LIVE).update(lease_until=Now() + LEASE)


def _clocked() -> QuerySet[Any, Any]:
    """Runs, each with the database's time as ``clock``; a session that reads them so may not sit idle in its transaction.

    PostgreSQL ends one that does, as a stopped process would: its locks would keep everybody from taking the run over.
    """
    runs = Run.objects.annotate(clock=Now())
    if connection.vendor != "postgresql":
        return runs
    seconds = Value(f"{IDLE.total_seconds():.0f}s")
    bound = Func(Value("idle_in_transaction_session_timeout"), seconds, Value(True), function="set_config")
    return runs.annotate(bound=ExpressionWrapper(bound, output_field=CharField()))


def release_if_holder_died(run: Run) -> bool:
    """Free a run whose conductor was a process of this machine that is gone: its lease need not be waited for.

    Should the conductor live after all (another machine of the same name), the fence keeps it from writing.
    """
    if not is_orphaned(run):
        return False
    free = Run.objects.filter(pk=run.pk, fence=run.fence, state__in=Run.LIVE)
    return bool(free.update(lease_until=None))


def is_orphaned(run: Run) -> bool:
    """Whether the run's conductor was a process of this machine that is gone."""
    host, _, number = run.holder.rpartition(":")
    return host == socket.gethostname()[:HOLDER_HOST] and not process_lives(int(number))


def process_lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def take_lease(run_id: int) -> Lease:
    """Become the conductor of a live run that nobody conducts. Raises RunBusy, at once."""
    with transaction.atomic():
        if not _is_free(run_id):
            raise RunBusy(f"run {run_id} is conducted elsewhere or has ended")
        Run.objects.filter(pk=run_id).update(
            fence=F("fence") + 1, holder=this_process(), lease_until=Now() + LEASE, state=Run.State.RUNNING
        )
        run = Run.objects.get(pk=run_id)
        if run.started_at is None:
            Run.objects.filter(pk=run_id).update(started_at=timezone.now())
        elif not run.dry_run:
            Run.objects.filter(pk=run_id).update(resumed=True)
    return Lease(run_id, run.fence)


def this_process() -> str:
    """Machine and number, as a run keeps its holder."""
    return f"{socket.gethostname()[:HOLDER_HOST]}:{os.getpid()}"


def _is_free(run_id: int) -> bool:
    """Whether nobody conducts this live run; its row is locked then. Who is in the middle of a write is not waited for."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
    rows = _clocked().filter(free, pk=run_id, state__in=Run.LIVE)
    try:
        with transaction.atomic():
            return rows.select_for_update(of=("self",), nowait=True, no_key=True).first() is not None
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        return False
