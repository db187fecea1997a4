"""Everybody's enrolments in one course, read again only when something changed: from page to page mostly nothing does.

Who filters, sorts and turns pages asks for the same enrolments each time, and of twenty thousand people they are the dearest
part of a page. What the database marks (``marks.py``) decides, and the clock: an enrolment begins and ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from courses.participants.marks import Marks, marks_of_methods
from courses.participants.queries import Scope
from courses.participants.seats import Seats, next_turn, seats_of

KEPT = 600  # seconds


@dataclass(frozen=True)
class KeptSeats:
    """Enrolments as they are from the instant at which they were read until the next of them begins or ends, if any does."""

    seats: Seats
    marks: Marks
    since: datetime
    until: datetime | None

    def holds(self, marks: Marks, now: datetime) -> bool:
        return self.marks == marks and self.since <= now and (self.until is None or now < self.until)


def known_seats_of(scope: Scope) -> Seats:
    """What ``seats_of`` says; from memory where the database tells that it would say the same."""
    marks = None if scope.past or scope.seen_groups is not None else marks_of_methods(scope.vocabulary.method_ids)
    if marks is None:
        return seats_of(scope)
    key = f"seats-{sha256(f'{_place(scope)} {marks.seer}'.encode()).hexdigest()}"
    kept: KeptSeats | None = cache.get(key)
    if kept is None or not kept.holds(marks, scope.now):
        kept = KeptSeats(seats_of(scope), marks, scope.now, next_turn(scope))
        cache.set(key, kept, KEPT)
    return kept.seats


def _place(scope: Scope) -> str:
    """The course, and what besides its enrolments makes their kinds."""
    words = scope.vocabulary
    methods = "-".join(f"{pk}{'off' if pk in words.disabled_method_ids else ''}" for pk in words.method_ids)
    return f"{words.course.pk}-{words.course.created_at.timestamp()}-{methods}-{words.role_names}"
