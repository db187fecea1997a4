"""The chain of each method of a course, link after link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cohorts.models import Person
from courses.explain.account import account_link, is_eligible
from courses.explain.chain import Link, Place, State, Way
from courses.explain.cohorts import cohort_links
from courses.explain.course_facts import CourseFacts
from courses.explain.methods import decision_link, enrolment_link, method_link
from courses.explain.register_facts import RegisterFacts
from courses.explain.registrations import Student, database_links
from courses.explain.self_enrolment import self_link
from courses.models import Course, Method

#: How far a chain gets before it breaks: the order of its links.
ORDER = list(Place)
#: Codes of links at which a row of the person's was found, though it does not count: nearer than none at all.
NEAR = frozenset(
    {
        "registration_unpaid",
        "registration_cancelled",
        "registration_other_version",
        "registration_elsewhere",
        "cohort_other_version",
        "unit_not_followed",
    }
)
#: Codes that say nothing of the person: such a chain is the answer only where the course has no other.
FAR = frozenset({"no_units", "not_in_hand_cohort"})


@dataclass(frozen=True)
class Case:
    """One person and one course, with all that is known between them."""

    person: Person
    register: RegisterFacts
    facts: CourseFacts
    at: datetime

    @property
    def student(self) -> Student:
        return Student(self.person, self.register)

    def methods_of(self, course: Course) -> Sequence[Method]:
        return self.facts.methods.get(course.pk, ())

    def is_enrolled(self, method: Method) -> bool:
        return method.pk in self.facts.enrolments


def ways_of(case: Case, course: Course) -> list[Way]:
    """The chain of each method of the course, in the order of the methods."""
    return [way_of(case, method) for method in case.methods_of(course)]


def way_of(case: Case, method: Method) -> Way:
    """The whole chain of one method: what feeds it, then the method itself, decisions, the enrolment."""
    is_enrolled = case.is_enrolled(method)
    account = account_link(case.person, case.register, case.facts)
    before = [account, *_feeding_links(case, method)]
    here = [method_link(method, case.register, is_enrolled=is_enrolled)]
    if method.is_synced:
        is_named = not any(link.breaks for link in before)
        here.append(decision_link(method, case.facts, is_named=is_named))
    elif method.kind == Method.Kind.SELF and not is_enrolled:
        is_member = method.admits_cohort_id in case.facts.memberships
        here += self_link(method, case.facts.taken.get(method.pk, 0), case.at, is_member=is_member)
    is_desired = is_eligible(case.person) and not any(link.breaks for link in [*before, *here])
    last = enrolment_link(method, case.facts, case.register, case.at, is_desired=is_desired)
    return Way(method, [*before, *here, last], is_enrolled)


def _feeding_links(case: Case, method: Method) -> list[Link]:
    """The links between the account and the method, by the method's kind."""
    match method.kind:
        case Method.Kind.DATABASE:
            units = case.facts.units.get(method.course_id, ())
            return database_links(case.student, method.course, units)
        case Method.Kind.COHORT_SYNC if method.source_cohort:
            return cohort_links(case.student, method.source_cohort, case.facts)
        case Method.Kind.META_LINK if method.source_course:
            return _source_links(case, method.source_course)
    return []


def _source_links(case: Case, source: Course) -> list[Link]:
    """What a meta-course link follows: an enrolment in the source course, and why there is none."""
    ways = ways_of(case, source)
    params = {"course": source.code, "title": source.title}
    enrolled = [way for way in ways if way.is_enrolled]
    if enrolled:
        by = [str(way.method.get_kind_display()) for way in enrolled]
        changes = [change for way in enrolled for change in way.enrolment.changes]
        return [Link(Place.SOURCE_COURSE, State.HOLDS, "in_source", params | {"methods": by}, changes=changes)]
    nearest = nearest_of(ways)
    links = [replace(link, source=source.code) for link in nearest.links[1:]] if nearest else []
    cause = nearest.broken if nearest else None
    mender = cause.mender if cause else None
    return [*links, Link(Place.SOURCE_COURSE, State.BROKEN, "not_in_source", params, mender)]


def nearest_of(ways: Sequence[Way]) -> Way | None:
    """The chain that gets furthest, of those that the registers feed if there are any: the one whose break is worth telling."""
    synced = [way for way in ways if way.method.is_synced]
    manual = [way for way in ways if way.method.kind == Method.Kind.MANUAL]
    return max(synced or manual or ways, key=depth_of, default=None)


def depth_of(way: Way) -> tuple[int, int]:
    """How near somebody absent came: the place of the first broken link, then whether a row of theirs was found there."""
    broken = way.broken
    if broken is None:
        return len(ORDER), 0
    if broken.code in FAR:
        return -1, 0
    return ORDER.index(broken.place), int(broken.code in NEAR)
