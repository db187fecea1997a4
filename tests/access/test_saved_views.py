"""Views kept of a participant list: one's own, under a name, each a plain link."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.models import Course
from courses.pages import saved_views as pages
from enrolhub.access.models import SavedView, User
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.html import soup_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/courses/VIEWS1/participants/"
VIEWS = f"{LIST}views/"


@pytest.fixture
def course() -> Course:
    made: Course = CourseFactory(code="VIEWS1")
    GroupFactory(course=made, code="TD1", name="TD 1")
    EnrolmentFactory(course=made, person=PersonFactory(username="teach"), role=role("editingteacher"))
    CourseFactory(code="VIEWS2")
    return made


@pytest.fixture
def staff(client: Client, course: Course) -> Client:
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def keep(client: Client, name: str, query: str, address: str = VIEWS, **more: str) -> Any:
    return client.post(address, {"name": name, "query": query, **more})


def offered(client: Client, code: str = "VIEWS1") -> list[tuple[str, str]]:
    """The names and links that the list's menu of views has."""
    menu = soup_of(client, f"/courses/{code}/participants/").select_one("#views-menu")
    assert menu is not None
    links = [link for link in menu.select("a.menu-item") if "/views/" not in str(link["href"])]
    return [(text_of(link), str(link["href"])) for link in links]


def test_a_view_is_kept_and_offered_as_a_plain_link(staff: Client) -> None:
    sent = keep(staff, "  Absents ", "status=suspended&role=student&sort=-last_access&per_page=50&page=3&utm_x=1")
    kept = "role=student&sort=-last_access&status=suspended"
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{LIST}?{kept}")
    assert SavedView.objects.values_list("user__username", "view", "place", "name", "query").get() == (
        "cemu",
        "participants",
        "VIEWS1",
        "Absents",
        kept,
    )
    assert offered(staff) == [("Absents", f"{LIST}?{kept}")]
    assert offered(staff, "VIEWS2") == []


def test_the_view_that_the_list_shows_is_current_in_whatever_spelling(staff: Client) -> None:
    keep(staff, "Absents", "status=suspended&role=student&sort=email&sort=roles")
    shown = soup_of(staff, f"{LIST}?sort=email&role=student&sort=roles&status=suspended&per_page=20")
    assert [text_of(link) for link in shown.select("#views-menu a[aria-current]")] == ["Absents"]
    other_order = soup_of(staff, f"{LIST}?sort=roles&role=student&sort=email&status=suspended")
    assert other_order.select("#views-menu a[aria-current]") == []


def test_a_view_for_every_course_is_offered_in_every_course(staff: Client) -> None:
    keep(staff, "Mine", "method=manual&group=none", everywhere="on")
    assert SavedView.objects.get().place == ""
    assert offered(staff, "VIEWS2") == [("Mine every course", "/courses/VIEWS2/participants/?group=none&method=manual")]


@pytest.mark.parametrize("query", ["group=TD1", "method={method}", "group=none&group=TD1"])
def test_a_view_of_groups_or_methods_stays_in_its_course(staff: Client, course: Course, query: str) -> None:
    query = query.format(method=course.methods.get().pk)
    form = soup_of(staff, f"{VIEWS}?{query}").select_one("[name=everywhere]")
    assert form is not None
    assert form.has_attr("disabled")
    keep(staff, "Bound", query, everywhere="on")
    assert SavedView.objects.get().place == "VIEWS1"


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("", "role=student", "Give the view a name."),
        ("  ", "role=student", "Give the view a name."),
        ("x" * 81, "role=student", "80"),
        ("a\x00b", "role=student", "Null"),
        ("Nothing", "", "nothing to keep"),
        ("Nothing", "page=2&per_page=50", "nothing to keep"),
        ("Wrong", "role=boss", "does not exist"),
        ("Long", "q=" + "x" * 3_000, "too long"),
    ],
)
def test_what_cannot_be_kept_says_why(staff: Client, name: str, query: str, told: str) -> None:
    answer = keep(staff, name, query)
    assert (answer.status_code, told in answer.content.decode(), SavedView.objects.count()) == (200, True, 0)


