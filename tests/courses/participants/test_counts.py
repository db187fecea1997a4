"""People by group, told from what is kept from page to page: always what would be counted now."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from cohorts.models import Person
from courses.models import Course, Enrolment, GroupMember
from courses.participants.counts import counts_of
from courses.participants.kept_seats import forget_seats, known_seats_of
from courses.participants.queries import Scope
from courses.participants.vocabulary import vocabulary_of
from tests.factories import CourseFactory, EnrolmentFactory, GroupFactory, GroupMemberFactory, PersonFactory

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def course(db: None) -> Course:
    forget_seats()
    course = CourseFactory()
    people = [EnrolmentFactory(course=course).person for _ in range(4)]
    for code, members in {"TD1": people[:2], "TD2": people[1:2], "TP1": []}.items():
        group = GroupFactory(course=course, code=code)
        for person in members:
            GroupMemberFactory(group=group, person=person)
    return course


def counted(course: Course) -> dict[str, int]:
    scope = Scope(vocabulary_of(course), NOW)
    return counts_of(scope, known_seats_of(scope)).by_group


def afresh(course: Course) -> dict[str, int]:
    forget_seats()
    return counted(course)


def nobody_of(course: Course) -> Person:
    return Person.objects.filter(enrolments__method__course=course, group_memberships=None).earliest("pk")


def join(course: Course, code: str, person: Person) -> None:
    GroupMemberFactory(group=course.groups.get(code=code), person=person)


BEFORE = {"TD1": 2, "TD2": 1, "TP1": 0, "none": 2}
CHANGES: dict[str, tuple[Callable[[Course], object], dict[str, int]]] = {
    "one joins": (lambda course: join(course, "TP1", nobody_of(course)), {"TP1": 1, "none": 1}),
    "a stranger joins": (lambda course: join(course, "TP1", PersonFactory()), {}),
    "one leaves": (lambda course: GroupMember.objects.get(group__code="TD2").delete(), {"TD2": 0}),
    "all leave": (lambda course: GroupMember.objects.all().delete(), {"TD1": 0, "TD2": 0, "none": 4}),
    "a member leaves the course": (
        lambda course: Enrolment.objects.get(person__group_memberships__group__code="TD2").delete(),
        {"TD1": 1, "TD2": 0},
    ),
    "a group is made": (lambda course: GroupFactory(course=course, code="TP2"), {"TP2": 0}),
    # Nothing of ours alters a membership.
    "one goes to another": (
        lambda course: GroupMember.objects.filter(group__code="TD2").update(group=course.groups.get(code="TP1")),
        {"TD2": 0, "TP1": 1},
    ),
    "one replaces another": (
        lambda course: GroupMember.objects.filter(group__code="TD2").update(person=nobody_of(course)),
        {"none": 1},
    ),
}


#: Within a transaction SQLite keeps nothing.
OUTSIDE = [pytest.param(name, id=f"{name}, outside", marks=pytest.mark.django_db(transaction=True)) for name in CHANGES]


@pytest.mark.parametrize("change", [*CHANGES, *OUTSIDE])
def test_what_is_kept_is_what_would_be_counted(course: Course, change: str) -> None:
    assert counted(course) == BEFORE
    made, differs = CHANGES[change]
    made(course)
    assert counted(course) == {**BEFORE, **differs}
    assert afresh(course) == {**BEFORE, **differs}


def test_a_group_that_goes_takes_its_count_with_it(course: Course) -> None:
    assert counted(course) == BEFORE
    course.groups.get(code="TD1").delete()
    assert counted(course) == {"TD2": 1, "TP1": 0, "none": 3}
