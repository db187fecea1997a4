"""How many people of the course have each role, status, method and group, and under which letters they are filed.

These numbers are over everyone whom the viewer may see and do not move with the filter; each is what a click on it finds.
"""

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Left

from courses.models import GroupMember
from courses.participants.conditions import NO_GROUP, Conditions
from courses.participants.lists import NumberList
from courses.participants.marks import marks_of_groups
from courses.participants.queries import Scope, find_people
from courses.participants.seats import People, Seats
from courses.participants.vocabulary import Vocabulary
from courses.participants.wording import method_values

KEPT = 600  # seconds
IN_NONE = 0  # no group has this id


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
    """Count the people of the course: one or two queries, for the groups."""
    return Counts(
        everyone=len(seats.everyone),
        by_role=seats.counts_by("role"),
        by_status=seats.counts_by("status"),
        by_method=_by_method(scope.vocabulary, seats),
        by_group=_by_group(scope, seats),
        mark=seats.mark,
    )


def _by_method(words: Vocabulary, seats: Seats) -> dict[str, int]:
    """By what stands for a method alone. Nobody has two enrolments by one method, so its kinds are simply added up."""
    counts: Counter[int] = Counter()
    for kind, people in seats.of_kind.items():
        counts[kind.method] += len(people)
    return {value: counts[words.methods_called(value)[0]] for value in method_values(words)}


def _by_group(scope: Scope, seats: Seats) -> dict[str, int]:
    """By the code of the group, and how many are in none.

    Kept for some minutes as long as nobody arrives, leaves or changes group.
    """
    words = scope.vocabulary
    members = GroupMember.objects.filter(group_id__in=words.group_ids).order_by()
    state = f"{words.group_ids} {_state_of(members, scope)}"
    key = _key("groups", scope, f"{seats.mark}-{sha256(state.encode()).hexdigest()}")
    counts: dict[int, int] | None = cache.get(key)
    if counts is None:
        counts = _read_groups(members, seats)
        cache.set(key, counts, KEPT)
    by_code = {code: counts.get(group.pk, 0) for code, group in words.groups.items()}
    return {**by_code, NO_GROUP: counts[IN_NONE]}


def _state_of(members: QuerySet[GroupMember], scope: Scope) -> str:
    """Another text after every change of the memberships of these groups, which come and go, and never change."""
    marks = None if scope.past else marks_of_groups(scope.vocabulary.group_ids)
    return str(marks) if marks else str(members.aggregate(count=Count("pk"), last=Max("pk")))


def _read_groups(members: QuerySet[GroupMember], seats: Seats) -> dict[int, int]:
    """How many people each group has, by its id."""
    rows = members.values("group_id").annotate(people=NumberList("person_id")).values_list("group_id", "people")
    people = {group_id: seats.everyone.intersection(ids) for group_id, ids in rows}
    in_one = People().union(*people.values())
    return {**{group_id: len(ids) for group_id, ids in people.items()}, IN_NONE: len(seats.everyone) - len(in_one)}


def _key(what: str, scope: Scope, mark: str) -> str:
    course = scope.vocabulary.course
    return f"{what}-{course.pk}-{course.created_at.timestamp()}-{scope.seen_groups}-{mark}".replace(" ", "")


def letters_of(scope: Scope, counts: Counts) -> tuple[set[str], set[str]]:
    """The initials, ``a`` to ``z`` or ``#``, that somebody's first name has, and somebody's last name.

    Kept for some minutes as long as nobody arrives or leaves: they only say which letters are worth a click.
    """
    key = _key("letters", scope, counts.mark)
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
