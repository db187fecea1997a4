"""The participant list as one queryset of people: who is found, in which order (PARTICIPANTS.md §2 and §3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connection
from django.db.models import Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from cohorts.models import Person
from courses.models import Enrolment, GroupMember, Participation
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
from courses.participants.lists import RankedList, Unindexed
from courses.participants.statuses import has_status, status_rank
from courses.participants.vocabulary import Vocabulary

# Conditions on an enrolment: with `any` under `match=all` they hold together on one and the same enrolment.
ON_ENROLMENT = ("role", "method", "status")
# Up to so many letters SQLite finds a word sooner as a pattern.
SHORT = 3
COLUMNS = {
    "last_name": "last_name_key",
    "first_name": "first_name_key",
    "username": "username",
    "id_number": "id_number",
    "email": "email_key",
}


@dataclass(frozen=True)
class Scope:
    """What a list is about: the words of one course, the instant at which it is seen, and for a viewer in separate
    groups the ids of the only groups whose people they see. ``among`` says that one of several criteria is enough;
    ``past`` that the rows are those of a day that is over.
    """

    vocabulary: Vocabulary
    now: datetime
    seen_groups: Sequence[int] | None = None
    among: bool = False
    past: bool = False


def find_people(scope: Scope, conditions: Conditions) -> QuerySet[Person]:
    """Everyone whom the conditions find among those the viewer may see, each once, in no order."""
    enrolled = _enrolments(scope, _together(scope, conditions)).values("person")
    return Person.objects.filter(_narrowed(scope, conditions), pk__in=enrolled)


def in_order(
    people: QuerySet[Person], scope: Scope, sort: Sequence[str], *, along_index: bool = True
) -> QuerySet[Person]:
    """The same people in the order of the sort keys; ties by username, so that pages never shuffle.

    Not ``along_index``: the database sorts those found instead of walking through everybody there is in that order.
    """
    # Without a group nobody differs by groups, and a condition on none would find nobody.
    keys = [key for key in sort if key.removeprefix("-") != "groups" or scope.vocabulary.groups]
    for key in keys:
        people = _with_key(people, scope, key.removeprefix("-"))
    orders = [_order(key, along_index=along_index) for key in (*keys, "username")]
    return people.order_by(*orders)


def has_enrolment(scope: Scope, condition: Q) -> Q:
    """Whether a person has an enrolment in the course of which the condition holds."""
    return _have(scope, _enrolments(scope, condition))


def is_listed(scope: Scope) -> Q:
    """Whether a person is in the course, and the viewer may see them; asked of each person met, however many there are."""
    return reduce(and_, _always(scope, Conditions()), has_enrolment(scope, Q()))


def has_come(scope: Scope, since: datetime | None) -> Q:
    """Whether a person's last access to the course is of that instant or later; without one, whether they ever came."""
    accesses = Participation.objects.filter(course=scope.vocabulary.course)
    return _have(
        scope, accesses.filter(last_access__gte=since) if since else accesses.filter(last_access__isnull=False)
    )


def is_together(criterion: Condition, conditions: Conditions) -> bool:
    """Whether the criterion must hold on the same enrolment as the others of its sort."""
    return conditions.join == ALL and criterion.match == ANY and criterion.name in ON_ENROLMENT


def _together(scope: Scope, conditions: Conditions) -> Q:
    """What must hold on one and the same enrolment."""
    together = [each for each in conditions.criteria if is_together(each, conditions)]
    return reduce(and_, (_any_value(scope, each.name, each.values) for each in together), Q())


def _narrowed(scope: Scope, conditions: Conditions) -> Q:
    """Everything else: the criteria taken each alone, the initials, and what the viewer may see."""
    always = reduce(and_, _always(scope, conditions), Q())
    alone = [each for each in conditions.criteria if not is_together(each, conditions)]
    if not alone:
        return always
    if conditions.join == ANY:
        return always & reduce(or_, (criterion_holds(replace(scope, among=True), each) for each in alone))
    holds = [criterion_holds(scope, each) for each in alone]
    return always & reduce(and_, [~hold for hold in holds] if conditions.join == NONE else holds)


def _enrolments(scope: Scope, condition: Q) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(condition, method_id__in=scope.vocabulary.method_ids)


def _have(scope: Scope, rows: QuerySet[Any]) -> Q:
    """Whether a person has such rows. Where one of several criteria is enough, all who have some are read once."""
    if scope.among:
        return Q(pk__in=rows.order_by().values("person"))
    return Q(Exists(rows.filter(person=OuterRef("pk"))))


def criterion_holds(scope: Scope, criterion: Condition) -> Q:
    """Whether one criterion, taken alone, holds on a person."""
    makers = {"q": _keywords, "group": _groups, "inactive": _inactive}
    parts = makers.get(criterion.name, _by_enrolment)(scope, criterion)
    if criterion.match == ALL:
        return reduce(and_, parts)
    anyone = reduce(or_, parts)
    return ~anyone if criterion.match == NONE else anyone


