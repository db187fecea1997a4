"""Conducting a run so that whatever goes wrong is recorded, and taking up again what stalled."""

import logging
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, InterfaceError
from django.db.models import Q, QuerySet
from django.utils import timezone

from enrolhub.sync.apply import Progress
from enrolhub.sync.conduct import chain_for, conduct_run, ignore
from enrolhub.sync.lease import LeaseLost, RunBusy, release_if_holder_died
from enrolhub.sync.models import Run
from enrolhub.sync.rehearse import rehearse_run

logger = logging.getLogger(__name__)
#: A run that killed or lost its conductor so often needs a person, not another try.
ATTEMPTS = 5
#: A run nobody took up for so long was lost on the way to the workers.
WAITING_TOO_LONG = timedelta(seconds=60)


class RecordedFailure:
    """On an error of ours, end the run as failed with the error's name, log it, and let it go on.

    Someone who interrupts it (Ctrl-C) ends it as stopped. Errors of the database are left to the sweeper: the run is
    taken up again when its lease has ended.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            end_live_run(self.run, Run.State.STOPPED, "stopped_by_hand")
        if kind is None or not issubclass(kind, Exception):
            return
        if issubclass(kind, LeaseLost | RunBusy | DatabaseError | InterfaceError):
            return
        logger.error("run %s failed", self.run.pk, exc_info=(kind, error, traceback))  # type: ignore[arg-type]
        end_live_run(self.run, Run.State.FAILED, "failed", error=kind.__name__)


def end_live_run(run: Run, state: Run.State, message: str, **params: str) -> None:
    """End a live run in this state; what it committed stands, and the next one goes on from there."""
    Run.objects.filter(pk=run.pk, state__in=Run.LIVE).update(
        state=state, message=message, message_params=params, finished_at=timezone.now(), lease_until=None
    )


def attempt_run(run: Run, progress: Progress = ignore) -> Run:
    """Conduct the run, or rehearse it if it is a dry run. Raises RunBusy, LeaseLost and whatever the work raises."""
    if run.fence >= ATTEMPTS:
        end_live_run(run, Run.State.FAILED, "gave_up", attempts=str(run.fence))
        run.refresh_from_db()
        return run
    conduct = rehearse_run if run.dry_run else conduct_run
    with RecordedFailure(run):
        return conduct(run, chain_for(run), progress)


def interrupted_run(lane: str) -> Run | None:
    """The live run of a lane whose conductor is gone, ready to be taken up; None when it is conducted or there is none."""
    run = Run.objects.filter(lane=lane, state__in=Run.LIVE, dry_run=False).first()
    return run if run and can_take_up(run) else None


def can_take_up(run: Run) -> bool:
    """Whether nobody conducts this live run any more, or nobody ever did; frees it from a conductor that died here."""
    stalled = stalled_runs().filter(pk=run.pk).exists()
    return stalled or bool(run.holder and release_if_holder_died(run))


def stalled_runs() -> QuerySet[Run]:
    """Live runs that nobody conducts: their lease has ended, or nobody ever took them up."""
    now = timezone.now()
    abandoned = Q(lease_until__lt=now)
    lost = Q(lease_until__isnull=True, requested_at__lt=now - WAITING_TOO_LONG)
    return Run.objects.filter(abandoned | lost, state__in=Run.LIVE, dry_run=False).order_by("pk")
