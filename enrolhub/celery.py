"""The Celery application: `celery -A enrolhub.celery worker`. Its configuration is `enrolhub.schedule`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrolhub.settings")

app = Celery("enrolhub")
app.config_from_object("enrolhub.schedule")
app.autodiscover_tasks()
