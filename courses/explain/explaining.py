"""Why this person is, or is not, in this course: every method's chain, and the one link that decides."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cohorts.models import Person
from courses.explain.account import CLOSED, LOCKED
from courses.explain.chain import Explanation, Link, Mender, Place, State, Way
from courses.explain.course_facts import CourseFacts, read_course
from courses.explain.register_facts import read_registers
from courses.explain.ways import Case, nearest_of, ways_of
from courses.models import Course
from courses.participants.statuses import STATUSES


def explain(course: Course, person: Person, at: datetime) -> Explanation:
    """The whole chain of each method at that instant, and the conclusion; about twenty queries, whatever the sizes."""
    facts = read_course(course, person)
    register = read_registers(person, units_of(facts), programmes_of(facts))
    case = Case(person, register, facts, at)
    ways = ways_of(case, course)
    way, conclusion = conclude(course, person, ways, at)
    return Explanation(course, person, at, register.reading, ways, conclusion, way)


def units_of(facts: CourseFacts) -> set[str]:
    return {unit.unit_code for units in facts.units.values() for unit in units}


def programmes_of(facts: CourseFacts) -> set[str]:
    """The étapes that the course's links and cohorts speak of."""
    linked = {unit.programme_code for units in facts.units.values() for unit in units}
    methods = [method for methods in facts.methods.values() for method in methods]
    followed = {method.source_cohort.programme_code for method in methods if method.source_cohort}
    return (linked | followed) - {""}


def conclude(course: Course, person: Person, ways: Sequence[Way], at: datetime) -> tuple[Way | None, Link]:
    """The chain to begin with, and the link that answers the question."""
    enrolled = [way for way in ways if way.is_enrolled]
    if not enrolled:
        nearest = nearest_of(ways)
        broken = nearest.broken if nearest else None
        return nearest, broken or Link(Place.METHOD, State.BROKEN, "no_method", {}, Mender.CEMU)
    way = min(enrolled, key=rank_of)
    obstacle = next(_obstacles(course, person, way, at), None)
    return way, obstacle or way.enrolment


def rank_of(way: Way) -> tuple[int, bool, int]:
    """An enrolment that works comes first, then one that the registers stand by."""
    status = way.enrolment.params["status"]
    return STATUSES.index(status), way.enrolment.state != State.HOLDS, way.method.position


def _obstacles(course: Course, person: Person, way: Way, at: datetime) -> Iterator[Link]:
    """What keeps somebody enrolled from seeing the course, besides the enrolment itself."""
    account = way.links[0]
    if person.account_state == CLOSED:
        yield account
    if way.enrolment.params["status"] != STATUSES[0]:
        yield way.enrolment
    if person.account_state == LOCKED:
        yield account
    if not course.visible and way.enrolment.params["role"] == "student":
        yield Link(Place.ENROLMENT, State.NOTED, "course_hidden", way.enrolment.params, Mender.TEACHER)
    if course.starts_at and course.starts_at > at:
        starts = {"at": course.starts_at.isoformat()}
        yield Link(Place.ENROLMENT, State.NOTED, "course_not_started", starts, Mender.TEACHER)
    if course.ends_at and course.ends_at <= at:
        ends = {"at": course.ends_at.isoformat()}
        yield Link(Place.ENROLMENT, State.NOTED, "course_ended", ends, Mender.TEACHER)
