"""How many people of the course have each role and each status, and under which letters they are filed.

These numbers are over everyone whom the viewer may see and do not move with the filter; each is what a click on it finds.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Left

from cohorts.models import Person
from courses.models import Enrolment, GroupMember
from courses.participants.conditions import Conditions
from courses.participants.queries import Scope, find_people
from courses.participants.statuses import STATUSES, status_rank


@dataclass(frozen=True)
class Counts:
    """People by role short name and by status (someone with two of them counts in both), and everyone once."""

    everyone: int
    by_role: dict[str, int]
    by_status: dict[str, int]


def counts_of(scope: Scope) -> Counts:
    """Count the people of the course."""
    seats = _seats(scope)
    names = scope.vocabulary.role_names
    by_role = seats.values("role_id").annotate(people=Count("person", distinct=True)).values_list("role_id", "people")
    ranked = seats.annotate(status=status_rank(scope.now, scope.vocabulary.disabled_method_ids))
    by_status = ranked.values("status").annotate(people=Count("person", distinct=True)).values_list("status", "people")
    return Counts(
        everyone=seats.values("person").distinct().count(),
        by_role={names[role_id]: people for role_id, people in by_role},
        by_status={STATUSES[rank]: people for rank, people in by_status},
    )


def letters_of(scope: Scope) -> tuple[set[str], set[str]]:
    """The initials, ``a`` to ``z`` or ``#``, that somebody's first name has, and somebody's last name."""
    people: QuerySet[Person] = find_people(scope, Conditions())
    pairs = people.order_by().values_list(Left("first_name_key", 1), Left("last_name_key", 1)).distinct()
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
