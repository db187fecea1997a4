"""The assistant: two questions lead straight into the right form; an automatic course is warned, never forbidden."""

from typing import Any

import pytest
from django.test import Client

from courses.models import Course
from enrolhub.access.models import SiteRole
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, SiteRoleFactory, UserFactory, platform, role
from tests.html import part_of, soup_of, text_of

pytestmark = pytest.mark.django_db
ANYWHERE = "/assistant/"


@pytest.fixture
def teacher(client: Client) -> Client:
    user = UserFactory(username="prof")
    EnrolmentFactory(course=CourseFactory(code="A"), person=PersonFactory(username="prof"), role=role("editingteacher"))
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def ways(client: Client, address: str) -> dict[str, list[tuple[str, str]]]:
    """The ways recommended and the others: what each is, and where its button leads (or why it has none)."""
    page, found = soup_of(client, address), {}
    for part in ("recommended", "others"):
        found[part] = [(text_of(way.h3), where(way)) for way in page.select(f"[aria-labelledby={part}] .way")]
    return found


def where(way: Any) -> str:
    if way.form:
        fields = {tag["name"]: tag["value"] for tag in way.select("input[name]")}
        return f"{way.form['action']} {fields['everyone']} {fields['query']}"
    return str(way.a["href"]) if way.a else text_of(part_of(way, ".way-refusal"))


def automatic(code: str = "A") -> Course:
    course: Course = CourseFactory.create(code=code, with_database=True)
    return course


def test_an_automatic_course_is_warned_and_offered_two_better_ways(staff: Client) -> None:
    automatic()
    address = "/courses/A/methods/assistant/?whom=promotions"
    found = ways(staff, address)
    assert [url for _title, url in found["recommended"]] == [
        "/courses/A/verification/",
        "/courses/A/participants/enrol/?who=cohort",
    ]
    assert [url for _title, url in found["others"]] == [
        "/courses/A/participants/actions/convert/ 1 method=database",
        "/courses/A/methods/add/cohort_sync/",
    ]
    page = soup_of(staff, address)
    assert "not recommended in this course" in text_of(part_of(page, ".note-wait"))
    assert "nothing is forbidden" in text_of(part_of(page, "#others"))


def test_late_registrations_turn_the_advice_round(staff: Client) -> None:
    automatic()
    page = soup_of(staff, "/courses/A/methods/assistant/?whom=promotions")
    late = part_of(page, ".note-wait a")["href"]
    found = ways(staff, f"/courses/A/methods/assistant/{late}")
    assert found["recommended"][0][1] == "/courses/A/methods/add/cohort_sync/"
    assert "late" in text_of(part_of(soup_of(staff, f"/courses/A/methods/assistant/{late}"), ".note-ok"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"created_automatically": False}, "recommended in a complementary space"),
        ({"platform": "collegium"}, "recommended on this platform"),
    ],
)
def test_where_cohorts_are_recommended(staff: Client, fields: dict[str, object], said: str) -> None:
    if "platform" in fields:
        fields = {"platform": platform("collegium")}
    CourseFactory(code="A", **fields)
    page = soup_of(staff, "/courses/A/methods/assistant/?whom=promotions")
    assert said in text_of(part_of(page, ".note-ok"))
    found = ways(staff, "/courses/A/methods/assistant/?whom=promotions")
    assert [url for _title, url in found["recommended"]] == ["/courses/A/methods/add/cohort_sync/"]


def test_without_a_course_the_first_question_asks_for_one(staff: Client) -> None:
    automatic()
    CourseFactory(code="B", title="Zoologie", search_key="zoologie b")
    page = soup_of(staff, f"{ANYWHERE}?courses=one&whom=people&q=zoo")
    [link] = page.select(".plain-choices a")
    assert link["href"] == "/courses/B/methods/assistant/?courses=one&whom=people"
    assert [title for title, _why in ways(staff, f"{ANYWHERE}?courses=one&whom=people")["recommended"]] == [
        "Enrol people from a file, in one course"
    ]
    found = ways(staff, link["href"])
    assert found["others"][0][1] == "/courses/B/participants/actions/renew/ 1 method=manual&method=self"


def test_several_courses_are_for_the_cemu(teacher: Client) -> None:
    for whom in ("promotions", "people"):
        [(_title, why)] = ways(teacher, f"{ANYWHERE}?courses=several&whom={whom}")["recommended"]
        assert "done by the CEMU" in why


def test_methods_in_several_courses_begin_with_the_courses(staff: Client) -> None:
    CourseFactory()
    [(_title, url)] = ways(staff, f"{ANYWHERE}?courses=several&whom=promotions")["recommended"]
    assert url == "/many-courses/"
    assert staff.get(url).status_code == 200


def test_a_way_leads_into_the_form_of_its_verb(staff: Client) -> None:
    course = automatic()
    EnrolmentFactory(method=course.methods.get(kind="database"))
    answer = staff.post("/courses/A/participants/actions/convert/", {"everyone": "1", "query": "method=database"})
    assert answer.status_code == 200
    assert answer.context["asked"].chosen.ids


def test_answers_stay_in_the_address(staff: Client) -> None:
    page = soup_of(staff, f"{ANYWHERE}?whom=people") if CourseFactory() else None
    assert page is not None
    assert [link["href"] for link in page.select(".choice")] == [
        "?courses=one&whom=people",
        "?courses=several&whom=people",
        "?whom=promotions",
        "?whom=people",
    ]
    assert [text_of(link.strong) for link in page.select(".choice[aria-current]")] == ["A set of people"]


@pytest.mark.parametrize("query", ["courses=three&whom=people", "courses=one&whom=%00", "whom=everyone"])
def test_what_is_no_answer_is_said(staff: Client, query: str) -> None:
    CourseFactory()
    page = soup_of(staff, f"{ANYWHERE}?{query}")
    assert "is no answer" in text_of(part_of(page, ".note-bad"))
    assert not page.select(".way")


@pytest.mark.parametrize("q", ["%00", "%", "_", "a+" * 2_000, "%F0%9F%8E%93", "%ED%A0%80"])
def test_any_search_of_a_course_is_answered(staff: Client, q: str) -> None:
    automatic()
    page = soup_of(staff, f"{ANYWHERE}?courses=one&whom=people&q={q}")
    assert len(page.select(".plain-choices a")) == (1 if q in ("%00",) or q.startswith("a+") else 0)


def test_who_may_not_edit_is_told_whom_to_ask(client: Client) -> None:
    automatic()
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.AUDITOR).user)
    client.cookies["django_language"] = "en"
    found = ways(client, "/courses/A/methods/assistant/?whom=promotions")
    assert found["recommended"][0][1] == "/courses/A/verification/"
    assert "ask one of its teachers" in found["recommended"][1][1]
