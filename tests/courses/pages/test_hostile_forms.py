"""The forms of the participant list, whatever is sent: an answer, nothing changed, nobody of another course (W1–W12)."""

from typing import Any

import pytest
from django.test import Client

from courses.models import Course, Message
from courses.pages.action_forms import ACTIONS
from enrolhub.sync.models import Run
from tests.dumps import facts
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    SiteRoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PLACE = "/courses/HOST1/participants/"
# RELIABILITY.md §5e; the long run has all of them.
NASTY = [
    "\x00",
    "a\x00b",
    "-1",
    str(2**63),
    "9" * 5_000,
    "٣٠",
    "x" * 20_000,
    "<script>alert(1)</script>",
    "//evil.example",
    "+new",
]
MORE = [
    "\ud7ff\U0010ffff", "0", "1;", "1%00", "NaN", "%", "(a+)+$" * 40, "'; DROP TABLE courses_course; --", "{{7*7}}", "[]",
    "2026-02-30T25:61", "9999-12-31T23:59",
]  # fmt: skip
VALUES = [*NASTY, *(pytest.param(value, marks=pytest.mark.long) for value in MORE)]
FIELDS = (
    "person everyone query digest group new_group role how ends_at starts_at method reason who cohort subject body token"
    " copy name next course author user step_back _method"
).split()
FORMS = [
    *((f"actions/{verb}/", "confirm") for verb in ACTIONS),
    ("actions/addresses/", ""),
    ("enrol/", "confirm"),
    ("message/", "send"),
    ("export/csv/", ""),
]


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(code="HOST1", with_database=True)
    group = GroupFactory(course=made, code="TD1")
    for method in made.methods.all():
        GroupMemberFactory(group=group, person=EnrolmentFactory(method=method).person)
    MethodFactory(course=made, kind="self")
    return made


@pytest.fixture
def staff(course: Course) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    return client


def is_answer(response: Any) -> bool:
    """An answer that leads nowhere else and runs nothing."""
    body = b"".join(response) if response.streaming else response.content
    place = response.headers.get("Location", PLACE)
    return response.status_code in {200, 302, 400, 404} and place.startswith(PLACE) and b"<script>alert" not in body


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES)
def test_a_nasty_value_in_every_field_changes_nothing(course: Course, staff: Client, value: str) -> None:
    before = facts()
    answers = {
        (form, step): is_answer(staff.post(PLACE + form, {**dict.fromkeys(FIELDS, value), "step": step}))
        for form, step in FORMS
    }
    assert [form for form, answered in answers.items() if not answered] == []
    assert (facts(), Run.objects.count(), Message.objects.count()) == (before, 0, 0)


def test_people_of_another_course_are_nobody_here(course: Course, staff: Client) -> None:
    other = EnrolmentFactory(course=CourseFactory(code="OTHER", with_database=True))
    before = facts()
    for verb in ACTIONS:
        for sent in ({"person": other.person_id}, {"person": [other.person_id] * 3, "course": "OTHER"}):
            response = staff.post(f"{PLACE}actions/{verb}/", {**sent, "step": "confirm", "digest": "0" * 64})
            assert response.status_code == 400, verb
    address = staff.post(f"{PLACE}actions/addresses/", {"person": other.person_id})
    assert other.person.email not in address.content.decode()
    assert (facts(), Run.objects.count()) == (before, 0)


def test_a_group_a_method_and_a_role_of_elsewhere_are_no_choices(course: Course, staff: Client) -> None:
    person = course.methods.earliest("pk").enrolments.earliest("pk").person_id
    there = CourseFactory(code="OTHER", with_database=True)
    group, method = GroupFactory(course=there, code="ELSE"), there.methods.earliest("pk")
    for verb, fields in (
        ("add-to-group", {"group": group.code}),
        ("remove-from-group", {"group": group.code}),
        ("exclude", {"method": method.pk}),
        ("lift-exclusion", {"method": method.pk}),
        ("change-role", {"role": "owner"}),
    ):
        page = staff.post(f"{PLACE}actions/{verb}/", {"person": person, "step": "preview", **fields})
        assert (page.status_code, b"field-error" in page.content) == (200, True), verb


@pytest.mark.parametrize("verb", [*ACTIONS, "addresses"])
def test_actions_are_only_posted_with_their_own_token(course: Course, staff: Client, verb: str) -> None:
    address = f"{PLACE}actions/{verb}/"
    assert {getattr(staff, method)(address).status_code for method in ("get", "head", "put", "patch", "delete")} == {
        405
    }
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory._meta.model.objects.get(username="cemu"))
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
        assert strict.post(address, "person=1&step=confirm", content_type=content_type).status_code == 403


def test_thousands_of_fields_are_refused_at_once(course: Course, staff: Client) -> None:
    crowd = "&".join(f"person={number}" for number in range(10_000))
    for form in ("actions/suspend/", "actions/addresses/", "message/"):
        response = staff.post(PLACE + form, crowd, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 400
