"""The people of one page, without putting all the others in order.

Orders by columns of the person follow an index. The other orders put people in few kinds (five statuses, those who came and
those who never did, each set of roles or groups): the kinds that the page covers are found first, and only their people
are put in order by the keys that follow. The result is that of ``in_order``, cut.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import F, FilteredRelation, Q, QuerySet

from cohorts.models import Person
from courses.models import Enrolment, GroupMember
from courses.participants.conditions import Conditions
from courses.participants.lists import IdList
from courses.participants.queries import Scope, find_people, has_come, has_enrolment, in_order, is_in_group
from courses.participants.statuses import STATUSES, has_status

# Up to so many people are named one by one in the statement; more are described by what they have.
NAMED = 3_000


@dataclass(frozen=True)
class Kind:
    """Some of the people found, told apart by a condition. ``size`` is None until somebody has to count them;
    people ``by_access`` are those who came, the longest ago first."""

    condition: Q
    size: int | None = None
    by_access: bool = False


def ids_of_page(scope: Scope, conditions: Conditions, start: int, size: int) -> list[int]:
    """The ids of ``size`` people from ``start`` on, in the order of the list."""
    people = find_people(scope, conditions)
    first, *rest = conditions.sort
    key, descending = first.removeprefix("-"), first.startswith("-")
    if key not in KINDS:
        return list(in_order(people, scope, conditions.sort).values_list("pk", flat=True)[start : start + size])
    kinds = KINDS[key](scope, people)
    ordered = (
        (kind, _ordered(people.filter(kind.condition), scope, kind, rest, descending=descending))
        for kind in (kinds[::-1] if descending else kinds)
    )
    return list(_cut(ordered, start, size))


def _cut(kinds: Iterator[tuple[Kind, QuerySet[Person]]], start: int, size: int) -> Iterator[int]:
    """Cut the page out of the kinds in their order, without reading those before it."""
    for kind, people in kinds:
        if kind.size is not None and start >= kind.size:
            start -= kind.size
            continue
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
        return in_order(people, scope, rest)
    mine = FilteredRelation("participations", condition=Q(participations__course=scope.vocabulary.course))
    came = in_order(people.alias(came=mine).filter(came__last_access__isnull=False), scope, rest)
    access = F("came__last_access")
    return came.order_by(access.desc() if descending else access.asc(), *came.query.order_by)


def _by_status(scope: Scope, people: QuerySet[Person]) -> list[Kind]:
    """People by badge: those who have an enrolment of a status and none of a better one."""
    kinds, better = [], Q()
    for status in STATUSES:
        has = has_enrolment(scope, has_status([status], scope.now, scope.vocabulary.disabled_method_ids))
        kinds.append(Kind(better & has))
        better &= ~has
    return kinds


def _by_access(scope: Scope, people: QuerySet[Person]) -> list[Kind]:
    """Who never came is the oldest."""
    return [Kind(~has_come(scope, None)), Kind(Q(), by_access=True)]


def _by_roles(scope: Scope, people: QuerySet[Person]) -> list[Kind]:
    words = scope.vocabulary
    rows = Enrolment.objects.filter(method_id__in=words.method_ids).order_by().values_list("role_id")
    holders = dict(rows.annotate(IdList("person_id")))
    return _by_lists(people, words.role_ranks, holders, lambda ids: has_enrolment(scope, Q(role_id__in=ids)))


def _by_groups(scope: Scope, people: QuerySet[Person]) -> list[Kind]:
    words = scope.vocabulary
    rows = GroupMember.objects.filter(group_id__in=words.group_ids).order_by().values_list("group_id")
    holders = dict(rows.annotate(IdList("person_id")))
    return _by_lists(people, words.group_ranks, holders, lambda ids: is_in_group(scope, ids))


def _by_lists(
    people: QuerySet[Person], ranks: Mapping[int, int], holders: Mapping[int, str], has_one_of: Callable[[list[int]], Q]
) -> list[Kind]:
    """People by the list of what they have: ``ranks`` orders the things, ``holders`` names who has each of them."""
    things: dict[int, list[int]] = defaultdict(list)
    for thing, rank in ranks.items():
        things[rank].append(thing)
    lists: dict[str, tuple[int, ...]] = {}
    for rank in sorted(things):
        for person_id in {pk for thing in things[rank] if thing in holders for pk in holders[thing].split(",")}:
            lists[person_id] = (*lists.get(person_id, ()), rank)
    members: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for pk in people.order_by().values_list("pk", flat=True):
        members[lists.get(str(pk), ())].append(pk)
    return [
        Kind(Q(pk__in=ids) if len(ids) <= NAMED else _has_exactly(owned, things, has_one_of), len(ids))
        for owned, ids in sorted(members.items())
    ]


def _has_exactly(owned: tuple[int, ...], things: Mapping[int, list[int]], has_one_of: Callable[[list[int]], Q]) -> Q:
    others = [thing for rank, same in things.items() if rank not in owned for thing in same]
    return reduce(and_, (has_one_of(things[rank]) for rank in owned), Q()) & ~has_one_of(others)


KINDS: dict[str, Callable[[Scope, QuerySet[Person]], list[Kind]]] = {
    "status": _by_status,
    "last_access": _by_access,
    "roles": _by_roles,
    "groups": _by_groups,
}
