"""What a participant list is about on a day: the rows, the words and the instant at which statuses are told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from django.utils import timezone

from courses.history.days import instant_of
from courses.history.past import as_it_was
from courses.models import Course
from courses.participants.queries import Scope
from courses.participants.vocabulary import vocabulary_of


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
        yield Scope(vocabulary_of(course), instant, seen_groups)
