"""Reading everything that verifying one course needs: about fifteen queries, whatever the sizes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q

from cohorts.models import Person, StagedGroup, StagedGroupAssignment, StagedPerson, StagedRegistration
from cohorts.models import StagedUnitRegistration as Following
from cohorts.queries import snapshot_read
from cohorts.register import Register, register_of
from courses.explain.chain import Reading
from courses.explain.evidence import ADMINISTRATIVE, PEDAGOGICAL
from courses.explain.register_facts import (
    FOLLOWED,
    STANDING,
    Assignment,
    RegisterFacts,
    named_programmes,
    named_units,
)
from courses.models import Course, CourseUnit, Enrolment, Exclusion, Method, Role
from courses.participants.lists import is_among
from courses.verification.among import IsOneOf
from courses.verification.material import Entry, Followed, Material, Registered, Seats, is_for

CLOSED = Person.AccountState.INACTIVE


def read_material(course: Course) -> Material:
    """The extract in force and the course as it is now. What no registration can feed is not read further."""
    units = list(CourseUnit.objects.filter(course=course).order_by("pk"))
    for unit in units:
        unit.course = course
    snapshot = snapshot_read()
    register = register_of(snapshot, snapshot.run_id or 0) if snapshot else None
    facts = RegisterFacts(Reading(snapshot), register)
    bare = Material(course, database_method(course), units, facts)
    return bare if register is None or bare.obstacle else _filled(bare, register)


def database_method(course: Course) -> Method:
    """« Base de données » of the course; where there is none, one that lets nobody in."""
    method = Method.objects.filter(course=course, kind=Method.Kind.DATABASE).first()
    method = method or Method(course=course, kind=Method.Kind.DATABASE, enabled=False)
    method.course = course
    return method


def _filled(bare: Material, register: Register) -> Material:
    course, units, seats = bare.course, bare.units, seats_of(bare)
    followed = by_number(followings_of(register, course, units))
    programmes = programmes_of(units, followed)
    promotion = promotion_of(register, course, programmes)
    inside = Person.objects.filter(is_among("pk", seats.enrolled)).order_by().values_list("student_number", flat=True)
    numbers = {*followed, *promotion, *filter(None, inside)}
    registered = by_number(registrations_of(register, course, numbers))
    groups = groups_of(register, course, units)
    entries = entries_of(numbers, seats.enrolled)
    codes = {row.programme_code for rows in registered.values() for row in rows}
    named = {unit.unit_code for unit in units}
    return Material(
        course=course,
        method=bare.method,
        units=units,
        facts=RegisterFacts(
            bare.facts.reading,
            register,
            programmes=named_programmes(register, codes),
            units=named_units(register, named),
        ),
        entries=entries,
        followed=followed,
        registered=registered,
        assigned=assignments_of(register, course, groups, numbers),
        groups=groups,
        programmes=frozenset(programmes),
        promotion=frozenset(promotion),
        in_directory=in_directory(register, entries),
        seats=seats,
    )


def by_number(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Rows by the student number that each comes with."""
    found: dict[str, list[Any]] = defaultdict(list)
    for number, row in rows:
        found[number].append(row)
    return dict(found)


def followings_of(register: Register, course: Course, units: Sequence[CourseUnit]) -> Iterator[tuple[str, Followed]]:
    """The pedagogical registrations on the elements of the course, whether they count or not."""
    rows = Following.objects.filter(
        file=register.file(PEDAGOGICAL),
        unit_code__in=sorted({unit.unit_code for unit in units}),
        academic_year=course.academic_year,
    )
    for number, *cells in rows.order_by("line").values_list("student_number", *Followed._fields):
        yield number, Followed(*cells)


def programmes_of(units: Sequence[CourseUnit], followed: Mapping[str, Sequence[Followed]]) -> set[tuple[str, str]]:
    """The étapes that the course is for, with the version where a link names one (else empty).

    Those that its links name; for a link that names none, those whose students have the element to follow.
    """
    named = {(unit.programme_code, unit.version_code) for unit in units if unit.programme_code}
    free = {unit.unit_code for unit in units if not unit.programme_code}
    rows = (row for rows in followed.values() for row in rows)
    return named | {(row.programme_code, "") for row in rows if row.unit_code in free and row.followed == FOLLOWED}


