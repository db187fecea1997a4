"""What APOGÉE says of a student and the elements of a course: administrative, pedagogical, group, and the course's own link.

A course may be linked to several elements and a student registered on several étapes: each pair is a route, and the one
that gets furthest is the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cohorts.models import Person, StagedRegistration, StagedUnitRegistration
from courses.explain.chain import Link, Mender, Place, State
from courses.explain.evidence import programme_params, registration_rows, unit_rows
from courses.explain.register_facts import FOLLOWED, STANDING, RegisterFacts
from courses.models import Course, CourseUnit

Links = list[Link]


@dataclass(frozen=True)
class Student:
    """A person and what the extract in force says of them."""

    person: Person
    register: RegisterFacts


def database_links(student: Student, course: Course, units: Sequence[CourseUnit]) -> Links:
    """The four links between an account and the « Base de données » method of a course."""
    obstacle = obstacle_of(student.register, course, units)
    if obstacle:
        moot = [
            Link(place, State.MOOT, "not_asked") for place in (Place.ADMINISTRATIVE, Place.PEDAGOGICAL, Place.GROUP)
        ]
        return [*moot, obstacle]
    routes = [
        route_of(student, unit, row)
        for unit in units
        for row in student.register.followings_of(unit.unit_code, course.academic_year)
    ]
    return max(routes, key=_reach) if routes else _without_registration(student, course, units)


def _reach(links: Links) -> int:
    """How many links hold before the first broken one."""
    return next((place for place, link in enumerate(links) if link.breaks), len(links))


def obstacle_of(register: RegisterFacts, course: Course, units: Sequence[CourseUnit]) -> Link | None:
    """Why no registration at all could feed the course."""
    year = {"year": course.academic_year, "course": course.code}
    if register.register is None:
        return Link(Place.COURSE_LINK, State.BROKEN, "no_extract", year, Mender.CEMU)
    if not units:
        return Link(Place.COURSE_LINK, State.BROKEN, "no_units", year, Mender.CEMU)
    if not course.academic_year:
        return Link(Place.COURSE_LINK, State.BROKEN, "course_without_year", year, Mender.CEMU)
    if not register.speaks_of(course.academic_year):
        return Link(Place.COURSE_LINK, State.BROKEN, "year_closed", year, Mender.CEMU)
    return None


def route_of(student: Student, unit: CourseUnit, row: StagedUnitRegistration) -> Links:
    """The links of one element of the course and one registration on it."""
    return [
        _covering(student, row),
        _following(student, unit, row),
        _group(student, unit),
        _restriction(student, unit, row),
    ]


def _without_registration(student: Student, course: Course, units: Sequence[CourseUnit]) -> Links:
    """The links of someone whom no row puts on any element of the course."""
    codes = list(dict.fromkeys(unit.unit_code for unit in units))
    assigned = [each for code in codes for each in student.register.assignments_of(code, course.academic_year)]
    missing = Link(
        Place.PEDAGOGICAL,
        State.BROKEN,
        "unit_registration_missing",
        {
            "units": codes,
            "count": len(_counting(student.register, course.academic_year)),
            "component": _component(student.register, course),
        },
        Mender.REGISTRAR,
        rows=unit_rows(student.register, course.academic_year, codes),
    )
    group = Link(Place.GROUP, State.MOOT, "not_asked")
    if assigned:
        names = [each.name for each in assigned]
        group = Link(Place.GROUP, State.NOTED, "assigned_without_registration", {"groups": names})
    return [of_year(student, course.academic_year), missing, group, fed_by(units)]


def fed_by(units: Sequence[CourseUnit]) -> Link:
    """What feeds the course."""
    return Link(Place.COURSE_LINK, State.HOLDS, "fed_by", {"units": list(dict.fromkeys(u.unit_code for u in units))})


def _counting(register: RegisterFacts, year: str) -> list[StagedUnitRegistration]:
    return [
        row
        for row in register.followings
        if row.academic_year == year and row.followed == FOLLOWED and register.is_covered(row)
    ]


def _component(register: RegisterFacts, course: Course) -> str:
    """The faculty whose registrar is to be asked: that of the student's étape, else the course's."""
    for row in register.registrations_of(course.academic_year):
        programme = register.programmes.get(row.programme_code)
        if programme and programme.component_label:
            return programme.component_label
    return course.component


def of_year(student: Student, year: str) -> Link:
    """Whether the student is registered at all that year."""
    rows = student.register.registrations_of(year)
    if not student.person.student_number:
        return Link(Place.ADMINISTRATIVE, State.BROKEN, "not_a_student", {"year": year}, Mender.TEACHER)
    return administrative_link(student, rows, rows) or _broken("registration_missing", student, rows, {"year": year})


def administrative_link(
    student: Student, rows: Sequence[StagedRegistration], shown: Sequence[StagedRegistration]
) -> Link | None:
    """What these registrations together are worth: one that counts is enough. None when there are none."""
    counting = [row for row in rows if student.register.counts(row)]
    if counting:
        params = programme_params(student.register, counting[0])
        return Link(
            Place.ADMINISTRATIVE,
            State.HOLDS,
            "registration_counts",
            params,
            rows=registration_rows(student.register, shown),
        )
    if not rows:
        return None
    standing = [row for row in rows if row.state == STANDING]
    code = "registration_unpaid" if standing else "registration_cancelled"
    return _broken(code, student, shown, programme_params(student.register, (standing or rows)[0]))


MENDERS = {"registration_unpaid": Mender.STUDENT}


def _broken(code: str, student: Student, rows: Sequence[StagedRegistration], params: dict[str, Any]) -> Link:
    mender = MENDERS.get(code, Mender.REGISTRAR)
    shown = registration_rows(student.register, rows)
    return Link(Place.ADMINISTRATIVE, State.BROKEN, code, params, mender, rows=shown)


def _covering(student: Student, following: StagedUnitRegistration) -> Link:
    """Whether an administrative registration of the same year, étape and version covers the pedagogical one."""
    register = student.register
    shown = register.registrations_of(following.academic_year)
    exact = administrative_link(student, register.covering(following), shown)
    if exact:
        return exact
    params = programme_params(register, following)
    counting = [row for row in shown if register.counts(row)]
    same = [row for row in counting if row.programme_code == following.programme_code]
    if same:
        return _broken("registration_other_version", student, shown, params | {"registered": same[0].version_code})
    if counting:
        return _broken("registration_elsewhere", student, shown, params | {"registered": counting[0].programme_code})
    return administrative_link(student, shown, shown) or _broken("registration_missing", student, shown, params)


def _following(student: Student, unit: CourseUnit, row: StagedUnitRegistration) -> Link:
    """Whether the element is to be followed this year."""
    register, code = student.register, row.unit_code
    params = programme_params(register, row) | {"units": [code], "unit_label": register.unit_label(code)}
    rows = unit_rows(register, row.academic_year, [code])
    if row.followed == FOLLOWED:
        return Link(Place.PEDAGOGICAL, State.HOLDS, "unit_registration_counts", params, rows=rows)
    return Link(Place.PEDAGOGICAL, State.BROKEN, "unit_not_followed", params, Mender.REGISTRAR, rows=rows)


def _group(student: Student, unit: CourseUnit) -> Link:
    """Whether the student is in the group that alone feeds the course; without such a restriction, in which groups."""
    assigned = student.register.assignments_of(unit.unit_code, unit.course.academic_year)
    names = [each.name for each in assigned]
    if not unit.group_code:
        if names:
            return Link(Place.GROUP, State.HOLDS, "assigned", {"groups": names})
        return Link(Place.GROUP, State.MOOT, "no_group", {"units": [unit.unit_code]})
    params = {"group": unit.group_code, "groups": names, "component": _component(student.register, unit.course)}
    if any(each.code == unit.group_code for each in assigned):
        return Link(Place.GROUP, State.HOLDS, "group_matches", params)
    return Link(Place.GROUP, State.BROKEN, "not_in_group", params, Mender.REGISTRAR)


def _restriction(student: Student, unit: CourseUnit, row: StagedUnitRegistration) -> Link:
    """Whether the course's link, which may be for one étape or one version of it only, admits this registration."""
    found = programme_params(student.register, row)
    params = found | {
        "units": [unit.unit_code],
        "only_programme": unit.programme_code,
        "only_version": unit.version_code,
    }
    if unit.programme_code not in ("", row.programme_code):
        return Link(Place.COURSE_LINK, State.BROKEN, "link_other_programme", params, Mender.CEMU)
    if unit.version_code not in ("", row.version_code):
        return Link(Place.COURSE_LINK, State.BROKEN, "link_other_version", params, Mender.CEMU)
    return Link(Place.COURSE_LINK, State.HOLDS, "fed_by", params)
