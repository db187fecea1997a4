"""Which days a digest is about, and until when it is news. Pure: `now` is given."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from courses.models import DigestChoice

DAILY, WEEKLY = DigestChoice.Often.DAILY, DigestChoice.Often.WEEKLY
DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: How long after its hour a digest is still sent: a worker that was away all weekend tells no old news.
NEWS = {DAILY: timedelta(hours=12), WEEKLY: timedelta(hours=48)}


@dataclass(frozen=True)
class Period:
    """From ``since`` to ``until`` (aware, the first counts and the second does not), told once under its ``key``."""

    often: DigestChoice.Often
    key: str
    since: datetime
    until: datetime


def due_periods(now: datetime, at: time) -> list[Period]:
    """The day and the week that ended lately at this hour of Paris, each while it is news."""
    local = timezone.localtime(now)
    last = local.date() if local.time() >= at else local.date() - DAY
    monday = last - timedelta(days=last.weekday())
    periods = [_period(DAILY, last, DAY, at), _period(WEEKLY, monday, WEEK, at)]
    return [period for period in periods if period.until <= now < period.until + NEWS[period.often]]


def _period(often: DigestChoice.Often, last: date, length: timedelta, at: time) -> Period:
    """Days are those of the calendar: one of 23 or 25 hours is one."""
    begin, end = (timezone.make_aware(datetime.combine(day, at)) for day in (last - length, last))
    return Period(often, f"{often}:{last.isoformat()}", begin, end)
