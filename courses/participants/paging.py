"""The people of one page, without putting all the others in order.

Orders by columns of the person follow an index, or sort the people found when these are few. Roles, groups, status and last
access put people in kinds (each set of roles or groups, five statuses, those who came and those who never did): who is of
which kind is known in memory, and only the kinds on the page are put in order by the keys that follow. The result is that
of ``in_order``, cut.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q, QuerySet

from cohorts.models import Person
from courses.models import GroupMember, Participation
from courses.participants.conditions import Conditions
from courses.participants.lists import NumberList, is_among
from courses.participants.queries import Scope, find_people, has_come, has_enrolment, in_order, is_in_group
from courses.participants.seats import Combination, Seats
from courses.participants.statuses import RANKS, STATUSES, has_status

Ranks = tuple[int, ...]
# Up to so many people are named in a statement and put in order as they are. More are described by what they have in common,
# and likely to be met soon enough when one walks along an index of all the people there are.
FEW = 8_000


@dataclass(frozen=True)
class Found:
    """The people of a list: what the address asks for, everybody's enrolments, and the ids of those found."""

    scope: Scope
    conditions: Conditions
    seats: Seats
    ids: Collection[int]

    @property
    def people(self) -> QuerySet[Person]:
        return find_people(self.scope, self.conditions)


@dataclass(frozen=True)
class Kinds:
    """The people found, by kind; the kinds in the order of their ranks.

    ``described`` tells a kind's people from all others, in the order of the list, where they are too many to name; those
    who are named are put in order by ``keys``, of which the first says nothing more about the kinds that are ``alike`` in it.
    """

    members: Mapping[Ranks, Sequence[int]]
    described: Callable[[Ranks], QuerySet[Person]]
    keys: Sequence[str]
    alike: Collection[Ranks] = ()


def people_of_page(found: Found, start: int, size: int) -> list[Person]:
    """The ``size`` people from ``start`` on, of those found in the order asked for."""
    first = found.conditions.sort[0]
    window, key = slice(start, start + size), first.removeprefix("-")
    many = len(found.ids) > FEW
    if key in KINDS or (many and key == "last_access"):
        kinds = _by_access(found) if key == "last_access" else KINDS[key](found)
        return _cut(found.scope, kinds, window, descending=first.startswith("-"))
    people = found.people if many else _named(found.ids)
    return list(in_order(people, found.scope, found.conditions.sort, along_index=many)[window])


def _cut(scope: Scope, kinds: Kinds, window: slice, *, descending: bool) -> list[Person]:
    """Cut the page out of the kinds in their order."""
    covered = _covered(kinds.members, window, descending=descending)
    if len(covered) != 1:
        return _joined(scope, kinds, covered)
    kind, part = covered[0]
    if len(kinds.members[kind]) > FEW:
        return list(kinds.described(kind)[part])
    keys = kinds.keys[1:] if kind in kinds.alike else kinds.keys
    return list(in_order(_named(kinds.members[kind]), scope, keys, along_index=False)[part])


def _joined(scope: Scope, kinds: Kinds, covered: Sequence[tuple[Ranks, slice]]) -> list[Person]:
    """A page of several kinds; all whom it can name are put in order at once."""
    named = [pk for kind, _part in covered if len(kinds.members[kind]) <= FEW for pk in kinds.members[kind]]
    ordered = _pks(in_order(_named(named), scope, kinds.keys, along_index=False)) if named else []
    places = {pk: place for place, pk in enumerate(ordered)}
    page: list[int] = []
    for kind, part in covered:
        if len(kinds.members[kind]) <= FEW:
            page += sorted(kinds.members[kind], key=places.__getitem__)[part]
        else:
            page += _pks(kinds.described(kind)[part])
    people = Person.objects.in_bulk(page)
    return [people[pk] for pk in page]


def _covered(members: Mapping[Ranks, Sequence[int]], window: slice, *, descending: bool) -> list[tuple[Ranks, slice]]:
    """The kinds that the page covers, and which part of each."""
    covered, before = [], 0
    for kind in sorted(members, reverse=descending):
        first, last = max(window.start - before, 0), min(window.stop - before, len(members[kind]))
        if first < last:
            covered.append((kind, slice(first, last)))
        before += len(members[kind])
    return covered


