"""Everybody's enrolments in one course, as they are at one instant, held in memory: one statement for the whole course.

Counts, criteria that are only about enrolments, and the orders by role and by status are all told from it, by operations on
whole sets of people.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet

from courses.models import Enrolment, GroupMember
from courses.participants.conditions import Condition
from courses.participants.lists import NumberList
from courses.participants.queries import Scope
from courses.participants.statuses import STATUSES, status_rank
from courses.participants.vocabulary import Vocabulary

People = frozenset[int]
NOBODY: People = frozenset()


class Kind(NamedTuple):
    """What the list can ask of one enrolment; the fields are named as the criteria."""

    method: int
    role: str
    status: str


@dataclass(frozen=True)
class Seats:
    """The ids of the people who have an enrolment of each kind; somebody with several kinds is in several sets."""

    of_kind: Mapping[Kind, People]

    @cached_property
    def everyone(self) -> People:
        return NOBODY.union(*self.of_kind.values())

    @cached_property
    def repeated(self) -> People:
        """Those with enrolments of several kinds: mostly few, and the only ones whom a sum over kinds would count twice."""
        *fewer, most = sorted(self.of_kind.values(), key=len) or [NOBODY]
        met, repeated = NOBODY, NOBODY
        for people in fewer:
            repeated |= met & people
            met |= people
        return repeated | met & most

    @cached_property
    def mark(self) -> str:
        """Changes with everybody who comes or leaves."""
        return f"{len(self.everyone)}-{hash(self.everyone)}"

    def having(self, test: Callable[[Kind], bool]) -> People:
        """Those with an enrolment of which the test holds."""
        passing = [people for kind, people in self.of_kind.items() if test(kind)]
        return passing[0] if len(passing) == 1 else NOBODY.union(*passing)

    def counts_by(self, field: str) -> dict[str, int]:
        """How many people have each value of a field of ``Kind``; somebody with two of them counts in both."""
        once: Counter[str] = Counter()
        several: dict[str, People] = {}
        for kind, people in self.of_kind.items():
            value, again = getattr(kind, field), people & self.repeated
            once[value] += len(people) - len(again)
            several[value] = several.get(value, NOBODY) | again
        return {value: count + len(several[value]) for value, count in once.items()}


def seats_of(scope: Scope) -> Seats:
    """Read the enrolments of the course that the viewer may see: the ids of the people of each kind, as one list a kind."""
    roles = max(scope.vocabulary.role_names, default=0) + 1
    status = status_rank(scope.now, scope.vocabulary.disabled_method_ids)
    number = (F("method_id") * roles + F("role_id")) * len(STATUSES) + status
    kinds = _enrolments(scope).annotate(kind=ExpressionWrapper(number, output_field=BigIntegerField())).values("kind")
    rows = kinds.annotate(people=NumberList("person_id")).order_by()
    return Seats({_kind(scope.vocabulary, row["kind"], roles): People(row["people"]) for row in rows})


def next_turn(scope: Scope) -> datetime | None:
    """The next instant at which an enrolment begins or ends by itself, and so has another status; None when none does."""
    turns = _enrolments(scope).aggregate(
        start=Min("starts_at", filter=Q(starts_at__gt=scope.now)), end=Min("ends_at", filter=Q(ends_at__gt=scope.now))
    )
    return min(filter(None, turns.values()), default=None)


def _kind(words: Vocabulary, number: int, roles: int) -> Kind:
    rest, status = divmod(number, len(STATUSES))
    method_id, role_id = divmod(rest, roles)
    return Kind(method_id, words.role_names[role_id], STATUSES[status])


def _enrolments(scope: Scope) -> QuerySet[Enrolment]:
    enrolments = Enrolment.objects.filter(method_id__in=scope.vocabulary.method_ids).order_by()
    if scope.seen_groups is None:
        return enrolments
    seen = GroupMember.objects.filter(group_id__in=scope.seen_groups, person=OuterRef("person"))
    return enrolments.filter(Exists(seen))


def has_value(words: Vocabulary, name: str, values: tuple[str, ...]) -> Callable[[Kind], bool]:
    """Whether one enrolment has one of the values of a criterion on enrolments."""
    wanted: set[str] | set[int] = set(values)
    if name == "method":
        wanted = {pk for value in values for pk in words.methods_called(value)}
    place = Kind._fields.index(name)
    return lambda kind: kind[place] in wanted


def has_all(words: Vocabulary, criteria: list[Condition]) -> Callable[[Kind], bool]:
    """Whether one and the same enrolment has a value of each of the criteria."""
    tests = [has_value(words, each.name, each.values) for each in criteria]
    return lambda kind: all(test(kind) for test in tests)
