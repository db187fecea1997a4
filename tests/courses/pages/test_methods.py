"""The enrolment methods of a course: what their list says."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import Course, Exclusion
from tests.factories import (
    CohortFactory,
    CourseFactory,
    CourseUnitFactory,
    EnrolmentFactory,
    GroupFactory,
    MethodFactory,
    PersonFactory,
    role,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(code="SMTU101", title="Méthodologie", component="SCI", with_database=True)
    return made


def test_each_method_in_a_row_in_its_order(staff: Client, course: Course) -> None:
    now = timezone.now()
    for unit in ("SMTU101", "SMTU102"):
        CourseUnitFactory(course=course, unit_code=unit)
    database = course.methods.get(kind="database")
    course.methods.filter(kind="database").update(refreshed_at=now)
    for _ in range(3):
        EnrolmentFactory(method=database)
    MethodFactory(course=course, kind="self", key="sesame", capacity=50, position=2)
    cohort = CohortFactory(name="UFR Sciences: L1")
    MethodFactory(
        course=course,
        kind="cohort_sync",
        name="Première année",
        source_cohort=cohort,
        group=GroupFactory(course=course, name="TD 1"),
        position=3,
    )
    source = CourseFactory(title="Tutorat")
    MethodFactory(
        course=course, kind="meta_link", source_course=source, role=role("tutor"), enabled=False, position=4,
        refreshed_at=now - timedelta(days=40),
    )  # fmt: skip
    rows = cells_of(soup_of(staff, reverse("courses:methods", args=["SMTU101"])))
    linked = "pedagogical registrations, elements SMTU101, SMTU102"
    assert [row[1:5] for row in rows] == [
        [f"Database — {linked}", "Student · groups of APOGÉE", "Enabled", f"3 people enrolled by Database – {linked}"],
        ["Manual enrolment", "according to the person", "Enabled", "0"],
        ["Self-enrolment — with a key, 50 places", "Student", "Enabled", "0"],
        ["Première année (Cohort synchronisation) — UFR Sciences: L1", "Student · TD 1", "Enabled", "0"],
        ["Meta-course link — from “Tutorat”", "Tutor", "Disabled", "0"],
    ]  # fmt: skip
    assert [row[5] for row in rows[:4]] == ["just now", "by hand", "by hand", "Never"]


def test_people_lead_to_the_participants_of_the_method(staff: Client, course: Course) -> None:
    method = EnrolmentFactory(course=course).method
    soup = soup_of(staff, reverse("courses:methods", args=[course.code]))
    [link] = soup.select("td.num a")
    assert link["href"] == f"{reverse('courses:participants', args=[course.code])}?method={method.pk}"
    assert staff.get(str(link["href"])).status_code == 200


@pytest.mark.parametrize(("hours", "flagged"), [(23, False), (25, True)])
def test_a_refresh_of_more_than_a_day_is_flagged(staff: Client, course: Course, hours: int, flagged: bool) -> None:
    course.methods.filter(kind="database").update(refreshed_at=timezone.now() - timedelta(hours=hours))
    soup = soup_of(staff, reverse("courses:methods", args=[course.code]))
    assert bool(soup.select("td .state-wait")) is flagged
    assert bool(soup.select(".context .state-wait")) is flagged


def test_a_disabled_sync_is_not_late(staff: Client, course: Course) -> None:
    course.methods.filter(kind="database").update(enabled=False, refreshed_at=None)
    soup = soup_of(staff, reverse("courses:methods", args=[course.code]))
    assert soup.select(".state-wait") == []


def test_the_frame_of_a_course_has_its_tabs_with_counts(staff: Client, course: Course) -> None:
    EnrolmentFactory(course=course)
    soup = soup_of(staff, reverse("courses:methods", args=[course.code]))
    assert [text_of(tab) for tab in soup.select(".tabs a")] == [
        "Participants 1",
        "Enrolment methods 2",
        "Groups 0",
        "Verification",
        "History",
    ]
    assert [text_of(tab) for tab in soup.select(".tabs a[aria-current=page]")] == ["Enrolment methods 2"]
    assert [text_of(step) for step in soup.select(".trail li")] == ["Courses", "SCI", "SMTU101"]


def test_as_many_queries_for_two_methods_as_for_thirty(staff: Client, course: Course) -> None:
    costs = [cost_of(staff, reverse("courses:methods", args=[course.code]))]
    for _ in range(14):
        MethodFactory(course=course, kind="cohort_sync", source_cohort=CohortFactory())
        EnrolmentFactory(method=MethodFactory(course=course, kind="meta_link", source_course=CourseFactory()))
    costs.append(cost_of(staff, reverse("courses:methods", args=[course.code])))
    assert costs[0] == costs[1] <= 14


def test_whom_a_hand_keeps_out_is_counted_and_listed(staff: Client, course: Course) -> None:
    method = course.methods.get(kind="database")
    for _ in range(2):
        Exclusion.objects.create(method=method, person=PersonFactory())
    page = staff.get(reverse("courses:methods", args=["SMTU101"])).content.decode()
    assert f'<a href="{reverse("courses:exclusions", args=["SMTU101"])}">2 excluded</a>' in page
