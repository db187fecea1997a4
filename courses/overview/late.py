"""A scheduled night that its hour passed without: the message of the clock was lost, or nobody was there to take it."""

from datetime import datetime, timedelta

from django.utils import timezone

from courses.night import request_night
from courses.overview.nights import last_due_on, next_night_at, night_runs
from enrolhub.sync.models import Run

#: How long the clock's own message may be on its way.
PATIENCE = timedelta(minutes=2)


def request_late_night(now: datetime | None = None) -> Run | None:
    """The night that was due and that nobody has asked for since its hour, ready to be conducted; None when there is none.

    Only where nights are scheduled at all: a site whose nights are started by hand has no hour to miss.
    """
    now = now or timezone.now()
    due, on = next_night_at(now) - timedelta(days=1), last_due_on(now)
    if now < due + PATIENCE or not Run.objects.filter(scheduled_on__lt=on, dry_run=False).exists():
        return None
    if Run.objects.filter(scheduled_on__gte=on, dry_run=False).exists():
        return None
    if night_runs().filter(requested_at__gte=due).exists():
        return None
    return request_night(scheduled=True, on=on)
