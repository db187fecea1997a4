"""Whose hand loads a file: the same answers as the rules of courses, asked again when a worker comes to it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.bulk.rights import Rights
from courses.models import Course, Enrolment, Method, Role
from courses.rules import can_edit_participants, roles_given_by
from courses.tasks import conduct
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Run
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    HandCohortFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def courses() -> list[Course]:
    found: list[Course] = [
        CourseFactory(code="C1"),
        CourseFactory(code="C2", component="SAN"),
        CourseFactory(code="C3"),
    ]
    for course, name in zip(found, ("editingteacher", "editingteacher", "teacher"), strict=True):
        EnrolmentFactory(course=course, person=PersonFactory(username=f"p{course.code}"), role=role(name))
    prof = PersonFactory(username="prof")
    EnrolmentFactory(course=found[0], person=prof, role=role("editingteacher"))
    EnrolmentFactory(course=found[2], person=prof, role=role("teacher"))
    return found


def accounts() -> list[User]:
    prof, staff, manager, stranger = (UserFactory(username=name) for name in ("prof", "cemu", "scol", "personne"))
    SiteRoleFactory(user=staff)
    SiteRoleFactory(user=manager, kind=SiteRole.Kind.COMPONENT_MANAGER, component="SAN")
    gone = UserFactory(username="pC2", is_active=False)
    return [prof, staff, manager, stranger, gone]


def test_the_rights_of_a_file_are_those_of_the_pages(courses: list[Course]) -> None:
    for account in accounts():
        rights = Rights(account, [course.pk for course in courses])
        for course in courses:
            assert rights.may_edit(course) == can_edit_participants(account, course), (account, course)
            given = set(roles_given_by(account, course).values_list("short_name", flat=True))
            for name in Role.ShortName.values:
                assert not rights.may_edit(course) or rights.may_give(course, name) == (name in given)
    assert not can_edit_participants(AnonymousUser(), courses[0])
    assert Rights(None, []).may_edit(courses[1])


def confirm(file: Any) -> Run:
    run: Run = file.confirm(file.preview().digest)
    return run


@pytest.fixture
def by_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is confirmed waits for a worker."""
    monkeypatch.setattr("cohorts.bulk.file_run.AT_ONCE", 0)
    monkeypatch.setattr("cohorts.bulk.file_run.wake_worker", lambda run: None)


@pytest.mark.usefixtures("courses", "by_worker")
def test_many_rows_are_left_to_a_worker() -> None:
    PersonFactory(username="u1")
    run = confirm(EnrolmentsFile(b"cours;identifiant\nC1;u1\n", "f.csv", author=accounts()[0]))
    assert (run.state, Enrolment.objects.filter(person__username="u1").exists()) == (Run.State.WAITING, False)
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, run.arrivals) == (Run.State.APPLIED, 1)


@pytest.mark.usefixtures("courses", "by_worker")
def test_who_lost_the_course_meanwhile_has_lost_the_file() -> None:
    PersonFactory(username="u1")
    run = confirm(EnrolmentsFile(b"cours;identifiant\nC1;u1\n", "f.csv", author=accounts()[0]))
    Enrolment.objects.filter(person__username="prof", method__course__code="C1").delete()
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, run.message) == (Run.State.REFUSED, "right_lost")
    assert not Enrolment.objects.filter(person__username="u1").exists()


@pytest.mark.usefixtures("courses", "by_worker")
def test_who_moved_meanwhile_stops_the_file_whole() -> None:
    for username in ("u1", "u2"):
        PersonFactory(username=username)
    run = confirm(EnrolmentsFile(b"cours;identifiant\nC1;u1\nC1;u2\n", "f.csv"))
    EnrolmentFactory(course=Course.objects.get(code="C1"), person=PersonFactory._meta.model.objects.get(username="u2"))
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, run.message) == (Run.State.REFUSED, "file_moved")
    assert not Enrolment.objects.filter(person__username="u1").exists()


@pytest.mark.usefixtures("courses", "by_worker")
def test_methods_of_a_file_are_left_to_a_worker_too() -> None:
    cohort = HandCohortFactory(code="TUT")
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="u1"))
    file = MethodsFile(b"operation;methode;cours;source\najout;cohorte;C1;TUT\n", "f.csv", author=accounts()[0])
    preview = file.preview()
    assert {code: tally.arrivals for code, tally in preview.scopes.items()} == {"C1": 1}
    assert not Method.objects.filter(kind="cohort_sync").exists()
    run = file.confirm(preview.digest)
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, run.arrivals) == (Run.State.APPLIED, 1)
