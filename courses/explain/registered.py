"""Everything the extract in force says of one person, with the courses that their elements feed: the person's page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cohorts.models import CohortMember, Person
from courses.explain.chain import SourceRow
from courses.explain.evidence import registration_rows, unit_row
from courses.explain.register_facts import RegisterFacts, read_registers
from courses.models import Course, CourseUnit, Enrolment
from courses.participants.statuses import STATUSES, status_of


@dataclass(frozen=True)
class UnitLine:
    """A pedagogical registration and the courses of its year that the element feeds; none is worth a remark."""

    year: str
    programme: str
    row: SourceRow
    courses: Sequence[Course]


@dataclass(frozen=True)
class CourseLine:
    """A course where somebody is: by which methods, with which roles, and the status that PARTICIPANTS §1 gives."""

    course: Course
    methods: Sequence[str]
    roles: Sequence[str]
    status: str


@dataclass(frozen=True)
class PersonFacts:
    """What is known of one person."""

    register: RegisterFacts
    registrations: Sequence[SourceRow]
    units: Sequence[UnitLine]
    cohorts: Sequence[CohortMember]
    courses: Sequence[CourseLine]


def read_person(person: Person, at: datetime) -> PersonFacts:
    """The person's rows, cohorts and courses at that instant, in a constant number of queries."""
    register = read_registers(person, [], [])
    fed = courses_fed({row.unit_code for row in register.followings})
    cohorts = CohortMember.objects.filter(person=person).select_related("cohort")
    return PersonFacts(
        register=register,
        registrations=registration_rows(register, register.registrations),
        units=[
            UnitLine(
                row.academic_year,
                row.programme_code,
                unit_row(register, row),
                fed.get((row.unit_code, row.academic_year), ()),
            )
            for row in register.followings
        ],
        cohorts=list(cohorts.order_by("cohort__name_key", "cohort__code")),
        courses=courses_attended(person, at),
    )


def courses_fed(units: Iterable[str]) -> Mapping[tuple[str, str], Sequence[Course]]:
    """The courses linked to these elements, by element and academic year."""
    found: dict[tuple[str, str], list[Course]] = {}
    links = CourseUnit.objects.filter(unit_code__in=sorted(units)).select_related("course")
    for link in links.order_by("course__title_key", "course__code"):
        courses = found.setdefault((link.unit_code, link.course.academic_year), [])
        if link.course not in courses:
            courses.append(link.course)
    return found


def courses_attended(person: Person, at: datetime) -> list[CourseLine]:
    """The courses where the person is, by title."""
    rows = Enrolment.objects.filter(person=person).select_related("method__course", "role")
    by_course: dict[int, list[Enrolment]] = {}
    for row in rows.order_by("method__course__title_key", "method__course__code", "method__position"):
        by_course.setdefault(row.method.course_id, []).append(row)
    return [_course_line(enrolments, at) for enrolments in by_course.values()]


def _course_line(enrolments: Sequence[Enrolment], at: datetime) -> CourseLine:
    statuses = [
        status_of(
            suspended=bool(each.suspended_by),
            method_enabled=each.method.enabled,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            at=at,
        )
        for each in enrolments
    ]
    return CourseLine(
        course=enrolments[0].method.course,
        methods=[str(each.method) for each in enrolments],
        roles=list(dict.fromkeys(str(each.role) for each in enrolments)),
        status=min(statuses, key=STATUSES.index),
    )
