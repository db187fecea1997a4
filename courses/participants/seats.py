"""Everybody's enrolments in one course, as they are at one instant, held in memory: one statement for the whole course.

Counts, criteria that are only about enrolments, and the orders by role and by status are all told from it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeVar

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, Max, OuterRef, QuerySet

from courses.models import Enrolment, GroupMember
from courses.participants.conditions import ALL, ANY, NONE, Condition, Conditions
from courses.participants.lists import NumberList
from courses.participants.queries import ON_ENROLMENT, Scope, is_together
from courses.participants.statuses import STATUSES, status_rank
from courses.participants.vocabulary import Vocabulary

Key = TypeVar("Key")


class Kind(NamedTuple):
    """What the list can ask of one enrolment; the fields are named as the criteria."""

    method: int
    role: str
    status: str


Combination = frozenset[Kind]


@dataclass(frozen=True)
class Seats:
    """The kinds of enrolments that each person has, by the person's id. People of the same kinds share one set.

    ``mark`` changes with every arrival and departure.
    """

    of_person: Mapping[int, Combination]
    mark: str

    @cached_property
    def combinations(self) -> Counter[Combination]:
        """How many people have each set of kinds."""
        return Counter(self.of_person.values())

    def people_by(self, key_of: Callable[[Combination], Key], people: Iterable[int]) -> dict[Key, list[int]]:
        """These people, put together by what ``key_of`` makes of their enrolments."""
        keys = {combination: key_of(combination) for combination in self.combinations}
        members: dict[Key, list[int]] = defaultdict(list)
        for pk in people:
            members[keys[self.of_person[pk]]].append(pk)
        return members

    def find(self, words: Vocabulary, conditions: Conditions) -> list[int]:
        """Whom the criteria on enrolments find; all the other criteria are left aside."""
        criteria = [each for each in conditions.criteria if each.name in ON_ENROLMENT]
        if not criteria:
            return list(self.of_person)
        answers = _answers(words, replace(conditions, criteria=tuple(criteria)))
        found = {combination for combination in self.combinations if answers(combination)}
        return [pk for pk, combination in self.of_person.items() if combination in found]


def seats_of(scope: Scope) -> Seats:
    """Read the enrolments of the course that the viewer may see, each as two numbers: whose it is, and its kind."""
    roles = max(scope.vocabulary.role_names, default=0) + 1
    status = status_rank(scope.now, scope.vocabulary.disabled_method_ids)
    code = ExpressionWrapper(
        (F("method_id") * roles + F("role_id")) * len(STATUSES) + status, output_field=BigIntegerField()
    )
    read = _enrolments(scope).aggregate(people=NumberList("person_id"), codes=NumberList(code), last=Max("pk"))
    people, codes = read["people"], read["codes"]
    alone = {each: frozenset([_kind(scope.vocabulary, each, roles)]) for each in set(codes)}
    kinds = list(map(alone.__getitem__, codes))
    of_person = dict(zip(people, kinds, strict=True))
    if len(of_person) < len(people):
        _put_together(of_person, people, kinds)
    return Seats(of_person, mark=f"{len(people)}-{len(of_person)}-{read['last']}")


def _kind(words: Vocabulary, code: int, roles: int) -> Kind:
    rest, status = divmod(code, len(STATUSES))
    method_id, role_id = divmod(rest, roles)
    return Kind(method_id, words.role_names[role_id], STATUSES[status])


def _put_together(of_person: dict[int, Combination], people: Sequence[int], kinds: Sequence[Combination]) -> None:
    """Give those with several enrolments all their kinds; the last one read is what they have so far."""
    shared: dict[Combination, Combination] = {}
    for pk, others in [(pk, each) for pk, each in zip(people, kinds, strict=True) if of_person[pk] is not each]:
        whole = of_person[pk] | others
        of_person[pk] = shared.setdefault(whole, whole)


def _enrolments(scope: Scope) -> QuerySet[Enrolment]:
    enrolments = Enrolment.objects.filter(method_id__in=scope.vocabulary.method_ids)
    if scope.seen_groups is None:
        return enrolments
    seen = GroupMember.objects.filter(group_id__in=scope.seen_groups, person=OuterRef("person"))
    return enrolments.filter(Exists(seen))


def _answers(words: Vocabulary, conditions: Conditions) -> Callable[[Combination], bool]:
    """Whether somebody with these enrolments answers conditions that are about nothing else."""
    together = [_test(words, each) for each in conditions.criteria if is_together(each, conditions)]
    alone = [_alone(words, each) for each in conditions.criteria if not is_together(each, conditions)]

    def answers(kinds: Combination) -> bool:
        met = (each(kinds) for each in alone)
        if conditions.join != ALL:
            return any(met) == (conditions.join == ANY)
        return all(met) and any(all(test(kind) for test in together) for kind in kinds)

    return answers


def _alone(words: Vocabulary, criterion: Condition) -> Callable[[Combination], bool]:
    """Whether a criterion holds on a person, taken alone."""
    if criterion.match == ALL:
        tests = [_test(words, Condition(criterion.name, (value,))) for value in criterion.values]
        return lambda kinds: all(any(map(test, kinds)) for test in tests)
    test, wanted = _test(words, criterion), criterion.match != NONE
    return lambda kinds: any(map(test, kinds)) == wanted


def _test(words: Vocabulary, criterion: Condition) -> Callable[[Kind], bool]:
    """Whether one enrolment has one of the values of a criterion."""
    values: set[str] | set[int] = set(criterion.values)
    if criterion.name == "method":
        values = {pk for value in criterion.values for pk in words.methods_called(value)}
    place = Kind._fields.index(criterion.name)
    return lambda kind: kind[place] in values
