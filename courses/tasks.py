"""Doors for the workers: they wake a run, the engine does it. Delivered twice, they take effect once."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from kombu.exceptions import OperationalError

from courses.demo import refresh_demo_extract
from courses.digests.sending import send_due_digests
from courses.expiry.notices import tell_endings
from courses.expiry.runs import apply_expiries
from courses.imports import work
from courses.messages.rounds import empty_outbox
from courses.night import request_night
from courses.notices import send_due_notices
from courses.overview.late import request_late_night
from courses.participants.marks import join_marks
from courses.privacy.purge import log_kind, purge
from enrolhub.sync.attempts import attempt_run, end_dead_rehearsals, stalled_runs
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run
from enrolhub.web.queue import note_sweep

logger = logging.getLogger(__name__)
#: What is due later than this is left to the clock, which fires every minute.
SOON = timedelta(minutes=1)


@shared_task
def run_nightly(scheduled: bool = True) -> None:
    """The night: once a business date when scheduled, whatever the clock does."""
    run = request_night(scheduled=scheduled)
    if run is None:
        logger.info("no night begun: one is under way, or tonight's was already asked for")
        return
    refresh_demo_extract()
    conduct(run.pk)
    end_enrolments()


@shared_task
def conduct(run_id: int) -> None:
    """Conduct a run that waits or stalled."""
    try:
        attempt_run(Run.objects.get(pk=run_id))
    except (LeaseLost, RunBusy) as error:
        logger.info("%s", error)


@shared_task
def sweep_runs() -> None:
    """Take up every run that stalled, here and now, and begin a night that the clock's message never began; twice a minute."""
    note_sweep()
    end_dead_rehearsals()
    late = request_late_night()
    if late:
        logger.warning("the night due on %s begins late: its hour passed without it", late.scheduled_on)
        refresh_demo_extract()
    for run in [*stalled_runs(), *([late] if late else [])]:
        try:
            conduct(run.pk)
        except (DatabaseError, InterfaceError):  # noted on the run; the others do not wait for it
            logger.exception("run %s was interrupted by the database", run.pk)


@shared_task
def end_enrolments() -> None:
    """Let enrolments that have ended become what their methods say, and tell of those that end soon; after a night, and each hour."""
    apply_expiries()
    if tell_endings():
        wake_outbox()


@shared_task
def work_on_import(file_id: int, language: str) -> None:
    """Look at a file that somebody loads on the web, or load it as it was confirmed."""
    work.work_on_import(file_id, language)


@shared_task
def purge_imports() -> None:
    """Forget the files that nobody needs any more; each hour."""
    work.purge()


@shared_task
def purge_past() -> None:
    """Forget what is past its time; each morning. Delivered twice, the second finds nothing."""
    purge(timezone.now(), log_kind)
    join_marks()


@shared_task
def send_notices() -> None:
    """Tell what the last nights held, or that one did not begin: each of them once."""
    send_due_notices()


@shared_task
def send_digests() -> None:
    """Tell teachers what changed in their courses, as often as each of them likes: each minute some of them."""
    send_due_digests()


@shared_task
def send_mails() -> None:
    """Hand over the mails that are due for a while, and come again while there are more; also each minute."""
    pause = empty_outbox()
    if pause is not None and pause < SOON:
        # A little late rather than early: who comes early goes away again.
        wake_outbox(pause.total_seconds() + 0.2 if pause else 0)


def wake_outbox(seconds: float = 0) -> None:
    """Have a worker look into the outbox. Without a broker the clock does so within a minute: nothing is lost."""
    try:
        send_mails.apply_async(countdown=seconds, retry=False)
    except OperationalError:
        logger.warning("the broker is away: mails wait for the next minute")