def _by_enrolment(scope: Scope, criterion: Condition) -> Iterable[Q]:
    chosen = [(value,) for value in criterion.values] if criterion.match == ALL else [criterion.values]
    return [has_enrolment(scope, _any_value(scope, criterion.name, values)) for values in chosen]


def _any_value(scope: Scope, name: str, values: Iterable[str]) -> Q:
    """What makes one enrolment have one of the values of a criterion on enrolments."""
    words = scope.vocabulary
    if name == "role":
        return Q(role_id__in=[words.roles[value].pk for value in values])
    if name == "method":
        return Q(method_id__in=sorted({pk for value in values for pk in words.methods_called(value)}))
    return has_status(values, scope.now, words.disabled_method_ids)


def _keywords(scope: Scope, criterion: Condition) -> Iterable[Q]:
    return map(has_words, words_of(criterion))


def has_words(words: Sequence[str]) -> Q:
    """Whether a person's search key has all of these folded words; the longest, which fewest have, are looked for first."""
    telling: list[str] = []
    for word in sorted(words, key=len, reverse=True):
        if not any(word in longer for longer in telling):
            telling.append(word)
    return reduce(and_, map(_has_word, telling))


def _has_word(word: str) -> Q:
    """As a pattern PostgreSQL finds a word by its trigrams (decision 124); SQLite finds a long one faster by its place."""
    if connection.vendor == "postgresql" or len(word) <= SHORT:
        return Q(search_key__contains=word)
    return Q(GreaterThan(StrIndex("search_key", Value(word)), 0))


def _groups(scope: Scope, criterion: Condition) -> Iterable[Q]:
    words = scope.vocabulary
    groups = [words.groups[value].pk for value in criterion.values if value != NO_GROUP]
    if NO_GROUP in criterion.values and groups and criterion.match != ALL:
        scope = replace(scope, among=True)
    in_none = [~is_in_group(scope, words.group_ids)] if NO_GROUP in criterion.values else []
    together = [[group] for group in groups] if criterion.match == ALL else [groups]
    return [*in_none, *(is_in_group(scope, some) for some in together if some)]


def is_in_group(scope: Scope, group_ids: Sequence[int]) -> Q:
    """Whether a person is in one of these groups of the course."""
    members = GroupMember.objects.filter(group_id__in=group_ids)
    if connection.vendor == "sqlite" and len(group_ids) == len(scope.vocabulary.groups):
        # SQLite would look for each person in each group.
        members = GroupMember.objects.filter(group__course=scope.vocabulary.course)
    return _have(scope, members)


def _inactive(scope: Scope, criterion: Condition) -> Iterable[Q]:
    return [~has_come(scope, cutoff_of(criterion.values[0], scope.now))]


def _always(scope: Scope, conditions: Conditions) -> list[Q]:
    """What narrows whatever the join: the initials, and what the viewer may see."""
    seen = [] if scope.seen_groups is None else [is_in_group(scope, scope.seen_groups)]
    return [*initials_of(conditions), *seen]


def initials_of(conditions: Conditions) -> list[Q]:
    """What the initials asked for make of a person's name keys."""
    asked = {f"{name}_name_key": getattr(conditions, name) for name in ("first", "last")}
    return [_starts_with(column, initial) for column, initial in asked.items() if initial]


def _starts_with(column: str, initial: str) -> Q:
    if initial == "#":
        return Q(**{f"{column}__lt": "a"}) | Q(**{f"{column}__gte": "{"})
    return Q(**{f"{column}__gte": initial, f"{column}__lt": chr(ord(initial) + 1)})


def _with_key(people: QuerySet[Person], scope: Scope, key: str) -> QuerySet[Person]:
    """Add what a sort key orders by, when it is no column of the person."""
    words = scope.vocabulary
    if key == "last_access":
        visits = FilteredRelation("participations", condition=Q(participations__course=words.course))
        return people.annotate(visits=visits, last_access=F("visits__last_access"))
    if key == "groups":
        places = FilteredRelation("group_memberships", condition=Q(group_memberships__group_id__in=words.group_ids))
        return people.annotate(places=places, groups=RankedList("places__group_id", words.group_ranks))
    if key in {"status", "roles"}:
        seats = FilteredRelation("enrolments", condition=Q(enrolments__method_id__in=words.method_ids))
        people = people.annotate(seats=seats)
    if key == "status":
        return people.annotate(status=Min(status_rank(scope.now, words.disabled_method_ids, "seats__")))
    if key == "roles":
        return people.annotate(roles=RankedList("seats__role_id", words.role_ranks))
    return people


def _order(key: str, *, along_index: bool) -> OrderBy:
    """Nothing comes first: no access is the oldest, no group the first."""
    name, descending = key.removeprefix("-"), key.startswith("-")
    column: F | Unindexed = F(COLUMNS.get(name, name))
    if name in COLUMNS and not along_index:
        column = Unindexed(column)
    if name not in {"last_access", "groups"}:
        return column.desc() if descending else column.asc()
    return column.desc(nulls_last=True) if descending else column.asc(nulls_first=True)
