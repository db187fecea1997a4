"""Days of the history, in Europe/Paris: where each begins and ends, and which of them a list can be asked for."""

import re
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from enrolhub.sync.models import Run
from enrolhub.web.dates import long_date

WRITTEN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: Times are kept to the microsecond: the last instant of a day is one before the next day's first.
INSTANT = timedelta(microseconds=1)
#: No ledger has days outside of these, and no database takes all that a calendar has.
FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)


class DayRefused(ValueError):
    """A day of which there is no list; the message says why and what to ask for instead."""


def read_day(text: str) -> date:
    """A day written ``YYYY-MM-DD``. Raises ValueError for anything else, and for days that no ledger can have."""
    if not WRITTEN.fullmatch(text) or not FIRST <= date.fromisoformat(text) <= LAST:
        raise ValueError(text)
    return date.fromisoformat(text)


def start_of(day: date) -> datetime:
    """The first instant of a day."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The last instant of a day, whatever its length."""
    return start_of(day + timedelta(days=1)) - INSTANT


def first_day() -> date | None:
    """The day of the first run, or the first of which the ledger is still whole: of the days before nothing is known.

    None before any run.
    """
    first = Run.objects.filter(dry_run=False).aggregate(first=Min("requested_at"))["first"]
    kept_since = timezone.localdate() - timedelta(days=settings.RETENTION_LEDGER_DAYS - 1)
    return max(timezone.localtime(first).date(), kept_since) if first else None


def past_day(text: str) -> date:
    """The day asked for, today at the latest. Raises DayRefused for what is no day, and for one that nothing is known of."""
    try:
        day = read_day(text)
    except ValueError:
        raise DayRefused(_("it is no date: write one as YYYY-MM-DD")) from None
    if day > timezone.localdate():
        raise DayRefused(_("that day is still to come: choose today or an earlier day"))
    first = first_day()
    if first is None:
        raise DayRefused(_("nothing has been kept yet: the history begins with the first night or file"))
    if day < first:
        raise DayRefused(
            _("the history begins on %(first)s: choose that day or a later one") % {"first": long_date(first)}
        )
    return day


def instant_of(day: date, now: datetime) -> datetime:
    """The instant at which a list of that day is seen: its last one; of the day that has not ended, ``now``."""
    return min(end_of(day), now)
