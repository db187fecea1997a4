"""Starting what a page has asked for: small runs at once, large ones by a worker, shown by their progress."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run

logger = logging.getLogger(__name__)
#: Changes that a page's own request still writes; more go to a worker.
AT_ONCE = 200
#: The task that conducts a run, by name: tasks live in a layer above.
CONDUCT = "courses.tasks.conduct"


def start_run(run: Run, change_count: int) -> Run:
    """Conduct a waiting run of so many changes here and now when they are few, else wake a worker. The run as it is then."""
    if change_count > AT_ONCE:
        wake_worker(run)
        return run
    try:
        return attempt_run(run)
    except (LeaseLost, RunBusy) as error:  # a worker was quicker
        logger.info("%s", error)
        run.refresh_from_db()
        return run


def wake_worker(run: Run) -> None:
    """Ask a worker to conduct the run. Without a broker the sweeper finds it, which takes a minute or two."""
    try:
        current_app.send_task(CONDUCT, [run.pk], retry=False)
    except OperationalError as error:
        logger.warning("run %s waits for the sweeper: %s", run.pk, error)
