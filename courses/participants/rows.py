"""What the list says about people already found: three queries, whatever the number of people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cohorts.models import Person
from courses.models import Enrolment, GroupMember, Method, Participation
from courses.participants.queries import Scope
from courses.participants.statuses import RANKS, status_of
from courses.participants.vocabulary import PUBLIC_KINDS, GroupWord


@dataclass(frozen=True)
class Seat:
    """One enrolment of a person, with its status at the instant of the list."""

    enrolment: Enrolment
    method: Method
    role: str
    role_label: str
    method_label: str
    status: str


@dataclass(frozen=True)
class Row:
    """One person of the list: roles and kinds of methods in alphabetical order, groups by name."""

    person: Person
    seats: Sequence[Seat]
    groups: Sequence[GroupWord]
    last_access: datetime | None

    @property
    def name(self) -> str:
        return str(self.person)

    @property
    def roles(self) -> list[str]:
        """Short names, in alphabetical order."""
        return sorted({seat.role for seat in self.seats})

    @property
    def role_labels(self) -> list[str]:
        """The roles as the interface calls them, in the alphabetical order of the short names."""
        labels = {seat.role: seat.role_label for seat in self.seats}
        return [labels[role] for role in self.roles]

    @property
    def kinds(self) -> list[str]:
        """Kinds of methods as exports name them, in alphabetical order."""
        return sorted({PUBLIC_KINDS[seat.method.kind] for seat in self.seats})

    @property
    def status(self) -> str:
        """The badge: the best status among the enrolments."""
        return min((seat.status for seat in self.seats), key=RANKS.__getitem__)


def rows_for(scope: Scope, people: Sequence[Person]) -> list[Row]:
    """The rows of these people, in the order given."""
    ids = [person.pk for person in people]
    seats, groups = _seats_of(scope, ids), _groups_of(scope, ids)
    visits = Participation.objects.filter(course=scope.vocabulary.course, person__in=ids)
    accesses = dict(visits.values_list("person_id", "last_access"))
    return [Row(each, seats[each.pk], groups[each.pk], accesses.get(each.pk)) for each in people if seats[each.pk]]


def _seats_of(scope: Scope, person_ids: Sequence[int]) -> dict[int, list[Seat]]:
    words = scope.vocabulary
    methods = {method.pk: method for method in words.methods.values()}
    enrolments = Enrolment.objects.filter(person__in=person_ids, method__in=words.method_ids)
    seats = defaultdict(list)
    for enrolment in sorted(enrolments, key=lambda each: words.method_ids.index(each.method_id)):
        method = methods[enrolment.method_id]
        status = status_of(
            suspended=bool(enrolment.suspended_by),
            method_enabled=method.enabled,
            starts_at=enrolment.starts_at,
            ends_at=enrolment.ends_at,
            at=scope.now,
        )
        role = words.role_names[enrolment.role_id]
        seats[enrolment.person_id].append(
            Seat(enrolment, method, role, words.role_labels[role], words.method_labels[method.pk], status)
        )
    return seats


def _groups_of(scope: Scope, person_ids: Sequence[int]) -> dict[int, list[GroupWord]]:
    """The groups of each person, once each (two methods may have given the same), in the order of their names."""
    by_id = {group.pk: (rank, group) for rank, group in enumerate(scope.vocabulary.groups.values())}
    members = GroupMember.objects.filter(person__in=person_ids, group__course=scope.vocabulary.course)
    ranks: dict[int, set[int]] = defaultdict(set)
    for person_id, group_id in members.values_list("person_id", "group_id"):
        ranks[person_id].add(by_id[group_id][0])
    ordered = list(scope.vocabulary.groups.values())
    return defaultdict(list, {pk: [ordered[rank] for rank in sorted(found)] for pk, found in ranks.items()})
