"""How many people of the course have each role and each status, and under which letters they are filed.

These numbers are over everyone whom the viewer may see and do not move with the filter; each is what a click on it finds.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Left

from courses.models import Enrolment, GroupMember
from courses.participants.conditions import ANY, Conditions
from courses.participants.lists import IdList
from courses.participants.queries import Scope, find_people
from courses.participants.statuses import STATUSES, status_rank

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


def counts_of(scope: Scope) -> Counts:
    """Count the people of the course, in one statement."""
    ranked = _seats(scope).annotate(status=status_rank(scope.now, scope.vocabulary.disabled_method_ids))
    cells = ranked.order_by().values_list("role_id", "status").annotate(IdList("person_id"), Count("pk"), Max("pk"))
    by_role: dict[str, set[str]] = defaultdict(set)
    by_status: dict[str, set[str]] = defaultdict(set)
    seats = last = 0
    for role_id, rank, ids, count, highest in cells:
        people = ids.split(",")
        by_role[scope.vocabulary.role_names[role_id]].update(people)
        by_status[STATUSES[rank]].update(people)
        seats, last = seats + count, max(last, highest)
    everyone = len(set().union(*by_role.values()))
    return Counts(everyone, _sizes(by_role), _sizes(by_status), mark=f"{seats}-{everyone}-{last}")


def _sizes(sets: Mapping[str, set[str]]) -> dict[str, int]:
    return {name: len(members) for name, members in sets.items()}


def known_count(conditions: Conditions, counts: Counts) -> int | None:
    """How many people the conditions find, when the counts already say it: no condition, or one click on a count."""
    if not conditions.narrows:
        return counts.everyone
    if len(conditions.criteria) > 1 or conditions.join == "none" or conditions.first or conditions.last:
        return None
    criterion = conditions.criteria[0] if conditions.criteria else None
    known = {"role": counts.by_role, "status": counts.by_status}
    if criterion is None or criterion.match != ANY or criterion.name not in known or len(criterion.values) > 1:
        return None
    return known[criterion.name].get(criterion.values[0], 0)


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


def _seats(scope: Scope) -> QuerySet[Enrolment]:
    seats = Enrolment.objects.filter(method_id__in=scope.vocabulary.method_ids)
    if scope.seen_groups is None:
        return seats
    seen = GroupMember.objects.filter(group_id__in=scope.seen_groups, person=OuterRef("person"))
    return seats.filter(Exists(seen))
