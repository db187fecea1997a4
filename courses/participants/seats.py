"""Everybody's enrolments and groups in one course, as they are at one instant, held in memory: two statements in all.

Counts, criteria that are only about enrolments or groups, and the orders by role, status and group are all told from it, by
operations on whole sets of people.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
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
    """The ids of the people who have an enrolment of each kind, and of those in each group, by its id.

    Somebody with several kinds or groups is in several sets; of the members of groups some may not be in the course.
    """

    of_kind: Mapping[Kind, People]
    of_group: Mapping[int, People]

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

    @cached_property
    def size(self) -> int:
        """How many ids it holds."""
        return sum(map(len, (*self.of_kind.values(), *self.of_group.values())))

    @cached_property
    def grouped(self) -> People:
        """Those of the course who are in some group."""
        return self.everyone & self.in_groups(self.of_group)

    @cached_property
    def group_counts(self) -> Mapping[int, int]:
        """How many people of the course each group has; none for a group without members."""
        return {group_id: len(self.everyone & people) for group_id, people in self.of_group.items()}

    @cached_property
    def of_groups(self) -> Mapping[tuple[int, ...], People]:
        """Those in some group, by the ids of all their groups: each person once."""
        groups: dict[int, list[int]] = defaultdict(list)
        for group_id in sorted(self.of_group):
            for person_id in self.of_group[group_id]:
                groups[person_id].append(group_id)
        people: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for person_id, group_ids in groups.items():
            people[tuple(group_ids)].append(person_id)
        return {group_ids: People(ids) for group_ids, ids in people.items()}

    def in_groups(self, group_ids: Iterable[int]) -> People:
        """The members of these groups."""
        return _union([self.of_group.get(group_id, NOBODY) for group_id in group_ids])

    def having(self, test: Callable[[Kind], bool]) -> People:
        """Those with an enrolment of which the test holds."""
        return _union([people for kind, people in self.of_kind.items() if test(kind)])

    def counts_by(self, field: str) -> dict[str, int]:
        """How many people have each value of a field of ``Kind``; somebody with two of them counts in both."""
        once: Counter[str] = Counter()
        several: dict[str, People] = {}
        for kind, people in self.of_kind.items():
            value, again = getattr(kind, field), people & self.repeated
            once[value] += len(people) - len(again)
            several[value] = several.get(value, NOBODY) | again
        return {value: count + len(several[value]) for value, count in once.items()}


def _union(sets: list[People]) -> People:
    return sets[0] if len(sets) == 1 else NOBODY.union(*sets)


def seats_of(scope: Scope) -> Seats:
    """Read the enrolments that the viewer may see and the groups: the ids of the people of each, as one list a kind or group."""
    return Seats(_read_kinds(scope), _read_groups(scope.vocabulary))


def _read_kinds(scope: Scope) -> dict[Kind, People]:
    roles = max(scope.vocabulary.role_names, default=0) + 1
    status = status_rank(scope.now, scope.vocabulary.disabled_method_ids)
    number = (F("method_id") * roles + F("role_id")) * len(STATUSES) + status
    kinds = _enrolments(scope).annotate(kind=ExpressionWrapper(number, output_field=BigIntegerField())).values("kind")
    rows = kinds.annotate(people=NumberList("person_id")).order_by()
    return {_kind(scope.vocabulary, row["kind"], roles): People(row["people"]) for row in rows}


def _read_groups(words: Vocabulary) -> dict[int, People]:
    rows = GroupMember.objects.filter(group_id__in=words.group_ids).order_by().values("group_id")
    return {row["group_id"]: People(row["people"]) for row in rows.annotate(people=NumberList("person_id"))}


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
