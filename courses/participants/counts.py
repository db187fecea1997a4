"""How many people of the course have each role and each status, and under which letters they are filed.

These numbers are over everyone whom the viewer may see and do not move with the filter; each is what a click on it finds.
"""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models.functions import Left

from courses.participants.conditions import Conditions
from courses.participants.queries import Scope, find_people
from courses.participants.seats import Seats

LETTERS_KEPT = 600  # seconds


@dataclass(frozen=True)
class Counts:
    """People by role short name and by status (someone with two of them counts in both), and everyone once.

    ``mark`` changes with every arrival and departure.
    """

    everyone: int
    by_role: dict[str, int]
    by_status: dict[str, int]
    mark: str


def counts_of(seats: Seats) -> Counts:
    """Count the people of the course."""
    return Counts(len(seats.everyone), seats.counts_by("role"), seats.counts_by("status"), seats.mark)


def letters_of(scope: Scope, counts: Counts) -> tuple[set[str], set[str]]:
    """The initials, ``a`` to ``z`` or ``#``, that somebody's first name has, and somebody's last name.

    Kept for some minutes as long as nobody arrives or leaves: they only say which letters are worth a click.
    """
    course = scope.vocabulary.course
    key = f"letters-{course.pk}-{course.created_at.timestamp()}-{scope.seen_groups}-{counts.mark}".replace(" ", "")
    kept: tuple[set[str], set[str]] | None = cache.get(key)
    if kept is None:
        kept = _read_letters(scope)
        cache.set(key, kept, LETTERS_KEPT)
    return kept


def _read_letters(scope: Scope) -> tuple[set[str], set[str]]:
    people = find_people(scope, Conditions()).order_by()
    pairs = people.values_list(Left("first_name_key", 1), Left("last_name_key", 1)).distinct()
    firsts, lasts = set(), set()
    for first, last in pairs:
        firsts.add(_letter(first))
        lasts.add(_letter(last))
    return firsts, lasts


def _letter(character: str) -> str:
    return character if "a" <= character <= "z" else "#"
