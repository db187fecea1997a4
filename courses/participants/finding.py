"""Whom the conditions find, as sets of ids: the database tells each criterion by itself, the sets are joined in memory.

``queries.find_people`` says the same as one queryset; a property test holds the two to each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import Model, Q, QuerySet

from cohorts.models import Person
from courses.models import Participation
from courses.participants.conditions import (
    ALL,
    ANY,
    NO_GROUP,
    NONE,
    Condition,
    Conditions,
    cutoff_of,
    words_of,
)
from courses.participants.lists import NumberList, is_among
from courses.participants.queries import (
    ON_ENROLMENT,
    Scope,
    criterion_holds,
    has_words,
    initials_of,
    is_listed,
    is_together,
)
from courses.participants.seats import NOBODY, People, Seats, has_all, has_value

# So many people are asked for by name; for more, it is cheaper to read all the people whom a criterion finds.
BY_NAME = 2_000


@dataclass(frozen=True)
class Found:
    """The people of a list: what the address asks for, everybody's enrolments, and the ids of those found."""

    scope: Scope
    conditions: Conditions
    seats: Seats
    ids: People

    def people(self, ids: People) -> QuerySet[Person]:
        """Exactly these people of the course."""
        return told(ids, self.seats.everyone, Person.objects.filter(is_listed(self.scope)))


def told(ids: People, everyone: People, people: QuerySet[Person]) -> QuerySet[Person]:
    """Of ``people``, who are ``everyone``, exactly those of the ids: told in the shorter way, by name or as all but the others."""
    if 2 * len(ids) <= len(everyone):
        return Person.objects.filter(is_among("pk", ids))
    others = everyone - ids
    return people.exclude(is_among("pk", others)) if others else people


def find(scope: Scope, conditions: Conditions, seats: Seats) -> Found:
    """The people whom the conditions find among those whose enrolments were read."""
    together = [each for each in conditions.criteria if is_together(each, conditions)]
    alone = [each for each in conditions.criteria if not is_together(each, conditions)]
    ids = seats.having(has_all(scope.vocabulary, together)) if together else seats.everyone
    names, alone = _asked_of_names(scope, conditions, alone)
    if names:
        ids &= _people(ids, reduce(and_, names))
    if conditions.join == ALL:
        # Keywords last: they read every name there is, unless few are left.
        for each in sorted(alone, key=lambda criterion: criterion.name == "q"):
            ids = _whom(scope, seats, each, ids)
    elif alone:
        someone = NOBODY.union(*(_whom(scope, seats, each, ids) for each in alone))
        ids = someone if conditions.join == ANY else ids - someone
    return Found(scope, conditions, seats, ids)


def _asked_of_names(scope: Scope, conditions: Conditions, alone: list[Condition]) -> tuple[list[Q], list[Condition]]:
    """What must hold of the names beside each other, and the criteria that are left.

    The index of initials leaves so few people that keywords are best looked for in the same statement.
    """
    names = initials_of(conditions)
    if not names or conditions.join != ALL:
        return names, alone
    words = [each for each in alone if each.name == "q"]
    return [*names, *(criterion_holds(scope, each) for each in words)], [each for each in alone if each not in words]


def _whom(scope: Scope, seats: Seats, criterion: Condition, among: People) -> People:
    """Whom of ``among`` one criterion, taken alone, finds."""
    makers = {"q": _by_words, "group": _by_groups, "inactive": _by_access}
    parts = list(makers.get(criterion.name, _by_enrolment)(scope, seats, criterion, among))
    if criterion.match == ALL:
        return among.intersection(*parts)
    anyone = parts[0] if len(parts) == 1 else NOBODY.union(*parts)
    return among - anyone if criterion.match == NONE else among & anyone


def _by_enrolment(scope: Scope, seats: Seats, criterion: Condition, _among: People) -> Iterable[People]:
    assert criterion.name in ON_ENROLMENT
    chosen = [(value,) for value in criterion.values] if criterion.match == ALL else [criterion.values]
    return (seats.having(has_value(scope.vocabulary, criterion.name, values)) for values in chosen)


def _by_words(_scope: Scope, _seats: Seats, criterion: Condition, among: People) -> Iterable[People]:
    return [_people(among, has_words(words)) for words in words_of(criterion)]


def _by_groups(scope: Scope, seats: Seats, criterion: Condition, among: People) -> Iterable[People]:
    words = scope.vocabulary
    groups = [words.groups[value].pk for value in criterion.values if value != NO_GROUP]
    if NO_GROUP in criterion.values:
        yield among - seats.grouped
    together = [[group] for group in groups] if criterion.match == ALL else [groups]
    yield from (seats.in_groups(some) for some in together if some)


def _by_access(scope: Scope, _seats: Seats, criterion: Condition, among: People) -> Iterable[People]:
    since = cutoff_of(criterion.values[0], scope.now)
    came = Q(last_access__gte=since) if since else Q(last_access__isnull=False)
    return [among - _ids(among, Participation.objects.filter(came, course=scope.vocabulary.course), "person_id")]


def _people(among: People, condition: Q) -> People:
    return _ids(among, Person.objects.filter(condition), "pk")


def _ids(among: People, rows: QuerySet[Model], column: str) -> People:
    """The people in these rows; others than ``among`` may be there too."""
    rows = rows.filter(is_among(column, among)) if len(among) <= BY_NAME else rows
    return People(rows.order_by().aggregate(ids=NumberList(column))["ids"])
