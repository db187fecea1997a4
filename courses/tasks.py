"""Doors for the workers: they wake a run, the engine does it. Delivered twice, they take effect once."""

import logging
from datetime import timedelta

from celery import shared_task
from kombu.exceptions import OperationalError

from courses.demo import refresh_demo_extract
from courses.messages.rounds import empty_outbox
from courses.night import request_night
from courses.notices import send_due_notices
from enrolhub.sync.attempts import attempt_run, stalled_runs
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run

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


@shared_task
def conduct(run_id: int) -> None:
    """Conduct a run that waits or stalled."""
    try:
        attempt_run(Run.objects.get(pk=run_id))
    except (LeaseLost, RunBusy) as error:
        logger.info("%s", error)


@shared_task
def sweep_runs() -> None:
    """Take up every run that stalled, here and now; each minute."""
    for run in stalled_runs():
        conduct(run.pk)


@shared_task
def send_notices() -> None:
    """Tell what the last nights held, or that one did not begin: each of them once."""
    send_due_notices()


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
