"""The list of courses: who sees which, in which order, and what the address may ask."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrolhub.access.models import SiteRole, User
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    SnapshotFactory,
    UserFactory,
    platform,
    role,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/courses/"


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def staff(client: Client) -> Client:
    return sign_in(client, SiteRoleFactory(kind=SiteRole.Kind.STAFF).user)


def codes_of(client: Client, query: str = "") -> list[str]:
    return [course.code for course in client.get(f"{LIST}?{query}").context["list"].records]


def test_each_course_in_a_row(staff: Client) -> None:
    course = CourseFactory(code="SCHI203", title="Chimie organique 2")
    person = PersonFactory()
    EnrolmentFactory(course=course, person=person)
    EnrolmentFactory(method=MethodFactory(course=course), person=person)
    CourseFactory(
        code="FOAD2",
        title="Santé publique",
        platform=platform("collegium"),
        component="",
        academic_year="",
        created_automatically=False,
        visible=False,
    )
    assert cells_of(soup_of(staff, LIST)) == [
        ["Chimie organique 2 SCHI203", "Ecampus", "DRO", "2026-2027", "Automatic", "1"],
        ["Santé publique Hidden FOAD2", "Collégium Santé Normandie", "—", "—", "By hand", "Nobody"],
    ]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["BBB", "CCC", "AAA"]),
        ("q=ECOLE", ["AAA"]),
        ("q=bbb+cours", ["BBB"]),
        ("q=_", []),
        ("platform=collegium", ["BBB"]),
        ("component=MED", ["BBB"]),
        ("year=2025", ["CCC"]),
        ("creation=manual", ["CCC"]),
        ("participants=none", ["BBB", "CCC"]),
        ("refresh=overdue", ["AAA"]),
        ("sort=-participant_count&sort=-title", ["AAA", "CCC", "BBB"]),
        ("sort=-academic_year&sort=-title", ["AAA", "BBB", "CCC"]),
        ("utm_source=x", ["BBB", "CCC", "AAA"]),
    ],
)
def test_filters_and_orders(staff: Client, query: str, codes: list[str]) -> None:
    SnapshotFactory()
    first = CourseFactory(code="AAA", title="Cours d’école", with_database=True)
    first.methods.filter(kind="database").update(refreshed_at=timezone.now() - timedelta(hours=25))
    EnrolmentFactory(course=first)
    second = CourseFactory(code="BBB", platform=platform("collegium"), component="MED", with_database=True)
    second.methods.filter(kind="database").update(refreshed_at=timezone.now())
    CourseFactory(code="CCC", academic_year="2025", created_automatically=False)
    assert codes_of(staff, query) == codes


@pytest.mark.parametrize(
    "query",
    ["platform=moodle", "component=XYZ", "year=1999", "creation=magic", "participants=7", "refresh=x", "sort=colour"],
)
def test_what_the_address_cannot_ask_is_said_above_the_list(staff: Client, query: str) -> None:
    CourseFactory()
    soup = soup_of(staff, f"{LIST}?{query}")
    assert query.split("=")[1] in text_of(soup.select_one(".note-bad"))
    assert cells_of(soup) == []


def test_past_the_last_page_is_the_last_page(staff: Client) -> None:
    for number in range(21):
        CourseFactory(code=f"C{number:02}")
    assert codes_of(staff, "page=1000") == ["C20"]
    assert codes_of(staff, "page=soup")[0] == "C00"


def test_as_many_queries_for_one_course_as_for_fifty(staff: Client) -> None:
    costs = []
    for number in (1, 50):
        for _ in range(number):
            EnrolmentFactory()
        costs.append(cost_of(staff, f"{LIST}?per_page=100&sort=-participant_count"))
    assert costs[0] == costs[1] <= 14


def test_a_teacher_sees_their_courses_and_only_the_choices_that_these_have(client: Client) -> None:
    user = UserFactory(username="hebert")
    mine = CourseFactory(component="SCI")
    CourseFactory(component="MED")
    EnrolmentFactory(course=mine, person=PersonFactory(username="hebert"), role=role("teacher"))
    soup = soup_of(sign_in(client, user), LIST)
    assert [row[0] for row in cells_of(soup)] == [f"{mine.title} {mine.code}"]
    assert [text_of(option) for option in soup.select("select[name=component] option")] == ["All", "SCI"]


def test_nobody_teaches_nothing_is_told_what_to_do(client: Client) -> None:
    soup = soup_of(sign_in(client, UserFactory()), LIST)
    assert "A course shows here when you hold a teaching role in it." in text_of(soup.select_one(".empty"))


def test_a_course_opens_on_its_participants(staff: Client) -> None:
    course = CourseFactory()
    response = staff.get(reverse("courses:course", args=[course.code]))
    assert (response.status_code, response.headers["Location"]) == (
        302,
        reverse("courses:participants", args=[course.code]),
    )


@pytest.mark.parametrize("name", ["courses:course", "courses:methods"])
def test_the_course_of_someone_else_is_no_page(client: Client, name: str) -> None:
    course = CourseFactory()
    EnrolmentFactory(course=course, person=PersonFactory(username="etudiant"), role=role("student"))
    address = reverse(name, args=[course.code])
    assert sign_in(client, UserFactory(username="etudiant")).get(address).status_code == 404
    assert client.get(reverse(name, args=["NOTHING"])).status_code == 404
