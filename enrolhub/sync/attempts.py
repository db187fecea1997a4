"""Conducting a run so that whatever goes wrong is recorded, and taking up again what stalled."""

import logging
from contextlib import suppress
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from enrolhub.sync.apply import Progress
from enrolhub.sync.conduct import chain_for, conduct_run, ignore
from enrolhub.sync.lease import LeaseLost, RunBusy, is_orphaned, release_if_holder_died, this_process
from enrolhub.sync.models import Run
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.rehearse import rehearse_run

logger = logging.getLogger(__name__)
#: A run that killed or lost its conductor so often needs a person, not another try.
ATTEMPTS = 5
#: A run nobody took up for so long was lost on the way to the workers.
WAITING_TOO_LONG = timedelta(seconds=60)
#: Longer than the longest dry run.
REHEARSING_TOO_LONG = timedelta(hours=12)
#: Characters kept of an error of the database.
ERROR_KEPT = 200


class RecordedFailure:
    """On an error of ours, end the run as failed with the error's name, log it, and let it go on.

    Someone who interrupts it (Ctrl-C) ends it as stopped. Errors of the database are noted and left to the sweeper: the
    run is taken up again when its lease has ended.
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
        if issubclass(kind, LeaseLost | RunBusy):
            return
        if issubclass(kind, DatabaseError | InterfaceError) and not self.run.dry_run:
            note_interruption(self.run, f"{kind.__name__}: {error}")
            return
        logger.error("run %s failed", self.run.pk, exc_info=(kind, error, traceback))  # type: ignore[arg-type]
        end_live_run(self.run, Run.State.FAILED, "failed", error=kind.__name__)


def end_live_run(run: Run, state: Run.State, message: str, **params: str) -> None:
    """End a live run in this state; what it committed stands, and the next one goes on from there."""
    Run.objects.filter(pk=run.pk, state__in=Run.LIVE).update(
        state=state, message=message, message_params=params, finished_at=timezone.now(), lease_until=None
    )


def note_interruption(run: Run, error: str) -> None:
    """Keep what the database said, for whoever asks why the run was taken up again; as far as the database lets us."""
    logger.warning("run %s is left to the sweeper: %s", run.pk, error)
    if run.holder != this_process():  # it was not even ours yet
        return
    with suppress(DatabaseError, InterfaceError):
        mine = Run.objects.filter(pk=run.pk, fence=run.fence, state__in=Run.LIVE)
        mine.update(message_params={"error": " ".join(error.split())[:ERROR_KEPT]})


def attempt_run(run: Run, progress: Progress = ignore, *, asked: bool = False) -> Run:
    """Conduct the run, or rehearse it if it is a dry run. Raises RunBusy, LeaseLost and whatever the work raises.

    A run that was taken up too often is given up, unless a person has ``asked`` for this attempt.
    """
    if run.fence >= ATTEMPTS and not asked:
        error = run.message_params.get("error", "")
        message = "gave_up_after" if error else "gave_up"
        end_live_run(run, Run.State.FAILED, message, attempts=str(run.fence), **({"error": error} if error else {}))
        run.refresh_from_db()
        return run
    conduct = rehearse_run if run.dry_run else conduct_run
    with RecordedFailure(run):
        return conduct(run, chain_for(run), progress)


def reopen_run(run: Run) -> None:
    """Make a run that failed or was stopped live again, to go on where it stands. Raises RunRefused, saying what to do instead.

    Its plan speaks of the moment before it: it may go on only while nothing else has been asked for since.
    """
    if run.dry_run or run.state not in (Run.State.FAILED, Run.State.STOPPED):
        raise RunRefused("resume_ended", run=run.pk)
    if run.approves_id:
        raise RunRefused("resume_approval", run=run.approves_id)
    with transaction.atomic():
        later = Run.objects.filter(pk__gt=run.pk, dry_run=False).order_by("pk").first()
        if later is not None or Run.objects.filter(state__in=Run.LIVE, dry_run=False).exists():
            raise RunRefused("resume_overtaken", run=run.pk, kind=run.kind)
        ended = Run.objects.filter(pk=run.pk, state=run.state)
        ended.update(state=Run.State.WAITING, message="", message_params={}, finished_at=None, lease_until=Now())
    run.refresh_from_db()


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
    abandoned = Q(lease_until__lte=Now())
    lost = Q(lease_until__isnull=True, requested_at__lt=Now() - WAITING_TOO_LONG)
    return Run.objects.filter(abandoned | lost, state__in=Run.LIVE, dry_run=False).order_by("pk")


def end_dead_rehearsals() -> None:
    """End the dry runs whose process is gone, and forget what they kept of a report: they hold nothing, they only seem to wait."""
    for run in Run.objects.filter(dry_run=True, state__in=Run.LIVE):
        late = run.requested_at < timezone.now() - REHEARSING_TOO_LONG
        if late or (run.holder and is_orphaned(run)):
            run.phases.all().delete()
            run.findings.all().delete()
            end_live_run(run, Run.State.FAILED, "rehearsal_died")
