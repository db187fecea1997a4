"""The whole list of a filter as rows of text, in the columns of FORMATS.md §5 and the order of the page.

Rows are read by chunks, as plain values: a list of a hundred thousand people takes the memory of one chunk and of their ids.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import pgettext_lazy

from cohorts.models import Person
from courses.models import Enrolment, GroupMember, Participation
from courses.participants.address import address_of
from courses.participants.conditions import Conditions
from courses.participants.lists import is_among
from courses.participants.queries import Scope, find_people, in_order
from courses.participants.statuses import STATUSES, status_rank
from courses.participants.vocabulary import PUBLIC_KINDS
from enrolhub.access.trail import record_event

# Machines know the columns by these names, whatever the language of the interface; on the web they are translated.
HEADINGS = {
    "last_name": pgettext_lazy("export", "last_name"),
    "first_name": pgettext_lazy("export", "first_name"),
    "username": pgettext_lazy("export", "username"),
    "id_number": pgettext_lazy("export", "id_number"),
    "email": pgettext_lazy("export", "email"),
    "roles": pgettext_lazy("export", "roles"),
    "groups": pgettext_lazy("export", "groups"),
    "methods": pgettext_lazy("export", "methods"),
    "last_access": pgettext_lazy("export", "last_access"),
    "status": pgettext_lazy("export", "status"),
}
CHUNK = 2_000

Cells = tuple[str, ...]
# One enrolment as far as the list tells it: method, role, rank of its status.
Kind = tuple[int, int, int]


@dataclass(frozen=True)
class ExportedList:
    """How many people a list has, and their rows, read once. Who leaves the course meanwhile has no row."""

    count: int
    rows: Iterator[Cells]

    def read_now(self) -> "ExportedList":
        """The same list with its rows in memory: what they are read from will soon be gone."""
        return ExportedList(self.count, iter(list(self.rows)))


def exported_list(scope: Scope, conditions: Conditions, people: QuerySet[Person] | None = None) -> ExportedList:
    """The list that the conditions find, or these people of it, in the order that the conditions ask for."""
    found = find_people(scope, conditions) if people is None else people
    ids = list(in_order(found, scope, conditions.sort).values_list("pk", flat=True))
    return ExportedList(len(ids), rows_of(scope, ids))


def rows_of(scope: Scope, person_ids: Iterable[int]) -> Iterator[Cells]:
    """The rows of these people, in the order given."""
    rest, wording = iter(person_ids), Wording(scope)
    while chunk := list(islice(rest, CHUNK)):
        yield from _read_chunk(scope, wording, chunk)


def filter_of(query: QueryDict) -> str:
    """A filter without a fault as the trail keeps it: what decides who is in the file and in which order."""
    return str(address_of(query).without("per_page")).removeprefix("?")


def record_export(actor: str, scope: Scope, asked: str, kind: str, count: int, **how: str | int) -> None:
    """Trace an export before its first row leaves: who, course, filter (``asked``), how many, as which kind of file.

    ``how`` is whatever else tells this export from others.
    """
    record_event(actor, "export", scope.vocabulary.course.code, count=count, filter=asked, format=kind, **how)


class Wording:
    """Cells that many people have alike, put together once."""

    def __init__(self, scope: Scope) -> None:
        words = scope.vocabulary
        self._roles = words.role_names
        self._kinds = {method.pk: PUBLIC_KINDS[method.kind] for method in words.methods.values()}
        self._places = {group.pk: place for place, group in enumerate(words.groups.values())}
        self._names = [group.name for group in words.groups.values()]
        self._enrolled: dict[tuple[Kind, ...], Cells] = {}
        self._grouped: dict[tuple[int, ...], str] = {(): ""}

    def of_enrolments(self, kinds: Sequence[Kind]) -> Cells:
        """Roles, methods and status."""
        key = tuple(kinds)
        if key not in self._enrolled:
            roles = sorted({self._roles[role] for _method, role, _rank in kinds})
            methods = sorted({self._kinds[method] for method, _role, _rank in kinds})
            status = STATUSES[min(rank for _method, _role, rank in kinds)]
            self._enrolled[key] = ("|".join(roles), "|".join(methods), status)
        return self._enrolled[key]

    def of_groups(self, group_ids: Sequence[int]) -> str:
        """Names in alphabetical order, each group once."""
        key = tuple(group_ids)
        if key not in self._grouped:
            places = sorted({self._places[pk] for pk in key if pk in self._places})
            self._grouped[key] = "|".join(self._names[place] for place in places)
        return self._grouped[key]


def _read_chunk(scope: Scope, wording: Wording, ids: Sequence[int]) -> Iterator[Cells]:
    columns = ("pk", "last_name", "first_name", "username", "id_number", "email")
    people = {row[0]: row[1:] for row in Person.objects.filter(is_among("pk", ids)).order_by().values_list(*columns)}
    kinds, groups, accesses = _kinds_of(scope, ids), _groups_of(scope, ids), _accesses_of(scope, ids)
    for pk in ids:
        if pk in people and pk in kinds:
            roles, methods, status = wording.of_enrolments(kinds[pk])
            yield (*people[pk], roles, wording.of_groups(groups.get(pk, ())), methods, accesses.get(pk, ""), status)


def _kinds_of(scope: Scope, ids: Sequence[int]) -> dict[int, list[Kind]]:
    words = scope.vocabulary
    enrolments = Enrolment.objects.filter(is_among("person_id", ids), method_id__in=words.method_ids).order_by()
    rank = status_rank(scope.now, words.disabled_method_ids)
    kinds = defaultdict(list)
    for pk, *kind in enrolments.values_list("person_id", "method_id", "role_id", rank):
        kinds[pk].append(tuple(kind))
    return kinds


def _groups_of(scope: Scope, ids: Sequence[int]) -> dict[int, list[int]]:
    # By the course: SQLite would look for each person in each group of a list.
    members = GroupMember.objects.filter(is_among("person_id", ids), group__course=scope.vocabulary.course).order_by()
    groups = defaultdict(list)
    for pk, group_id in members.values_list("person_id", "group_id"):
        groups[pk].append(group_id)
    return groups


def _accesses_of(scope: Scope, ids: Sequence[int]) -> dict[int, str]:
    visits = Participation.objects.filter(
        is_among("person_id", ids), course=scope.vocabulary.course, last_access__isnull=False
    )
    accesses = visits.order_by().values_list("person_id", "last_access")
    return {pk: at.isoformat() for pk, at in accesses if at is not None}
