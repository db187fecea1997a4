"""What a participant list is about on a day: the rows, the words and the instant at which statuses are told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.history.days import DayRefused, instant_of, past_day
from courses.history.past import as_it_was
from courses.models import Course
from courses.participants.conditions import Complaint
from courses.participants.queries import Scope
from courses.participants.vocabulary import vocabulary_of

#: The parameter of an address that names the day of its list.
ON = "on"


@dataclass(frozen=True)
class AskedDay:
    """The day that an address asks for; none for now, and none when there is no list of it, of which it complains."""

    day: date | None = None
    complaints: tuple[Complaint, ...] = ()


def asked_day(query: QueryDict) -> AskedDay:
    """Read the day of an address."""
    return read_asked(list(dict.fromkeys(filter(None, query.getlist(ON)))))


def read_asked(written: Sequence[str]) -> AskedDay:
    """The day that was written, if any; only one can be."""
    if not written:
        return AskedDay()
    if len(written) > 1:
        return AskedDay(complaints=(Complaint(ON, ", ".join(written), _("only one value is possible")),))
    try:
        return AskedDay(past_day(written[0]))
    except DayRefused as refused:
        return AskedDay(complaints=(Complaint(ON, written[0], str(refused)),))


@contextmanager
def scope_on(course: Course, day: date | None, seen_groups: Sequence[int] | None) -> Iterator[Scope]:
    """The scope of the list of a day, to be used within; without a day, that of now.

    ``seen_groups`` are those of the viewer now: within, even their own enrolment is the one of that day.
    """
    now = timezone.now()
    if day is None:
        yield Scope(vocabulary_of(course), now, seen_groups)
        return
    instant = instant_of(day, now)
    with as_it_was(course, instant):
        yield Scope(vocabulary_of(course), instant, seen_groups, past=True)
