"""What the extract in force says of one person: every row that names them, in a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from cohorts.models import (
    Person,
    Snapshot,
    StagedGroup,
    StagedPerson,
    StagedProgramme,
    StagedRegistration,
    StagedRejection,
    StagedUnit,
    StagedUnitRegistration,
)
from cohorts.queries import snapshot_read
from cohorts.register import Register, register_of
from courses.explain.chain import Reading

#: What makes a pedagogical registration one to be followed this year (FORMATS §3).
FOLLOWED, STANDING = "N", "E"


@dataclass(frozen=True)
class Assignment:
    """A student's place in a group of APOGÉE; ``code`` is the one known outside, empty when it has none."""

    unit_code: str
    academic_year: str
    code: str
    number: str
    label: str

    @property
    def name(self) -> str:
        return self.label or self.code or self.number


@dataclass(frozen=True)
class RegisterFacts:
    """The rows of the extract in force that name a person; before the first extract there is no ``register``."""

    reading: Reading
    register: Register | None = None
    entry: StagedPerson | None = None
    registrations: Sequence[StagedRegistration] = ()
    followings: Sequence[StagedUnitRegistration] = ()
    assignments: Sequence[Assignment] = ()
    rejections: Sequence[StagedRejection] = ()
    programmes: Mapping[str, StagedProgramme] = field(default_factory=dict)
    units: Mapping[str, Sequence[StagedUnit]] = field(default_factory=dict)

    def speaks_of(self, year: str) -> bool:
        """Whether registrations of this academic year are reconciled by the extract in force."""
        return self.register is not None and year in self.register.years

    def closes(self, year: str) -> bool:
        """Whether there is an extract in force and it leaves this year alone: what is of it is frozen."""
        return self.register is not None and not self.speaks_of(year)

    @property
    def is_partial(self) -> bool:
        """Whether the extract proves no absence."""
        snapshot = self.reading.snapshot
        return snapshot is not None and snapshot.verdict == Snapshot.Verdict.PARTIAL

    def counts(self, row: StagedRegistration) -> bool:
        """Whether an administrative registration counts: of a year of the extract, not cancelled, paid as the setting asks."""
        paid = row.payment_state in settings.APOGEE_PAYMENT_STATES
        return self.speaks_of(row.academic_year) and row.state == STANDING and paid

    def registrations_of(self, year: str) -> list[StagedRegistration]:
        return [row for row in self.registrations if row.academic_year == year]

    def covering(self, following: StagedUnitRegistration) -> list[StagedRegistration]:
        """The administrative registrations of a pedagogical one's year, étape and version, whether they count or not."""
        return [row for row in self.registrations if programme_key(row) == programme_key(following)]

    def is_covered(self, following: StagedUnitRegistration) -> bool:
        return any(self.counts(row) for row in self.covering(following))

    def followings_of(self, unit: str, year: str) -> list[StagedUnitRegistration]:
        return [row for row in self.followings if row.unit_code == unit and row.academic_year == year]

    def assignments_of(self, unit: str, year: str) -> list[Assignment]:
        return [each for each in self.assignments if each.unit_code == unit and each.academic_year == year]

    def programme_label(self, code: str) -> str:
        """The name of an étape, its code where the register has none."""
        programme = self.programmes.get(code)
        return programme.label if programme and programme.label else code

    def unit_label(self, code: str) -> str:
        rows = self.units.get(code)
        return rows[-1].label if rows else ""

    def is_in_period(self, code: str, period: str) -> bool:
        """Whether a row of the elements puts this one in the period."""
        return any(row.period_code == period for row in self.units.get(code, ()))


def programme_key(row: StagedRegistration | StagedUnitRegistration) -> tuple[str, str, str]:
    return row.academic_year, row.programme_code, row.version_code


def read_registers(person: Person, units: Iterable[str], programmes: Iterable[str]) -> RegisterFacts:
    """The person's rows; ``units`` and ``programmes`` are codes to be named besides those of the rows."""
    snapshot = snapshot_read()
    refused = Snapshot.objects.filter(verdict=Snapshot.Verdict.REFUSED).select_related("run").first()
    if snapshot is None:
        return RegisterFacts(Reading(None, None, refused))
    register = register_of(snapshot, snapshot.run_id or 0)
    registrations, followings = registrations_by(person, register), followings_by(person, register)
    return RegisterFacts(
        reading=Reading(snapshot, snapshot.run, refused if refused and refused.pk > snapshot.pk else None),
        register=register,
        entry=StagedPerson.objects.filter(file=register.file("annuaire"), username=person.username).first(),
        registrations=registrations,
        followings=followings,
        assignments=assignments_by(person, register, {row.unit_code for row in followings} | set(units)),
        rejections=rejections_of(person, register),
        programmes=named_programmes(register, {row.programme_code for row in registrations} | set(programmes)),
        units=named_units(register, {row.unit_code for row in followings} | set(units)),
    )


def registrations_by(person: Person, register: Register) -> list[StagedRegistration]:
    """The administrative registrations of a student, whether they count or not."""
    if not person.student_number:
        return []
    rows = StagedRegistration.objects.filter(file=register.file("inscriptions_administratives"))
    return list(rows.filter(student_number=person.student_number).order_by("line"))


def followings_by(person: Person, register: Register) -> list[StagedUnitRegistration]:
    """The pedagogical registrations of a student, whether they count or not."""
    if not person.student_number:
        return []
    rows = StagedUnitRegistration.objects.filter(file=register.file("inscriptions_pedagogiques"))
    return list(rows.filter(student_number=person.student_number).order_by("line"))


def assignments_by(person: Person, register: Register, units: Iterable[str]) -> list[Assignment]:
    """The places of a student in the groups of these elements."""
    if not person.student_number:
        return []
    rows = StagedGroup.objects.filter(
        file=register.file("groupes"),
        unit_code__in=sorted(units),
        assignments__file=register.file("affectations_groupes"),
        assignments__student_number=person.student_number,
    )
    values = rows.order_by("line").values_list("unit_code", "academic_year", "group_code", "group_number", "label")
    return [Assignment(*row) for row in dict.fromkeys(values)]


def rejections_of(person: Person, register: Register) -> list[StagedRejection]:
    """The rows that could not be used and named the person: they protect what exists, and may be what is missing."""
    names = [name for name in (person.username, person.student_number) if name]
    rows = StagedRejection.objects.filter(file__in=list(register.files.values()), protects__in=names)
    return list(rows.select_related("file").order_by("file__list_name", "line"))


def named_programmes(register: Register, codes: Iterable[str]) -> dict[str, StagedProgramme]:
    """One row an étape, that of its last line."""
    rows = register.programmes().filter(programme_code__in=sorted(codes)).order_by("line")
    return {row.programme_code: row for row in rows}


def named_units(register: Register, codes: Iterable[str]) -> dict[str, list[StagedUnit]]:
    """The rows of each element: one as a rule."""
    found: dict[str, list[StagedUnit]] = {}
    for row in register.units().filter(unit_code__in=sorted(codes)).order_by("line"):
        found.setdefault(row.unit_code, []).append(row)
    return found
