"""Course › Vérification: what its address narrows, what each reader sees, and its export."""

import csv
import io
from collections.abc import Iterator
from itertools import count

import pytest
from django.test import Client

from cohorts.models import (
    ExtractFile,
    Person,
    StagedGroup,
    StagedGroupAssignment,
    StagedRegistration,
    StagedUnit,
    StagedUnitRegistration,
)
from courses.models import Course
from enrolhub.access.models import Event
from tests.factories import (
    CourseFactory,
    CourseUnitFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, part_of, soup_of, text_of

pytestmark = pytest.mark.django_db
PAGE = "/courses/A/verification/"
LISTS = ("elements", "inscriptions_administratives", "inscriptions_pedagogiques", "groupes", "affectations_groupes")


class Extract:
    """The lists of an extract in force, landed row by row."""

    def __init__(self) -> None:
        self.files: dict[str, ExtractFile] = {}
        self.lines: Iterator[int] = count(2)
        snapshot = SnapshotFactory()
        for name in LISTS:
            self.files[name] = ExtractFileFactory(list_name=name)
            SnapshotFileFactory(snapshot=snapshot, file=self.files[name])
        StagedUnit.objects.create(**self.place("elements"), unit_code="ELP1", label="Algèbre", period_code="S1")
        StagedGroup.objects.create(
            **self.place("groupes"), academic_year="2026", unit_code="ELP1", group_number="1", label="TD 1"
        )

    def place(self, name: str) -> dict[str, object]:
        return {"file": self.files[name], "line": next(self.lines)}

    def student(self, name: str, *, programme: str = "MAT1", follows: bool = True, grouped: bool = True) -> Person:
        person: Person = PersonFactory.create(username=name, last_name=name.title(), last_name_key=name)
        row = {"academic_year": "2026", "student_number": person.student_number}
        registered = {**row, "programme_code": programme, "version_code": "1"}
        StagedRegistration.objects.create(
            **self.place("inscriptions_administratives"), **registered, state="E", payment_state="P"
        )
        if follows:
            StagedUnitRegistration.objects.create(
                **self.place("inscriptions_pedagogiques"), **registered, unit_code="ELP1", followed="N"
            )
        if grouped:
            StagedGroupAssignment.objects.create(**self.place("affectations_groupes"), **row, group_number="1")
        return person


@pytest.fixture
def space() -> Course:
    """A course with one student in order, one absent, one without registration, one without a group."""
    course: Course = CourseFactory.create(code="A", with_database=True)
    CourseUnitFactory(course=course, unit_code="ELP1")
    extract, database = Extract(), course.methods.get(kind="database")
    EnrolmentFactory(method=database, person=extract.student("abel"))
    extract.student("berthe")
    extract.student("cyr", follows=False, grouped=False)
    EnrolmentFactory(method=database, person=extract.student("dora", programme="PHY1", grouped=False))
    return course


def names(client: Client, query: str = "") -> list[str]:
    rows = cells_of(soup_of(client, f"{PAGE}?{query}"), "#list tbody tr")
    return [row[0].split()[-1] for row in rows]


def test_each_gap_says_where_it_breaks_and_who_mends_it(staff: Client, space: Course) -> None:
    page = soup_of(staff, PAGE)
    rows = cells_of(page, "#list tbody tr")
    assert [(row[0].split()[-1], row[2], row[3], row[4], row[5], row[6]) for row in rows] == [
        ("berthe", "MAT1", "ELP1", "TD 1", "Registered, not in the course",
         "Everything holds: the next night enrols this person Nobody: the next night does it by itself"),
        ("cyr", "MAT1", "—", "—", "Without pedagogical registration",
         "No pedagogical registration on ELP1 The registrar’s office (scolarité) of DRO"),
        ("dora", "PHY1", "ELP1", "—", "Without a group",
         "No group in APOGÉE for ELP1; the course asks for none The registrar’s office (scolarité)"),
    ]  # fmt: skip
    assert part_of(page, "#list tbody a")["href"] == "/courses/A/people/berthe/"
    figures = cells_of(page, "[aria-labelledby=units-title] tbody tr")
    assert figures == [
        ["Algèbre ELP1", "—", "3", "2", "1 absent from the course", "—"],
        ["MAT1 MAT1", "3", "2", "1", "1 absent from the course", "1 not registered"],
        ["PHY1 PHY1", "1", "1", "1", "0", "0"],
    ]
    assert cells_of(page, "[aria-labelledby=groups-title] tbody tr") == [
        ["TD 1 1", "2", "1", "1 absent from the course"]
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["berthe", "cyr", "dora"]),
        ("gap=all", ["berthe", "cyr", "dora", "abel"]),
        ("gap=none", ["abel"]),
        ("gap=no_group", ["dora"]),
        ("q=BÉR", ["berthe"]),
        ("unit=ELP1", ["berthe", "dora"]),
        ("gap=all&without=ELP1&programme=MAT1", ["cyr"]),
        ("group=1&gap=all", ["berthe", "abel"]),
        ("mender=night", ["berthe"]),
        ("sort=-person", ["dora", "cyr", "berthe"]),
        ("sort=groups&sort=-person&gap=all", ["dora", "cyr", "berthe", "abel"]),
        ("per_page=20&page=9", ["berthe", "cyr", "dora"]),
    ],
)
def test_filters_and_orders(staff: Client, space: Course, query: str, found: list[str]) -> None:
    assert names(staff, query) == found


