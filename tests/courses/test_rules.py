"""Who may change the participants of a course, and which roles they may give."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Course, Enrolment, Role
from courses.rules import can_edit_participants, roles_given_by
from enrolhub.access.models import SiteRole, User
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, SiteRoleFactory, UserFactory, role

pytestmark = pytest.mark.django_db
Kind = SiteRole.Kind


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(component="DRO")
    return made


def teacher(course: Course, what: str = "editingteacher", **facts: object) -> User:
    """An account whose person has this role in the course."""
    user: User = UserFactory.create()
    EnrolmentFactory(course=course, person=PersonFactory(username=user.username), role=role(what), **facts)
    return user


@pytest.mark.parametrize(
    ("kind", "component", "edits"),
    [
        (Kind.STAFF, "", True),
        (Kind.COMPONENT_MANAGER, "DRO", True),
        (Kind.COMPONENT_MANAGER, "SCI", False),
        (Kind.OPERATOR, "", False),
        (Kind.APPROVER, "", False),
        (Kind.AUDITOR, "", False),
    ],
)
def test_by_a_role_on_the_site(course: Course, kind: str, component: str, edits: bool) -> None:
    user = SiteRoleFactory(kind=kind, component=component).user
    assert user.has_perm("courses.edit_participants", course) == edits
    if edits:
        assert roles_given_by(user, course).count() == Role.objects.count()


@pytest.mark.parametrize("what", [name for name, _label in Role.ShortName.choices])
def test_by_a_role_in_the_course(course: Course, what: str) -> None:
    user = teacher(course, what)
    assert can_edit_participants(user, course) == (what == "editingteacher")
    assert not can_edit_participants(user, CourseFactory())


def test_only_while_the_enrolment_is_active(course: Course) -> None:
    now = timezone.now()
    assert not can_edit_participants(teacher(course, ends_at=now), course)
    assert not can_edit_participants(teacher(course, starts_at=now + timedelta(days=1)), course)
    user = teacher(course)
    Enrolment.objects.filter(person__username=user.username).update(suspended_by="hand")
    assert not can_edit_participants(user, course)
    user = teacher(course)
    course.methods.update(enabled=False)
    assert not can_edit_participants(user, course)


def test_a_closed_account_and_nobody_edit_nothing(course: Course) -> None:
    user = SiteRoleFactory(kind=Kind.STAFF).user
    user.is_active = False
    assert not can_edit_participants(user, course)
    assert not can_edit_participants(UserFactory.create(), None)


def test_whoever_edits_by_an_enrolment_gives_no_role_that_edits(course: Course) -> None:
    given = roles_given_by(teacher(course), course).values_list("short_name", flat=True)
    assert sorted(given) == ["observer", "student", "teacher", "tutor"]
