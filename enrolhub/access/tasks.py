"""What workers do for the audit trail."""

from celery import shared_task

from enrolhub.access.sealing import seal_events


@shared_task
def seal_trail() -> None:
    """Seal the events written since the last time."""
    seal_events(lately=True)