def _pks(people: QuerySet[Person]) -> list[int]:
    return list(people.values_list("pk", flat=True))


def _named(ids: Collection[int]) -> QuerySet[Person]:
    return Person.objects.filter(is_among("pk", ids))


def _by_status(found: Found) -> Kinds:
    """People by badge: those who have an enrolment of a status and none of a better one."""
    scope, rest = found.scope, found.conditions.sort[1:]

    def badge(kinds: Combination) -> Ranks:
        return (min(RANKS[kind.status] for kind in kinds),)

    def has(statuses: Sequence[str]) -> Q:
        return has_enrolment(scope, has_status(statuses, scope.now, scope.vocabulary.disabled_method_ids))

    def described(kind: Ranks) -> QuerySet[Person]:
        (rank,) = kind
        better = [~has(STATUSES[:rank])] if rank else []
        return in_order(found.people.filter(has([STATUSES[rank]]), *better), scope, rest)

    return Kinds(found.seats.people_by(badge, found.ids), described, rest)


def _by_access(found: Found) -> Kinds:
    """Those who never came are the oldest; among those who came, the access itself is the order."""
    scope, (first, *rest) = found.scope, found.conditions.sort
    course = scope.vocabulary.course
    visits = Participation.objects.filter(course=course, last_access__isnull=False)
    came = set(visits.aggregate(people=NumberList("person_id"))["people"])
    members: dict[Ranks, list[int]] = defaultdict(list)
    for pk in found.ids:
        members[(int(pk in came),)].append(pk)

    def described(kind: Ranks) -> QuerySet[Person]:
        if kind == (0,):
            return in_order(found.people.filter(~has_come(scope, None)), scope, rest)
        mine = FilteredRelation("participations", condition=Q(participations__course=course))
        people = in_order(found.people.alias(came=mine).filter(came__last_access__isnull=False), scope, rest)
        access = F("came__last_access")
        return people.order_by(access.desc() if first.startswith("-") else access.asc(), *people.query.order_by)

    return Kinds(members, described, found.conditions.sort, alike=[(0,)])


def _by_roles(found: Found) -> Kinds:
    words = found.scope.vocabulary
    ranks = {words.role_names[pk]: rank for pk, rank in words.role_ranks.items()}

    def owned(kinds: Combination) -> Ranks:
        return tuple(sorted({ranks[kind.role] for kind in kinds}))

    members = found.seats.people_by(owned, found.ids)
    return _lists(found, members, words.role_ranks, lambda ids: has_enrolment(found.scope, Q(role_id__in=ids)))


def _by_groups(found: Found) -> Kinds:
    """Who is in which groups, as one number a person: the bit of each group's rank."""
    words = found.scope.vocabulary
    rows = GroupMember.objects.filter(group_id__in=words.group_ids)
    read = rows.aggregate(people=NumberList("person_id"), groups=NumberList("group_id"))
    bits = {pk: 1 << rank for pk, rank in words.group_ranks.items()}
    owned: dict[int, int] = {}
    for pk, group_id in zip(read["people"], read["groups"], strict=True):
        owned[pk] = owned.get(pk, 0) | bits[group_id]
    members: dict[int, list[int]] = defaultdict(list)
    for pk in found.ids:
        members[owned.get(pk, 0)].append(pk)
    ranks = sorted(set(words.group_ranks.values()))
    lists = {tuple(rank for rank in ranks if bit >> rank & 1): ids for bit, ids in members.items()}
    return _lists(found, lists, words.group_ranks, lambda ids: is_in_group(found.scope, ids))


def _lists(
    found: Found,
    members: Mapping[Ranks, Sequence[int]],
    ranks: Mapping[int, int],
    has_one_of: Callable[[list[int]], Q],
) -> Kinds:
    """People by the list of what they have: ``ranks`` orders the things by their ids."""

    def described(owned: Ranks) -> QuerySet[Person]:
        each = [has_one_of([thing for thing, its in ranks.items() if its == rank]) for rank in owned]
        others = [thing for thing, rank in ranks.items() if rank not in owned]
        return in_order(found.people.filter(*each, ~has_one_of(others)), found.scope, found.conditions.sort[1:])

    return Kinds(members, described, found.conditions.sort[1:])


KINDS: dict[str, Callable[[Found], Kinds]] = {"status": _by_status, "roles": _by_roles, "groups": _by_groups}
