"""The people of one page, without putting all the others in order.

Orders by columns of the person follow an index, or sort the people found when these are few. Roles, groups, status and last
access put people in kinds (each set of roles or groups, five statuses, those who came and those who never did): who is of
which kind is known in memory, and only the kinds on the page are put in order by the keys that follow. The result is that
of ``in_order``, cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q, QuerySet

from cohorts.models import Person
from courses.models import Participation
from courses.participants.finding import Found, told
from courses.participants.lists import NumberList
from courses.participants.queries import in_order
from courses.participants.seats import NOBODY, People
from courses.participants.statuses import STATUSES

Ranks = tuple[int, ...]
# Up to so many people are put in order as they are. More are likely to be met soon enough when one walks along an index of all
# the people there are.
FEW = 5_000
NEVER, CAME = (0,), (1,)


@dataclass(frozen=True)
class Kinds:
    """The people found, by kind; the kinds follow each other in the order of their ranks.

    The people of a kind are put in order by ``keys``. In an order by access, ``visitors`` are all who ever came to the course.
    """

    members: Mapping[Ranks, People]
    keys: Sequence[str]
    visitors: People = NOBODY

    def ordered(self, found: Found, kind: Ranks) -> QuerySet[Person]:
        """One kind's people in order; very many who came, along the index of accesses."""
        people = self.members[kind]
        if self.visitors and kind == CAME and len(people) > FEW:
            return _along_accesses(found, people, self)
        keys = self.keys[1:] if self.visitors and kind == NEVER else self.keys
        return in_order(found.people(people), found.scope, keys, along_index=len(people) > FEW)


def people_of_page(found: Found, start: int, size: int) -> list[Person]:
    """The ``size`` people from ``start`` on, of those found in the order asked for."""
    first = found.conditions.sort[0]
    window, key = slice(start, start + size), first.removeprefix("-")
    if key in KINDS or (len(found.ids) > FEW and key == "last_access"):
        kinds = _by_access(found) if key == "last_access" else KINDS[key](found)
        return _cut(found, kinds, window, descending=first.startswith("-"))
    along_index = len(found.ids) > FEW
    return list(in_order(found.people(found.ids), found.scope, found.conditions.sort, along_index=along_index)[window])


def _cut(found: Found, kinds: Kinds, window: slice, *, descending: bool) -> list[Person]:
    """Cut the page out of the kinds in their order."""
    covered = _covered(kinds.members, window, descending=descending)
    if len(covered) != 1:
        return _joined(found, kinds, covered)
    kind, part = covered[0]
    return list(kinds.ordered(found, kind)[part])


def _joined(found: Found, kinds: Kinds, covered: Sequence[tuple[Ranks, slice]]) -> list[Person]:
    """A page of several kinds; those of few people are put in order all at once."""
    few = NOBODY.union(*(kinds.members[kind] for kind, _part in covered if len(kinds.members[kind]) <= FEW))
    ordered = _pks(in_order(found.people(few), found.scope, kinds.keys, along_index=False)) if few else []
    page: list[int] = []
    for kind, part in covered:
        people = kinds.members[kind]
        if len(people) <= FEW:
            page += [pk for pk in ordered if pk in people][part]
        else:
            page += _pks(kinds.ordered(found, kind)[part])
    people_of = Person.objects.in_bulk(page)
    return [people_of[pk] for pk in page]


def _along_accesses(found: Found, ids: People, kinds: Kinds) -> QuerySet[Person]:
    """People who all came, by their access first."""
    first, *rest = kinds.keys
    visitors = Person.objects.alias(came=_access_to(found)).filter(came__last_access__isnull=False)
    mine = told(ids, kinds.visitors, visitors).alias(came=_access_to(found))
    ordered = in_order(mine, found.scope, rest)
    access = F("came__last_access")
    return ordered.order_by(access.desc() if first.startswith("-") else access.asc(), *ordered.query.order_by)


def _access_to(found: Found) -> FilteredRelation:
    """A person's access to the course. Django writes in the relation that it is given: each query needs its own."""
    return FilteredRelation("participations", condition=Q(participations__course=found.scope.vocabulary.course))


def _covered(members: Mapping[Ranks, People], window: slice, *, descending: bool) -> list[tuple[Ranks, slice]]:
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


def _by_status(found: Found) -> Kinds:
    """People by badge: those who have an enrolment of a status and none of a better one."""
    members: dict[Ranks, People] = {}
    rest = found.ids
    for rank, status in enumerate(STATUSES):
        members[(rank,)] = rest & found.seats.having(lambda kind, own=status: kind.status == own)  # type: ignore[misc]
        rest -= members[(rank,)]
    return Kinds(members, found.conditions.sort[1:])


def _by_access(found: Found) -> Kinds:
    """Those who never came are the oldest; among those who came, the access itself is the order."""
    visits = Participation.objects.filter(course=found.scope.vocabulary.course, last_access__isnull=False)
    visitors = People(visits.aggregate(people=NumberList("person_id"))["people"])
    came = found.ids & visitors
    return Kinds({NEVER: found.ids - came, CAME: came}, found.conditions.sort, visitors)


def _by_roles(found: Found) -> Kinds:
    """People by the set of their roles: each role in turn tells those who have it from those who do not."""
    words = found.scope.vocabulary
    members: dict[Ranks, People] = {(): found.ids}
    for pk, rank in sorted(words.role_ranks.items(), key=lambda role: role[1]):
        owners = found.seats.having(lambda kind, own=words.role_names[pk]: kind.role == own)  # type: ignore[misc]
        if owners:
            told = [(ranks, people & owners, people - owners) for ranks, people in members.items()]
            members = {ranks: others for ranks, _with, others in told if others}
            members |= {(*ranks, rank): having for ranks, having, _others in told if having}
    return Kinds(members, found.conditions.sort[1:])


def _by_groups(found: Found) -> Kinds:
    """People by the ranks of their groups; groups of one name count once."""
    ranks = found.scope.vocabulary.group_ranks
    members: dict[Ranks, People] = {(): found.ids - found.seats.grouped}
    for group_ids, people in found.seats.of_groups.items():
        own = tuple(sorted({ranks[group_id] for group_id in group_ids}))
        members[own] = members.get(own, NOBODY) | people & found.ids
    return Kinds(members, found.conditions.sort[1:])


KINDS: dict[str, Callable[[Found], Kinds]] = {"status": _by_status, "roles": _by_roles, "groups": _by_groups}
