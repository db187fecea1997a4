"""The page of attendance sheets: what it shows and offers, whom it lets in, and what no address can make of it."""

import re

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from cohorts.models import Person
from courses.models import Course, Group, GroupMember
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)

pytestmark = pytest.mark.django_db
LIST = "/courses/ATT1/participants/"
PAGE = f"{LIST}attendance/"


@pytest.fixture
def course() -> Course:
    """Two students in TD 1 <b>, a teacher in no group; TD 2 has nobody."""
    made: Course = CourseFactory(code="ATT1", title="Méthodologie")
    group = GroupFactory(course=made, code="TD1", name="TD 1 <b>")
    GroupFactory(course=made, code="TD2", name="TD 2")
    for name in ("Zola", "Abgrall"):
        person = PersonFactory(username=name.lower(), last_name=name, first_name="Éléonore", id_number=f"N-{name}")
        EnrolmentFactory(course=made, person=person)
        GroupMember.objects.create(group=group, person=person)
    EnrolmentFactory(
        course=made, person=PersonFactory(username="teach", last_name="Prévost"), role=role("editingteacher")
    )
    return made


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    return client


def soup(client: Client, query: str = "") -> BeautifulSoup:
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def sheets(page: BeautifulSoup) -> dict[str, list[str]]:
    """The names on each sheet, by its heading."""
    return {
        sheet.h2.get_text(): [row.th.get_text() for row in sheet.select("tbody tr") if row.th]
        for sheet in page.select(".sheet")
        if sheet.h2
    }


def test_a_sheet_a_group_with_a_place_to_sign(course: Course, staff: Client) -> None:
    page = soup(staff)
    assert sheets(page) == {
        "TD 1 <b>": ["Abgrall Éléonore", "Zola Éléonore"],
        "Aucun groupe": ["Prévost Camille"],
    }
    first = page.select(".sheet tbody tr")[0]
    assert [cell.get_text() for cell in first.find_all(["td", "th"])] == ["1", "Abgrall Éléonore", "N-Abgrall", ""]


@time_machine.travel("2026-11-20T23:30:00Z", tick=False)
@pytest.mark.parametrize(
    ("query", "written", "printed"),
    [
        ("", "2026-11-21", "21 novembre 2026"),
        ("date=2027-01-01", "2027-01-01", "1er janvier 2027"),
        ("date=", "", "……"),
    ],
)
def test_every_sheet_names_course_group_and_day(
    course: Course, staff: Client, query: str, written: str, printed: str
) -> None:
    page = soup(staff, query)
    titles = [re.sub(r"\s+", " ", title.get_text(" ")) for title in page.select(".sheet thead .sheet-title")]
    assert len(titles) == 2
    assert all("Méthodologie · ATT1" in title and printed in title for title in titles)
    assert titles[0].strip().startswith("TD 1 <b>")
    field = page.select_one("#date")
    assert field is not None
    assert field["value"] == written


@pytest.mark.parametrize("day", ["hier", "2026-02-30", "0001-01-01", "9999-12-31", "2026-1-1-1", "\x00", "20/11/2026"])
def test_a_bad_day_is_said_beside_its_field(course: Course, staff: Client, day: str) -> None:
    response = staff.get(PAGE, {"date": day})
    page = BeautifulSoup(response.content, "html.parser")
    field = page.select_one("#date")
    assert field is not None
    assert (response.status_code, field["aria-invalid"], field["aria-describedby"]) == (200, "true", "date_error")
    assert page.select_one("#date_error") is not None
    assert len(sheets(page)) == 2


def test_the_groups_chosen_and_the_filter_stay(course: Course, staff: Client) -> None:
    page = soup(staff, "role=student&group=TD1&group_match=any&date=2026-11-20&q=zola&per_page=50")
    assert sheets(page) == {"TD 1 <b>": ["Zola Éléonore"]}
    ticked = [str(box["value"]) for box in page.select("input[name=group][checked]")]
    offered = [str(box["value"]) for box in page.select("input[name=group]")]
    assert (ticked, offered) == (["TD1"], ["TD1", "TD2", "none"])
    hidden = {str(field["name"]): str(field["value"]) for field in page.select("form.filters input[type=hidden]")}
    assert hidden == {"role": "student", "q": "zola"}
    (back,) = {str(link["href"]) for link in page.select(f".actions a[href^='{LIST}?']")}
    assert back == f"{LIST}?role=student&group=TD1&group_match=any&q=zola&per_page=50"


def test_a_filter_that_keeps_groups_out_is_kept_whole(course: Course, staff: Client) -> None:
    page = soup(staff, "group=TD1&group_match=none")
    assert sheets(page) == {"Aucun groupe": ["Prévost Camille"]}
    hidden = [(str(field["name"]), str(field["value"])) for field in page.select("form.filters input[type=hidden]")]
    assert (page.select("input[type=checkbox]"), hidden) == ([], [("group", "TD1"), ("group_match", "none")])


def test_an_empty_group_and_nobody_at_all_are_said(course: Course, staff: Client) -> None:
    assert sheets(soup(staff, "group=TD2&group=TD1&q=zola")) == {"TD 1 <b>": ["Zola Éléonore"], "TD 2": []}
    page = soup(staff, "q=nobodyatall")
    assert (sheets(page), len(page.select(".empty a")), page.select("[data-print]")) == ({}, 1, [])


@pytest.mark.parametrize("query", ["role=boss", "group=TD9", "match=any&match=any", "q=%00"])
def test_a_bad_filter_leads_to_the_list_that_says_so(course: Course, staff: Client, query: str) -> None:
    response = staff.get(f"{PAGE}?{query}", follow=True)
    assert response.redirect_chain[0][0].startswith(f"{LIST}?")
    assert BeautifulSoup(response.content, "html.parser").select(".note-bad")


def test_a_teacher_in_separate_groups_prints_theirs(course: Course, client: Client) -> None:
    Course.objects.update(separate_groups=True)
    GroupMember.objects.create(group=Group.objects.get(code="TD1"), person=Person.objects.get(username="teach"))
    client.force_login(UserFactory(username="teach"))
    page = soup(client)
    assert list(sheets(page)) == ["TD 1 <b>"]
    assert [str(box["value"]) for box in page.select("input[name=group]")] == ["TD1"]


def test_somebody_elses_course_has_no_sheets(course: Course, client: Client) -> None:
    for name in ("stranger", "zola"):
        client.force_login(UserFactory(username=name))
        assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_only_read(course: Course, staff: Client, method: str) -> None:
    assert getattr(staff, method)(PAGE).status_code == 405
