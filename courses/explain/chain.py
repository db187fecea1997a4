"""The chain from an account to an enrolment: its links, what each stands on, and which one breaks first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cohorts.models import Person, Snapshot
from courses.models import Course, Method
from enrolhub.sync.models import Change, Run


class State(StrEnum):
    """What a link says: it holds; it holds and something about it is worth knowing; it breaks; it has nothing to say."""

    HOLDS = "holds"
    NOTED = "noted"
    BROKEN = "broken"
    MOOT = "moot"


class Mender(StrEnum):
    """Who can mend a broken link. ``NIGHT``: nobody need do anything; ``NOBODY``: nothing is to be mended."""

    REGISTRAR = "registrar"
    STUDENT = "student"
    TEACHER = "teacher"
    CEMU = "cemu"
    DIRECTORY = "directory"
    NIGHT = "night"
    NOBODY = "nobody"


class Place(StrEnum):
    """The links, in the order of the chain."""

    ACCOUNT = "account"
    ADMINISTRATIVE = "administrative"
    PEDAGOGICAL = "pedagogical"
    GROUP = "group"
    COURSE_LINK = "course_link"
    COHORT = "cohort"
    SOURCE_COURSE = "source_course"
    METHOD = "method"
    DECISION = "decision"
    ENROLMENT = "enrolment"


#: Codes of links that are broken because one before them is.
FOLLOWING = frozenset({"not_in_cohort", "not_in_source"})


@dataclass(frozen=True)
class SourceRow:
    """A row of the extract in force: its file and physical line, what it is about, and whether it counts for the course."""

    list_name: str
    line: int
    code: str
    label: str
    counts: bool
    finding: str
    on: str = ""

    @property
    def source(self) -> str:
        """Where the row stands, as the ledger says it: ``inscriptions_pedagogiques.csv:412``."""
        return f"{self.list_name}.csv:{self.line}"


@dataclass(frozen=True)
class Link:
    """One link: what is found there (``code`` and ``params``), the rows it was read from, the changes that made it so."""

    place: Place
    state: State
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    mender: Mender | None = None
    rows: Sequence[SourceRow] = ()
    changes: Sequence[Change] = ()
    #: The code of the source course whose link this is, in the chain of a meta-course link.
    source: str = ""

    @property
    def breaks(self) -> bool:
        return self.state == State.BROKEN


@dataclass(frozen=True)
class Way:
    """The chain of one method."""

    method: Method
    links: Sequence[Link]
    is_enrolled: bool

    @property
    def broken(self) -> Link | None:
        """The first broken link."""
        return next((link for link in self.links if link.breaks), None)

    @property
    def also_broken(self) -> Link | None:
        """The next broken link that is a break of its own, not what follows from the first one."""
        breaks = [link for link in self.links if link.breaks and link.code not in FOLLOWING]
        return next((link for link in breaks if link is not self.broken), None)

    @property
    def enrolment(self) -> Link:
        """The last link."""
        return self.links[-1]


@dataclass(frozen=True)
class Reading:
    """Which extract the registers' links were read from, who brought it, and the one refused since, if any."""

    snapshot: Snapshot | None
    run: Run | None = None
    refused: Snapshot | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a person is, or is not, in a course at one instant. ``conclusion`` is the link that decides; ``way`` is its chain."""

    course: Course
    person: Person
    at: datetime
    reading: Reading
    ways: Sequence[Way]
    conclusion: Link
    way: Way | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether the person is a participant: has an enrolment by any method, whatever its status."""
        return any(way.is_enrolled for way in self.ways)
