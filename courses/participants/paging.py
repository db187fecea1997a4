"""The people of one page, without putting all the others in order.

Orders by columns of the person follow an index. The other orders put people in few kinds (five statuses, those who came and
those who never did, each set of roles or groups): the kinds that the page covers are found first, and only their people
are put in order by the keys that follow. The result is that of ``in_order``, cut.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q, QuerySet

from cohorts.models import Person
from courses.models import Enrolment, GroupMember
from courses.participants.conditions import Conditions
from courses.participants.lists import IdList
from courses.participants.queries import Scope, has_come, has_enrolment, in_order, is_in_group
from courses.participants.statuses import STATUSES, has_status

Ranks = tuple[int, ...]
# Up to so many people are put in order as they are; so many are named one by one in a statement.
FEW = 2_000
# More people than this are likely to be met soon enough when one walks along an index of all the people there are.
MOST = 8_000


@dataclass(frozen=True)
class Kind:
    """Some of the people found, told apart by a condition; people ``by_access`` are those who came, the longest ago first."""

    condition: Q
    by_access: bool = False


def ids_of_page(
    scope: Scope, conditions: Conditions, people: QuerySet[Person], found: int, start: int, size: int
) -> list[int]:
    """The ids of ``size`` people from ``start`` on, of the ``found`` people of the list in its order."""
    first, *rest = conditions.sort
    key, descending = first.removeprefix("-"), first.startswith("-")
    if found > FEW and key in LISTS:
        return _cut_lists(scope, LISTS[key](scope, people), rest, slice(start, start + size), descending=descending)
    if found > FEW and key in KINDS:
        kinds = KINDS[key](scope)
        ordered = [_ordered(people, scope, kind, rest, descending=descending) for kind in kinds]
        return list(_cut(ordered[::-1] if descending else ordered, start, size))
    return _pks(in_order(people, scope, conditions.sort, along_index=found > MOST)[start : start + size])


def _cut(kinds: Iterable[QuerySet[Person]], start: int, size: int) -> Iterator[int]:
    """Cut the page out of the kinds in their order; those before it are only counted."""
    for people in kinds:
        ids = list(people.values_list("pk", flat=True)[start : start + size])
        yield from ids
        if start and not ids:
            start -= people.count()
        else:
            start, size = 0, size - len(ids)
        if not size:
            return


def _ordered(
    people: QuerySet[Person], scope: Scope, kind: Kind, rest: Sequence[str], *, descending: bool
) -> QuerySet[Person]:
    if not kind.by_access:
        return in_order(people.filter(kind.condition), scope, rest)
    mine = FilteredRelation("participations", condition=Q(participations__course=scope.vocabulary.course))
    came = in_order(people.alias(came=mine).filter(came__last_access__isnull=False), scope, rest)
    access = F("came__last_access")
    return came.order_by(access.desc() if descending else access.asc(), *came.query.order_by)


def _by_status(scope: Scope) -> list[Kind]:
    """People by badge: those who have an enrolment of a status and none of a better one."""
    kinds, better = [], Q()
    for status in STATUSES:
        has = has_enrolment(scope, has_status([status], scope.now, scope.vocabulary.disabled_method_ids))
        kinds.append(Kind(better & has))
        better &= ~has
    return kinds


def _by_access(scope: Scope) -> list[Kind]:
    """Who never came is the oldest."""
    return [Kind(~has_come(scope, None)), Kind(Q(), by_access=True)]


@dataclass(frozen=True)
class Owners:
    """The people found, by the list of what they have: ranks of roles or of groups. ``described`` tells a list's people
    from all others where they are too many to name."""

    members: Mapping[Ranks, list[int]]
    described: Callable[[Ranks], QuerySet[Person]]


def _cut_lists(scope: Scope, owners: Owners, rest: Sequence[str], window: slice, *, descending: bool) -> list[int]:
    """Cut the page out of the lists in their order: at most three statements, whatever the number of lists."""
    covered: list[tuple[Ranks, slice]] = []
    before = 0
    for owned in sorted(owners.members, reverse=descending):
        count = len(owners.members[owned])
        first, last = max(window.start - before, 0), min(window.stop - before, count)
        if first < last:
            covered.append((owned, slice(first, last)))
        before += count
    named = [pk for owned, _part in covered if len(owners.members[owned]) <= FEW for pk in owners.members[owned]]
    places = {pk: place for place, pk in enumerate(_pks(in_order(Person.objects.filter(pk__in=named), scope, rest)))}
    page: list[int] = []
    for owned, part in covered:
        if len(owners.members[owned]) <= FEW:
            page += sorted(owners.members[owned], key=places.__getitem__)[part]
        else:
            page += _pks(in_order(owners.described(owned), scope, rest)[part])
    return page


def _pks(people: QuerySet[Person]) -> list[int]:
    return list(people.values_list("pk", flat=True))


def _by_roles(scope: Scope, people: QuerySet[Person]) -> Owners:
    words = scope.vocabulary
    rows = Enrolment.objects.filter(method_id__in=words.method_ids).order_by().values_list("role_id")
    holders = dict(rows.annotate(IdList("person_id")))
    return _owners(people, words.role_ranks, holders, lambda ids: has_enrolment(scope, Q(role_id__in=ids)))


def _by_groups(scope: Scope, people: QuerySet[Person]) -> Owners:
    words = scope.vocabulary
    rows = GroupMember.objects.filter(group_id__in=words.group_ids).order_by().values_list("group_id")
    holders = dict(rows.annotate(IdList("person_id")))
    return _owners(people, words.group_ranks, holders, lambda ids: is_in_group(scope, ids))


def _owners(
    people: QuerySet[Person], ranks: Mapping[int, int], holders: Mapping[int, str], has_one_of: Callable[[list[int]], Q]
) -> Owners:
    """Who has which list: ``ranks`` orders the things by their ids, ``holders`` names the people who have each of them."""
    things: dict[int, list[int]] = defaultdict(list)
    for thing, rank in ranks.items():
        things[rank].append(thing)
    lists: dict[str, Ranks] = {}
    for rank in sorted(things):
        for person_id in {pk for thing in things[rank] if thing in holders for pk in holders[thing].split(",")}:
            lists[person_id] = (*lists.get(person_id, ()), rank)
    members: dict[Ranks, list[int]] = defaultdict(list)
    for pk in _pks(people.order_by()):
        members[lists.get(str(pk), ())].append(pk)

    def described(owned: Ranks) -> QuerySet[Person]:
        others = [thing for rank, same in things.items() if rank not in owned for thing in same]
        return people.filter(*(has_one_of(things[rank]) for rank in owned), ~has_one_of(others))

    return Owners(members, described)


KINDS: dict[str, Callable[[Scope], list[Kind]]] = {"status": _by_status, "last_access": _by_access}
LISTS: dict[str, Callable[[Scope, QuerySet[Person]], Owners]] = {"roles": _by_roles, "groups": _by_groups}
