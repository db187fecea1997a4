"""How many people of the course have each role, status, method and group, and under which letters they are filed.

These numbers are over everyone whom the viewer may see and do not move with the filter; each is what a click on it finds.
"""

from collections import Counter
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models.functions import Left

from courses.participants.conditions import NO_GROUP, Conditions
from courses.participants.queries import Scope, find_people
from courses.participants.seats import Seats
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import method_values

KEPT = 600  # seconds


@dataclass(frozen=True)
class Counts:
    """People by the values of the address (someone with two of them counts in both), and everyone once.

    ``mark`` changes with every arrival and departure.
    """

    everyone: int
    by_role: dict[str, int]
    by_status: dict[str, int]
    by_method: dict[str, int]
    by_group: dict[str, int]
    mark: str


def counts_of(scope: Scope, seats: Seats) -> Counts:
    """Count the people of the course."""
    return Counts(
        everyone=len(seats.everyone),
        by_role=seats.counts_by("role"),
        by_status=seats.counts_by("status"),
        by_method=_by_method(scope.vocabulary, seats),
        by_group=_by_group(scope.vocabulary, seats),
        mark=seats.mark,
    )


def _by_method(words: Vocabulary, seats: Seats) -> dict[str, int]:
    """By what stands for a method alone. Nobody has two enrolments by one method, so its kinds are simply added up."""
    counts: Counter[int] = Counter()
    for kind, people in seats.of_kind.items():
        counts[kind.method] += len(people)
    return {value: counts[words.methods_called(value)[0]] for value in method_values(words)}


def _by_group(words: Vocabulary, seats: Seats) -> dict[str, int]:
    """By the code of the group, and how many are in none."""
    by_code = {code: seats.group_counts.get(group.pk, 0) for code, group in words.groups.items()}
    return {**by_code, NO_GROUP: len(seats.everyone) - len(seats.grouped)}


def letters_of(scope: Scope, counts: Counts) -> tuple[set[str], set[str]]:
    """The initials, ``a`` to ``z`` or ``#``, that somebody's first name has, and somebody's last name.

    Kept for some minutes as long as nobody arrives or leaves: they only say which letters are worth a click.
    """
    course = scope.vocabulary.course
    place = f"{course.pk}-{course.created_at.timestamp()}-{scope.seen_groups}-{counts.mark}"
    key = f"letters-{place}".replace(" ", "")
    kept: tuple[set[str], set[str]] | None = cache.get(key)
    if kept is None:
        kept = _read_letters(scope)
        cache.set(key, kept, KEPT)
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