def test_a_name_is_taken_once_a_place_unless_it_is_replaced(staff: Client) -> None:
    keep(staff, "Mine", "role=student")
    keep(staff, "Mine", "role=student", everywhere="on")
    refused = keep(staff, "Mine", "role=tutor")
    assert (refused.status_code, "already have a view of this name" in refused.content.decode()) == (200, True)
    keep(staff, "Mine", "role=tutor", replaces="on")
    assert sorted(SavedView.objects.values_list("place", "query")) == [("", "role=student"), ("VIEWS1", "role=tutor")]


def test_a_place_has_room_for_so_many(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 2)
    for number in range(3):
        answer = keep(staff, f"View {number}", "role=student")
    assert ("You have 2 views" in answer.content.decode(), SavedView.objects.count()) == (True, 2)


def test_a_view_is_renamed(staff: Client) -> None:
    keep(staff, "Mine", "role=student")
    keep(staff, "Other", "role=tutor")
    address = f"{VIEWS}{SavedView.objects.get(name='Mine').pk}/"
    refused = staff.post(address, {"name": "Other"})
    assert (refused.status_code, "already have a view of this name" in refused.content.decode()) == (200, True)
    sent = staff.post(address, {"name": "Élèves", "query": "role=boss", "user": "1"})
    assert (sent.status_code, sent.headers["Location"]) == (302, VIEWS)
    assert sorted(SavedView.objects.values_list("name", "query")) == [
        ("Other", "role=tutor"),
        ("Élèves", "role=student"),
    ]


def test_a_view_is_deleted(staff: Client) -> None:
    keep(staff, "Mine", "role=student")
    assert staff.post(f"{VIEWS}{SavedView.objects.get().pk}/delete/").headers["Location"] == VIEWS
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("rest", ["", "delete/"])
def test_views_of_others_and_of_other_courses_are_no_pages(staff: Client, course: Course, rest: str) -> None:
    other: User = UserFactory(username="other")
    theirs = SavedView.objects.create(user=other, view="participants", name="Theirs", query="q=a")
    mine = SavedView.objects.create(
        user=User.objects.get(username="cemu"), view="participants", place="VIEWS2", name="Mine", query="q=a"
    )
    for pk in (theirs.pk, mine.pk, 0, 2**63):
        assert staff.post(f"{VIEWS}{pk}/{rest}", {"name": "Taken"}).status_code == 404
        assert staff.get(f"{VIEWS}{pk}/{rest}").status_code == 405
    assert offered(staff) == []
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["Mine", "Theirs"]


def test_someone_elses_course_has_no_views(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="stranger"))
    assert [client.get(VIEWS).status_code, keep(client, "Mine", "q=a").status_code] == [404, 404]
    assert SavedView.objects.count() == 0


def test_the_page_says_what_each_view_asks_for(staff: Client, course: Course) -> None:
    keep(staff, "Mine", "group=TD1&group_match=none&sort=-status")
    assert text_of(soup_of(staff, VIEWS).select_one(".line-help")) == "Except group: TD 1 · Order: Status ↓"
    course.groups.all().delete()
    assert "group" in text_of(soup_of(staff, f"{LIST}?{SavedView.objects.get().query}").select_one(".note-bad"))


def test_as_many_queries_for_one_view_as_for_twenty(staff: Client) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(address).status_code == 200
        return len(queries)

    keep(staff, "View", "role=student")
    soup_of(staff, VIEWS)
    soup_of(staff, LIST)
    few = cost(VIEWS), cost(LIST)
    for number in range(20):
        keep(staff, f"View {number}", "role=student")
    soup_of(staff, VIEWS)  # says once that they are kept
    assert (cost(VIEWS), cost(LIST)) == few


def test_names_are_text(staff: Client) -> None:
    name = "<script>alert(1)</script>"
    keep(staff, name, "q=%3Cscript%3Ealert(2)%3C%2Fscript%3E")
    for address in (LIST, VIEWS, f"{VIEWS}?q=%3Cscript%3E"):
        page = staff.get(address).content.decode()
        assert "<script>alert" not in page
    assert offered(staff)[0][0] == name
