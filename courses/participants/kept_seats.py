"""Everybody's enrolments and groups in one course, read again only when something changed: from page to page mostly nothing does.

Who filters, sorts and turns pages asks for the same ones each time, and of twenty thousand people they are the dearest
part of a page. What the database marks (``marks.py``) decides, and the clock: an enrolment begins and ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from cachetools import TTLCache

from courses.participants.marks import Marks, marks_of
from courses.participants.queries import Scope
from courses.participants.seats import Seats, next_turn, seats_of

KEPT = 600  # seconds
#: So many ids of people lie in the memory of a process at most, some 150 bytes each with all that is told from them.
MANY = 500_000


@dataclass(frozen=True)
class KeptSeats:
    """Enrolments as they are from the instant at which they were read until the next of them begins or ends, if any does."""

    seats: Seats
    marks: Marks
    since: datetime
    until: datetime | None

    def holds(self, marks: Marks, now: datetime) -> bool:
        return self.marks == marks and self.since <= now and (self.until is None or now < self.until)


_kept: TTLCache[str, KeptSeats] = TTLCache(MANY, KEPT, getsizeof=lambda kept: kept.seats.size + 1)
_lock = Lock()


def known_seats_of(scope: Scope) -> Seats:
    """What ``seats_of`` says; from memory where the database tells that it would say the same."""
    words = scope.vocabulary
    marks = None if scope.past or scope.seen_groups is not None else marks_of(words.method_ids, words.group_ids)
    if marks is None:
        return seats_of(scope)
    key = f"{_place(scope)} {marks.seer}"
    with _lock:
        kept = _kept.get(key)
    if kept is None or not kept.holds(marks, scope.now):
        kept = KeptSeats(seats_of(scope), marks, scope.now, next_turn(scope))
        _keep(key, kept)
    return kept.seats


def _keep(key: str, kept: KeptSeats) -> None:
    with _lock:
        _kept.pop(key, None)
        if kept.seats.size < MANY:
            _kept[key] = kept


def forget_seats() -> None:
    """Keep nothing of what was read before."""
    with _lock:
        _kept.clear()


def _place(scope: Scope) -> str:
    """The course, and what besides its enrolments and memberships makes their kinds and groups."""
    words = scope.vocabulary
    course = f"{words.course.pk} {words.course.created_at.timestamp()}"
    return f"{course} {words.method_ids} {words.disabled_method_ids} {words.role_names} {words.group_ids}"
