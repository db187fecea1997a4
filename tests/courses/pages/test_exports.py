"""Exports of the list on the web: whole files, whom they are for, what is traced, and what is refused."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from python_calamine import CalamineWorkbook

from courses.models import Course, GroupMember
from enrolhub.access.models import Event
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)

pytestmark = pytest.mark.django_db
LIST = "/courses/EXP1/participants/"
FRENCH = ["Nom", "Prénom", "Compte numérique", "Numéro d’identification", "Adresse de courriel", "Rôles", "Groupes",
          "Méthodes", "Dernier accès au cours", "Statut"]  # fmt: skip
ENGLISH = "last_name first_name username id_number email roles groups methods last_access status".split()


@pytest.fixture
def course() -> Course:
    """A teacher, a student by two methods in a group, and a suspended one whose name a spreadsheet would run."""
    made: Course = CourseFactory(code="EXP1")
    teacher = PersonFactory(username="teach", last_name="Prévost", first_name="Alex", id_number="E12", email="")
    EnrolmentFactory(course=made, person=teacher, role=role("editingteacher"))
    run = PersonFactory(username="run", last_name="+Bœuf", first_name='No"é;', id_number="00000042", email="")
    EnrolmentFactory(course=made, person=run, suspended_by="hand")
    twice = PersonFactory(
        username="twice", last_name="Ärlig", first_name="Zoé\nLéa", id_number="22600001", email="z@e.fr"
    )
    EnrolmentFactory(course=made, person=twice)
    EnrolmentFactory(method=MethodFactory(course=made, kind="self"), person=twice)
    GroupMember.objects.create(group=GroupFactory(course=made, code="TD1", name="TD 1"), person=twice)
    return made


# In the order of the page: + is no letter and comes first.
BOEUF = ["+Bœuf", 'No"é;', "run", "00000042", "", "student", "", "manual", "", "suspended"]
ARLIG = ["Ärlig", "Zoé\nLéa", "twice", "22600001", "z@e.fr", "student", "TD 1", "manual|self", "", "active"]
PREVOST = ["Prévost", "Alex", "teach", "E12", "", "editingteacher", "", "manual", "", "active"]
ROWS = [BOEUF, ARLIG, PREVOST]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    return client


def rows_of(client: Client, kind: str, query: str = "", selection: Mapping[str, Any] | None = None) -> list[list[str]]:
    """The file that the web sends, read back."""
    address = f"{LIST}export/{kind}/"
    response = client.get(f"{address}?{query}") if selection is None else client.post(address, selection)
    assert response.status_code == 200
    data = b"".join(response)
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[cell if isinstance(cell, str) else repr(cell) for cell in row] for row in sheet.to_python()]


def as_csv(rows: list[list[str]]) -> list[list[str]]:
    return [[f"'{cell}" if cell.startswith("+") else cell for cell in row] for row in rows]


def test_csv_holds_the_whole_list_for_a_spreadsheet(course: Course, staff: Client) -> None:
    assert rows_of(staff, "csv") == [FRENCH, *as_csv(ROWS)]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbooks_hold_the_whole_list(course: Course, staff: Client, kind: str) -> None:
    assert rows_of(staff, kind) == [FRENCH, *ROWS]


def test_headings_in_english_are_the_names_of_the_columns(course: Course, staff: Client) -> None:
    staff.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert rows_of(staff, "csv", "role=observer") == [ENGLISH]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("role=student&sort=-last_name", [ARLIG, BOEUF]),
        ("status=active&per_page=20&page=7", [ARLIG, PREVOST]),
        ("q=nobodyatall", []),
        ("group=none&match=any&q=zoe", ROWS),
        ("utm_source=%00", ROWS),
    ],
)
def test_every_row_of_the_filter_in_its_order(course: Course, staff: Client, query: str, rows: list[list[str]]) -> None:
    for kind in ("xlsx", "ods"):
        assert rows_of(staff, kind, query) == [FRENCH, *rows]
    assert rows_of(staff, "csv", query) == [FRENCH, *as_csv(rows)]


@time_machine.travel("2026-11-20T23:30:00Z", tick=False)
def test_the_name_of_the_file_says_course_and_day_in_paris(course: Course, staff: Client) -> None:
    response = staff.get(f"{LIST}export/csv/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="participants-EXP1-2026-11-21.csv"'


def test_people_ticked(course: Course, staff: Client) -> None:
    ids = {person.username: person.pk for person in PersonFactory._meta.model.objects.all()}
    elsewhere = EnrolmentFactory(course=CourseFactory()).person
    ticked = {"person": [ids["teach"], ids["run"], ids["run"], elsewhere.pk]}
    assert rows_of(staff, "ods", selection=ticked) == [FRENCH, BOEUF, PREVOST]


def test_everyone_whom_a_filter_finds(course: Course, staff: Client) -> None:
    everyone = {"everyone": "1", "query": "role=student&sort=-last_name", "person": "1"}
    assert rows_of(staff, "xlsx", selection=everyone) == [FRENCH, ARLIG, BOEUF]


def test_each_export_is_traced(course: Course, staff: Client) -> None:
    rows_of(staff, "csv", "role=student&role=student&q=&page=2&per_page=50&x=%00")
    rows_of(staff, "ods", selection={"everyone": "1", "query": "?status=active&sort=-email"})
    rows_of(staff, "xlsx", selection={"person": [PersonFactory._meta.model.objects.get(username="run").pk]})
    assert list(
        Event.objects.filter(action="export").order_by("pk").values_list("actor", "target", "count", "detail")
    ) == [
        ("cemu", "EXP1", 2, {"filter": "role=student", "format": "csv"}),
        ("cemu", "EXP1", 2, {"filter": "status=active&sort=-email", "format": "ods", "ticked": 0}),
        ("cemu", "EXP1", 1, {"filter": "", "format": "xlsx", "ticked": 1}),
    ]


def test_an_export_is_traced_before_its_first_row_leaves(course: Course, staff: Client) -> None:
    response = staff.get(f"{LIST}export/csv/")
    assert response.streaming
    assert Event.objects.get(action="export").count == 3
    assert b"".join(response).count(b";teach;") == 1


@pytest.mark.parametrize("query", ["role=boss", "sort=age", "rol_match=any", "match=any&match=any", "q=%00"])
def test_a_bad_filter_leads_to_the_list_that_says_so(course: Course, staff: Client, query: str) -> None:
    response = staff.get(f"{LIST}export/csv/?{query}&status=active", follow=True)
    assert response.redirect_chain[0][0].startswith(f"{LIST}?")
    page = BeautifulSoup(response.content, "html.parser")
    note = page.select_one(".note-bad")
    assert note is not None
    assert page.select("tbody tr") == []
    assert Event.objects.filter(action="export").count() == 0


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"person": "x"},
        {"person": "9" * 30},
        {"everyone": "1", "query": "role=boss"},
        {"everyone": "1", "query": "&".join(f"q={n}" for n in range(3_000))},
    ],
)
def test_a_selection_of_nobody_is_refused(course: Course, staff: Client, selection: dict[str, str]) -> None:
    response = staff.post(f"{LIST}export/csv/", selection, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert len(BeautifulSoup(response.content, "html.parser").select(".toast-bad")) == 1
    assert Event.objects.filter(action="export").count() == 0


def test_a_list_longer_than_a_workbook_is_refused(
    course: Course, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrolhub.web.exports.SHEET_ROWS", 3)
    response = staff.get(f"{LIST}export/ods/", follow=True)
    (toast,) = BeautifulSoup(response.content, "html.parser").select(".toast-line")
    assert "CSV" in toast.get_text()
    assert Event.objects.filter(action="export").count() == 0
    assert rows_of(staff, "csv") == [FRENCH, *as_csv(ROWS)]


def test_somebody_elses_course_is_no_export(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="stranger"))
    for kind in ("csv", "xlsx", "ods"):
        address = f"{LIST}export/{kind}/"
        assert [client.get(address).status_code, client.post(address, {"everyone": "1"}).status_code] == [404, 404]
    assert Event.objects.filter(action="export").count() == 0


def test_a_student_of_the_course_exports_nothing(course: Course, client: Client) -> None:
    client.force_login(UserFactory(username="twice"))
    assert client.get(f"{LIST}export/csv/").status_code == 404


def test_a_teacher_in_separate_groups_exports_their_people(course: Course, client: Client) -> None:
    Course.objects.update(separate_groups=True)
    teacher = PersonFactory._meta.model.objects.get(username="teach")
    GroupMember.objects.create(group=course.groups.get(), person=teacher)
    client.force_login(UserFactory(username="teach"))
    assert [row[2] for row in rows_of(client, "csv")[1:]] == ["twice", "teach"]
    ids = list(PersonFactory._meta.model.objects.values_list("pk", flat=True))
    assert [row[2] for row in rows_of(client, "csv", selection={"person": ids})[1:]] == ["twice", "teach"]


@pytest.mark.parametrize("kind", ["pdf", "json", "CSV", "xls"])
def test_there_is_no_other_kind_of_file(course: Course, staff: Client, kind: str) -> None:
    assert staff.get(f"{LIST}export/{kind}/").status_code == 404


def test_a_form_from_elsewhere_exports_nothing(course: Course) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    assert strict.post(f"{LIST}export/csv/", {"everyone": "1"}).status_code == 403


def test_the_list_offers_its_exports_with_the_filter_kept(course: Course, staff: Client) -> None:
    page = BeautifulSoup(staff.get(f"{LIST}?role=student&sort=-email").content, "html.parser")
    links = {str(link["href"]) for link in page.select(".actions a[data-keeps-filter]")}
    places = [f"{LIST}attendance/", *(f"{LIST}export/{kind}/" for kind in ("csv", "ods", "xlsx"))]
    assert sorted(links) == sorted(f"{place}?role=student&sort=-email" for place in places)
    for link in links:
        assert b"".join(staff.get(link))
