"""The Celery application: `celery -A enrolhub.celery worker`. Its configuration is `enrolhub.schedule`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrolhub.settings")

app = Celery("enrolhub")
app.config_from_object("enrolhub.schedule")
app.autodiscover_tasks()


@setup_logging.connect
def write_lines(**_: Any) -> None:
    """Workers and beat write the site's own lines; Celery would bring a format of its own, which anybody's words may break."""
    logging.config.dictConfig(settings.LOGGING)


@worker_ready.connect
def tell_settings(**_: Any) -> None:
    """A worker starts: what it is configured with goes on the audit trail when it changed."""
    from enrolhub.access.configuration import note_settings_beside

    note_settings_beside("worker")
