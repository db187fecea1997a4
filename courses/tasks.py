"""Doors for the workers: they wake a run, the engine does it. Delivered twice, they take effect once."""

import logging

from celery import shared_task

from courses.demo import refresh_demo_extract
from courses.night import request_night
from enrolhub.sync.attempts import attempt_run, stalled_runs
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run

logger = logging.getLogger(__name__)


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