@pytest.mark.parametrize("query", ["gap=x", "unit=ELP9", "programme=x", "group=9", "mender=x", "sort=colour", "q=%00"])
def test_what_the_address_cannot_ask_is_said_above_the_list(staff: Client, space: Course, query: str) -> None:
    page = soup_of(staff, f"{PAGE}?{query}")
    assert page.select(".note-bad")
    assert not page.select("#list")
    answer = staff.get(f"{PAGE}export/csv/?{query}")
    assert answer.status_code == 302
    assert answer["Location"].startswith(PAGE)


def test_the_figures_lead_to_whom_they_count(staff: Client, space: Course) -> None:
    page = soup_of(staff, PAGE)
    links = [str(link["href"]).partition("#")[0] for link in page.select("[aria-labelledby=units-title] tbody a")]
    assert [names(staff, link.removeprefix("?")) for link in links] == [["berthe"], ["berthe"], ["cyr"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_exported_as_found_and_traced(staff: Client, space: Course, kind: str) -> None:
    answer = staff.get(f"{PAGE}export/{kind}/?gap=absent&sort=person")
    content = b"".join(answer)
    assert answer["Content-Disposition"].startswith('attachment; filename="verification-A-')
    event = Event.objects.get(action="export")
    assert (event.target, event.count, event.detail["list"], event.detail["filter"], event.detail["format"]) == (
        "A", 1, "verification", "gap=absent&sort=person", kind,
    )  # fmt: skip
    if kind == "csv":
        [row] = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
        assert (row["username"], row["units"], row["groups"], row["in_course"]) == ("berthe", "ELP1", "TD 1", "no")


def teacher_of(client: Client, space: Course, kind: str) -> None:
    EnrolmentFactory(course=space, person=PersonFactory(username="prof"), role=role(kind))
    client.force_login(UserFactory(username="prof"))
    client.cookies["django_language"] = "en"


@pytest.mark.parametrize(
    ("kind", "separate", "found"),
    [
        ("editingteacher", False, ["berthe", "cyr", "dora", "abel"]),
        ("teacher", False, ["dora", "abel"]),
        ("editingteacher", True, ["berthe", "cyr", "abel"]),
        ("teacher", True, ["abel"]),
    ],
)
def test_what_a_teacher_sees(client: Client, space: Course, kind: str, separate: bool, found: list[str]) -> None:
    """Who may not look for anybody sees those in the course; in separate groups nobody sees those of other groups."""
    teacher_of(client, space, kind)
    Course.objects.update(separate_groups=separate)
    own, other = GroupFactory(course=space), GroupFactory(course=space)
    for group, name in ((own, "prof"), (own, "abel"), (other, "dora")):
        GroupMemberFactory(group=group, person=Person.objects.get(username=name))
    assert names(client, "gap=all") == found
    assert text_of(part_of(soup_of(client, PAGE), ".counts-line")).endswith(f"Everybody {len(found)}")


def test_a_course_that_no_element_feeds_says_so(staff: Client) -> None:
    CourseFactory(code="A")
    SnapshotFactory()
    assert "No element of APOGÉE feeds this course" in text_of(part_of(soup_of(staff, PAGE), ".empty"))
