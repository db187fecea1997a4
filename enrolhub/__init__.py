"""Course enrolments of a university, reconciled every night with its registers."""

# Every process that may put a task on the queue needs the configured application, the site and the commands included.
from enrolhub.celery import app as celery_app

__all__ = ["celery_app"]