def promotion_of(register: Register, course: Course, programmes: set[tuple[str, str]]) -> set[str]:
    """The students with an administrative registration on these étapes, paid or not, but for cancelled ones."""
    rows = StagedRegistration.objects.filter(
        file=register.file(ADMINISTRATIVE),
        programme_code__in=sorted({code for code, _version in programmes}),
        academic_year=course.academic_year,
        state=STANDING,
    )
    columns = rows.order_by().values_list("student_number", "programme_code", "version_code")
    return {number for number, code, version in columns if is_for(programmes, code, version)}


def registrations_of(register: Register, course: Course, numbers: set[str]) -> Iterator[tuple[str, Registered]]:
    """The administrative registrations of these students in the year of the course."""
    rows = StagedRegistration.objects.filter(
        IsOneOf("student_number", numbers),
        file=register.file(ADMINISTRATIVE),
        academic_year=course.academic_year,
    )
    for number, *cells in rows.order_by("line").values_list("student_number", *Registered._fields):
        yield number, Registered(*cells)


def groups_of(register: Register, course: Course, units: Sequence[CourseUnit]) -> list[Assignment]:
    """The groups of the elements in APOGÉE."""
    rows = StagedGroup.objects.filter(
        file=register.file("groupes"),
        unit_code__in=sorted({unit.unit_code for unit in units}),
        academic_year=course.academic_year,
    )
    columns = ("unit_code", "academic_year", "group_code", "group_number", "label")
    return [Assignment(*row) for row in dict.fromkeys(rows.order_by("line").values_list(*columns))]


def assignments_of(
    register: Register, course: Course, groups: Sequence[Assignment], numbers: set[str]
) -> dict[str, list[Assignment]]:
    """The places of these students in the groups."""
    of_number = by_number((group.number, group) for group in groups)
    rows = StagedGroupAssignment.objects.filter(
        IsOneOf("student_number", numbers),
        file=register.file("affectations_groupes"),
        academic_year=course.academic_year,
        group_number__in=sorted(of_number),
    )
    places = set(rows.order_by().values_list("student_number", "group_number"))
    return by_number((number, group) for number, code in sorted(places) for group in of_number[code])


def entries_of(numbers: set[str], inside: Collection[int]) -> list[Entry]:
    """The people of these numbers and those in the course, each once; a number that nobody has is an entry of its own."""
    meant = Q(IsOneOf("student_number", numbers)) | Q(is_among("pk", inside))
    entries = [Entry(*row) for row in Person.objects.filter(meant).order_by().values_list(*Entry._fields)]
    known = {entry.student_number for entry in entries}
    nobody = [Entry(0, "", number, number, "", "", "", "", "", "", number) for number in sorted(numbers - known)]
    return [*entries, *nobody]


def in_directory(register: Register, entries: Sequence[Entry]) -> frozenset[str]:
    """Of the people with a closed account, those whom the extract still has."""
    closed = [entry.username for entry in entries if entry.account_state == CLOSED]
    rows = StagedPerson.objects.filter(IsOneOf("username", closed), file=register.file("annuaire"))
    return frozenset(rows.order_by().values_list("username", flat=True))


def seats_of(material: Material) -> Seats:
    """Who is in the course, and who is kept out of « Base de données »."""
    database = material.method.pk
    rows = Enrolment.objects.filter(method__course=material.course).order_by()
    enrolments = list(rows.values_list("person_id", "method_id", "role__short_name"))
    exclusions = Exclusion.objects.filter(method=database).select_related("created_by")
    return Seats(
        enrolled=frozenset(person for person, _method, _role in enrolments),
        by_database=frozenset(person for person, method, _role in enrolments if method == database),
        students=frozenset(person for person, _method, role in enrolments if role == Role.ShortName.STUDENT),
        exclusions={row.person_id: row for row in exclusions},
    )
