"""The worker of the walks is a real one: another process, on the same database and broker."""

import os

from celery.app.control import Inspect

from enrolhub import celery_app
from enrolhub.processes import Child


def test_the_worker_answers_from_another_process(celery_worker_process: Child) -> None:
    inspect: Inspect = celery_app.control.inspect(timeout=5)
    [status] = inspect.stats().values()
    assert (status["pid"], os.getpid() == status["pid"]) == (celery_worker_process.pid, False)
