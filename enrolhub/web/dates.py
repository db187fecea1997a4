"""Dates, hours and durations in the words people use.

Every function is pure: `now` is given, so that a page and its test say the same thing. Times are shown in
the current time zone (Europe/Paris); the rules are those of the interface's wording sheet.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy

SHORT_MONTHS = (
    pgettext_lazy("short month", "Jan."),
    pgettext_lazy("short month", "Feb."),
    pgettext_lazy("short month", "March"),
    pgettext_lazy("short month", "April"),
    pgettext_lazy("short month", "May"),
    pgettext_lazy("short month", "June"),
    pgettext_lazy("short month", "July"),
    pgettext_lazy("short month", "Aug."),
    pgettext_lazy("short month", "Sept."),
    pgettext_lazy("short month", "Oct."),
    pgettext_lazy("short month", "Nov."),
    pgettext_lazy("short month", "Dec."),
)


def _day(number: int) -> str:
    return pgettext("day of the month", "1") if number == 1 else str(number)


def short_date(on: date, now: datetime) -> str:
    """« 12 nov. », with the year when it is not the year of `now`."""
    words = f"{_day(on.day)}\u00a0{SHORT_MONTHS[on.month - 1]}"
    return words if on.year == timezone.localtime(now).year else f"{words} {on.year}"


def long_date(on: date) -> str:
    """« 17 novembre 2026 »."""
    return f"{_day(on.day)}\u00a0{MONTHS[on.month]} {on.year}"


def moment(when: datetime, now: datetime) -> str:
    """Say when something happened, or will: « il y a 2 h », « cette nuit à 03:44 », « hier à 22:14 », « 12 nov. à 09:02 »."""
    passed = now - when
    if timedelta(0) <= passed < timedelta(hours=3):
        return age(when, now)
    local, today = timezone.localtime(when), timezone.localtime(now).date()
    hour = f"{local:%H:%M}"
    match (local.date() - today).days:
        case 0:
            return _part_of_today(local, passed) % {"hour": hour}
        case -1:
            return gettext("yesterday at %(hour)s") % {"hour": hour}
        case 1:
            return gettext("tomorrow at %(hour)s") % {"hour": hour}
    return gettext("%(date)s at %(hour)s") % {"date": short_date(local.date(), now), "hour": hour}


def _part_of_today(local: datetime, passed: timedelta) -> str:
    if passed < timedelta(0):
        return gettext("today at %(hour)s")
    if local.hour < 6:
        return gettext("last night at %(hour)s")
    if local.hour < 12:
        return gettext("this morning at %(hour)s")
    if local.hour < 18:
        return gettext("this afternoon at %(hour)s")
    return gettext("this evening at %(hour)s")


def age(when: datetime, now: datetime) -> str:
    """Say how long ago, in one unit: « il y a 35 min », « il y a 31 h », « il y a 4 jours ». The future is « à l’instant »."""
    minutes = int((now - when) / timedelta(minutes=1))
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return gettext("%(count)s min ago") % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return gettext("%(count)s h ago") % {"count": hours}
    days = hours // 24
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


def exact(when: datetime) -> str:
    """The moment to the second, for the title of a relative date: « 17 novembre 2026, 03:44:09 »."""
    local = timezone.localtime(when)
    return f"{long_date(local.date())}, {local:%H:%M:%S}"


def duration(length: timedelta) -> str:
    """« 0,4 s », « 51 s », « 4 min 12 s », « 22 min », « 1 h 05 min »; never negative."""
    total = max(length.total_seconds(), 0)
    tenths = round(total, 1)
    if tenths < 10 and tenths != int(tenths):
        return f"{number_format(tenths, decimal_pos=1)}\u00a0s"
    minutes, seconds = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\u00a0h" + (f"\u00a0{minutes:02}\u00a0min" if minutes else "")
    if not minutes:
        return f"{seconds}\u00a0s"
    return f"{minutes}\u00a0min" + (f"\u00a0{seconds:02}\u00a0s" if seconds else "")


def night_name(on: date) -> str:
    """« Nuit du 16 au 17 novembre 2026 »: the night that ends on the morning of `on`, its business date."""
    eve = on - timedelta(days=1)
    first = _day(eve.day)
    if eve.month != on.month:
        first = f"{first}\u00a0{MONTHS[eve.month]}"
    if eve.year != on.year:
        first = f"{first} {eve.year}"
    return gettext("Night of %(first)s to %(last)s") % {"first": first, "last": long_date(on)}
