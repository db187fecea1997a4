"""What the list says about people already found: one query, whatever the number of people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cohorts.models import Person
from courses.models import Method, Participation
from courses.participants.queries import Scope
from courses.participants.seats import NOBODY, Kind, Seats
from courses.participants.statuses import RANKS
from courses.participants.vocabulary import PUBLIC_KINDS, GroupWord, Vocabulary


@dataclass(frozen=True)
class Seat:
    """One enrolment of a person, with its status at the instant of the list."""

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


def rows_for(scope: Scope, seats: Seats, people: Sequence[Person]) -> list[Row]:
    """The rows of these people, in the order given; who came since the enrolments were read has none yet."""
    ids = [person.pk for person in people]
    visits = Participation.objects.filter(course=scope.vocabulary.course, person__in=ids)
    accesses = dict(visits.values_list("person_id", "last_access"))
    groups = _groups_of(scope.vocabulary, seats, ids)
    seats_of = _seats_by_person(scope.vocabulary, seats, ids)
    return [
        Row(each, seats_of[each.pk], groups[each.pk], accesses.get(each.pk)) for each in people if seats_of[each.pk]
    ]


def _seats_by_person(words: Vocabulary, seats: Seats, person_ids: Sequence[int]) -> dict[int, list[Seat]]:
    found = defaultdict(list)
    for kind in sorted(seats.of_kind, key=lambda kind: words.method_ids.index(kind.method)):
        seat = _seat(words, kind)
        for person_id in seats.of_kind[kind].intersection(person_ids):
            found[person_id].append(seat)
    return found


def _seat(words: Vocabulary, kind: Kind) -> Seat:
    method = words.methods[str(kind.method)]
    return Seat(method, kind.role, words.role_labels[kind.role], words.method_labels[method.pk], kind.status)


def _groups_of(words: Vocabulary, seats: Seats, person_ids: Sequence[int]) -> dict[int, list[GroupWord]]:
    """The groups of each person, once each (two methods may have given the same), in the order of their names."""
    found = defaultdict(list)
    for group in words.groups.values():
        for person_id in seats.of_group.get(group.pk, NOBODY).intersection(person_ids):
            found[person_id].append(group)
    return found
