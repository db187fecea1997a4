"""Is somebody alone in their case? How many students of the same étape have the element that this one lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

from cohorts.models import StagedUnitRegistration
from cohorts.register import Register, register_of
from courses.explain.chain import Explanation, Link, Place
from courses.explain.register_facts import FOLLOWED

#: Larger étapes are not asked about: their students go to the database as one list.
LARGEST = 3_000


@dataclass(frozen=True)
class Peers:
    """Of the students whose registration on the étape counts, how many have a registration that counts on an element."""

    programme: str
    registered: int
    following: int

    @property
    def missing(self) -> int:
        return self.registered - self.following


def peers_of(explanation: Explanation) -> Peers | None:
    """Those of the étape of somebody who has no row on the elements of the course; None for anybody else. Three queries."""
    snapshot, broken = explanation.reading.snapshot, explanation.conclusion
    if snapshot is None or broken.code != "unit_registration_missing" or broken.source or explanation.way is None:
        return None
    programme, year = programme_of(explanation.way.links), explanation.course.academic_year
    register = register_of(snapshot, 0)
    # A pedagogical registration counts under the version of the administrative one.
    registered = register.registrations().filter(programme_code=programme, academic_year=year).order_by()
    students = set(registered.values_list("student_number", "version_code")[: LARGEST + 1])
    if not programme or len(students) > LARGEST:
        return None
    found = students & followers(register, programme, year, broken.params["units"], {number for number, _ in students})
    return Peers(programme, len({number for number, _ in students}), len({number for number, _ in found}))


def programme_of(links: Sequence[Link]) -> str:
    """The étape of the administrative registration that counts."""
    return next((str(link.params.get("programme", "")) for link in links if link.place == Place.ADMINISTRATIVE), "")


def followers(
    register: Register, programme: str, year: str, units: Sequence[str], students: set[str]
) -> set[tuple[str, str]]:
    """Student numbers and versions of the registrations of these students on the elements, found by the index of students."""
    rows = StagedUnitRegistration.objects.filter(
        file=register.file("inscriptions_pedagogiques"),
        student_number__in=sorted(students),
        unit_code__in=list(units),
        programme_code=programme,
        academic_year=year,
        followed=FOLLOWED,
    )
    return set(rows.values_list("student_number", "version_code"))
