"""Who conducts a run: a lease on its row, and a fencing number that a stale worker's writes stumble over.

Row locks and columns only, no session locks: they survive a connection pooler and die with nobody.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from enrolhub.sync.models import Run

#: How long a silent conductor keeps its run. Its writes renew it.
LEASE = timedelta(seconds=60)
#: A lease renewed less than so long ago is not renewed by each small write.
RENEWED = timedelta(seconds=5)
#: Characters of the machine's name that a run keeps of its conductor.
HOLDER_HOST = 100


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
        """A transaction that commits only if the run is still ours; renews the lease.

        Raises LeaseLost, having written nothing.
        """
        with transaction.atomic():
            run = Run.objects.select_for_update(of=("self",)).get(pk=self.run_id)
            if run.fence != self.fence or not run.is_live:
                raise LeaseLost(f"run {self.run_id}: fence {self.fence} is stale, now {run.fence} {run.state}")
            now = timezone.now()
            if run.lease_until is None or run.lease_until < now + LEASE - RENEWED:
                Run.objects.filter(pk=run.pk).update(lease_until=now + LEASE)
            yield run


def release_if_holder_died(run: Run) -> bool:
    """Free a run whose conductor was a process of this machine that is gone: its lease need not be waited for.

    Should the conductor live after all (another machine of the same name), the fence keeps it from writing.
    """
    host, _, number = run.holder.rpartition(":")
    if host != socket.gethostname()[:HOLDER_HOST] or process_lives(int(number)):
        return False
    free = Run.objects.filter(pk=run.pk, fence=run.fence, state__in=Run.LIVE)
    return bool(free.update(lease_until=None))


def process_lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def take_lease(run_id: int) -> Lease:
    """Become the conductor of a live run that nobody conducts. Raises RunBusy."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    taken = Run.objects.filter(free, pk=run_id, state__in=Run.LIVE).update(
        fence=F("fence") + 1,
        holder=f"{socket.gethostname()[:HOLDER_HOST]}:{os.getpid()}",
        lease_until=now + LEASE,
        state=Run.State.RUNNING,
    )
    if not taken:
        raise RunBusy(f"run {run_id} is conducted elsewhere or has ended")
    run = Run.objects.get(pk=run_id)
    if run.started_at is None:
        Run.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=now)
    elif not run.dry_run:
        Run.objects.filter(pk=run_id).update(resumed=True)
    return Lease(run_id, run.fence)
