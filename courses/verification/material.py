"""What verifying one course is worked out from: plain rows by student number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from courses.explain.chain import Link
from courses.explain.register_facts import Assignment, RegisterFacts
from courses.explain.registrations import obstacle_of
from courses.models import Course, CourseUnit, Exclusion, Method


class Entry(NamedTuple):
    """A person as lists show them; ``pk`` is 0 for a student whom the directory does not know."""

    pk: int
    username: str
    student_number: str
    id_number: str
    last_name: str
    first_name: str
    email: str
    account_state: str
    last_name_key: str
    first_name_key: str
    search_key: str

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}".strip() or self.username or self.student_number


class Registered(NamedTuple):
    """An administrative registration of the course's year."""

    programme_code: str
    version_code: str
    state: str
    payment_state: str


class Followed(NamedTuple):
    """A pedagogical registration on an element of the course."""

    unit_code: str
    programme_code: str
    version_code: str
    followed: str


@dataclass(frozen=True)
class Seats:
    """Who is in the course, by person: enrolled at all, by the database, as a student; and who is kept out of the database."""

    enrolled: frozenset[int] = frozenset()
    by_database: frozenset[int] = frozenset()
    students: frozenset[int] = frozenset()
    exclusions: Mapping[int, Exclusion] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What was read. ``facts`` has what concerns no student alone: the register, the names of étapes and elements.

    ``programmes`` are the étapes that the course is for, with the version where a link names one (else empty);
    ``promotion`` the numbers of the students registered on them.
    """

    course: Course
    method: Method
    units: Sequence[CourseUnit]
    facts: RegisterFacts
    entries: Sequence[Entry] = ()
    followed: Mapping[str, Sequence[Followed]] = field(default_factory=dict)
    registered: Mapping[str, Sequence[Registered]] = field(default_factory=dict)
    assigned: Mapping[str, Sequence[Assignment]] = field(default_factory=dict)
    groups: Sequence[Assignment] = ()
    programmes: frozenset[tuple[str, str]] = frozenset()
    promotion: frozenset[str] = frozenset()
    in_directory: frozenset[str] = frozenset()
    seats: Seats = field(default_factory=Seats)

    @property
    def obstacle(self) -> Link | None:
        """The link that keeps every registration from feeding the course; None when registrations can."""
        return obstacle_of(self.facts, self.course, self.units)

    def is_for(self, row: Registered) -> bool:
        """Whether the course is for the étape of a registration."""
        return is_for(self.programmes, row.programme_code, row.version_code)


def is_for(programmes: Collection[tuple[str, str]], programme: str, version: str) -> bool:
    """Whether these étapes, each with a version or an empty text for all of them, have this one."""
    return (programme, "") in programmes or (programme, version) in programmes
