"""« The list as it was on … »: the page, its filters and exports, the attendance sheet, and ``participants --on``."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.history.days import end_of, start_of
from courses.models import Course, Group
from enrolhub.access.models import Event
from enrolhub.sync.models import Run
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupMemberFactory,
    ParticipationFactory,
    PersonFactory,
    RunFactory,
    UserFactory,
    role,
)
from tests.html import cost_of, part_of, soup_of, text_of
from tests.worlds import once

pytestmark = pytest.mark.django_db
LIST = "/courses/DAY1/participants/"
TUESDAY, FRIDAY = "2026-11-17", "2026-11-20"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def course() -> Course:
    return once(tuesday_and_friday)


def tuesday_and_friday() -> Course:
    """On Tuesday Ann (in Projet A) and Bob; from Friday on Bob is gone, Ann a tutor in Projet B, and Cyd there."""
    made: Course = CourseFactory(code="DAY1", title="Droit")
    for name in ("ann", "bob", "cyd"):
        PersonFactory(username=name, last_name=name.title(), first_name="Zoé", id_number="", email="")
    load(TUESDAY, "ann;student;Projet A;;;", "bob;student;;2026-11-19;;")
    load(FRIDAY, "ann;tutor;Projet B;;;", "bob;;;;;desinscrire", "cyd;student;;;suspendu;")
    ParticipationFactory(course=made, person=PersonFactory._meta.model.objects.get(username="ann"), last_access=NOW)
    return made


def load(day: str, *lines: str) -> None:
    data = "\n".join(["cours;identifiant;role;groupe;fin;statut;operation", *(f"DAY1;{line}" for line in lines)])
    with time_machine.travel(datetime.fromisoformat(f"{day}T10:00:00+01:00"), tick=True):
        EnrolmentsFile(data.encode(), "mains.csv", creates_groups=True).carry_out(dry_run=False)


def printed(*words: str) -> str:
    out = io.StringIO()
    call_command("participants", "DAY1", *words, stdout=out)
    return out.getvalue()


def rows(*words: str) -> list[tuple[str, str, str, str]]:
    """Login, roles, groups, status of each row of the command."""
    records = json.loads(printed(*words, "--format", "json"))
    return [(record["username"], record["roles"], record["groups"], record["status"]) for record in records]


THEN = [("ann", "student", "Projet A", "active"), ("bob", "student", "", "active")]
THURSDAY = [("ann", "student", "Projet A", "active"), ("bob", "student", "", "ended")]
LATER = [("ann", "tutor", "Projet A|Projet B", "active"), ("cyd", "student", "", "suspended")]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(TUESDAY, THEN), ("2026-11-18", THEN), ("2026-11-19", THURSDAY), (FRIDAY, LATER), ("2026-11-24", LATER)],
)
def test_the_command_prints_the_list_at_the_end_of_the_day(
    course: Course, day: str, expected: list[tuple[str, str, str, str]]
) -> None:
    assert rows("--on", day) == expected
    assert rows("", "--on", day) == rows(f"on={day}") == expected
    assert rows() == LATER


def test_filters_and_orders_are_of_that_day(course: Course) -> None:
    names = {query: [row[0] for row in rows(query, "--on", TUESDAY)] for query in FOUND}
    assert names == FOUND
    assert [row[0] for row in rows("group=projet-b", "--on", TUESDAY)] == []  # made later, nobody was in it
    assert [row[0] for row in rows("q=cyd", "--on", TUESDAY)] == []


FOUND = {
    "role=student": ["ann", "bob"],
    "role=tutor": [],
    "group=projet-a": ["ann"],
    "group=none": ["bob"],
    "sort=-last_name": ["bob", "ann"],
    "sort=-groups": ["ann", "bob"],
    "status=suspended": [],
    "match=none&group=none": ["ann"],
    "inactive=never": ["bob"],
}


def test_every_format_of_a_day(course: Course) -> None:
    head, *lines = printed("--on", TUESDAY).splitlines()
    assert head.startswith("last_name;first_name;username")
    last = NOW.isoformat()
    assert lines == [
        f"Ann;Zoé;ann;;;student;Projet A;manual;{last};active",
        "Bob;Zoé;bob;;;student;;manual;;active",
    ]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-11-25", "still to come"),
        ("2999-12-31", "still to come"),
        ("2026-11-16", "the history begins on"),
        ("0001-01-01", "no date"),
        ("9999-12-31", "no date"),
        ("hier", "no date"),
        ("2026-02-30", "no date"),
        ("17/11/2026", "no date"),
        ("20261117", "no date"),
        ("2026-W47-2", "no date"),
        ("２０２６-11-17", "no date"),
        ("", "no date"),
        ("\udcff", "no date"),
        ("\x00", "no date"),
    ],
)
def test_a_day_without_a_list_ends_the_command_with_code_2(course: Course, day: str, reason: str) -> None:
    with translation.override("en"), pytest.raises(CommandError) as caught:
        printed("--on", day)
    assert (caught.value.returncode, str(caught.value)[:4], reason in str(caught.value)) == (2, "--on", True)
    if day.isprintable() and day:
        with translation.override("en"), pytest.raises(CommandError, match=r"^on “"):
            printed(f"on={day}")


def test_before_any_run_there_is_no_history(course: Course) -> None:
    Run.objects.update(dry_run=True)
    with pytest.raises(CommandError, match="--on"):
        printed("--on", TUESDAY)


def test_the_first_day_counts_and_dry_runs_do_not(course: Course) -> None:
    RunFactory(dry_run=True)
    Run.objects.filter(dry_run=True).update(requested_at=NOW - timedelta(days=90))
    assert rows("--on", TUESDAY) == THEN


def test_a_day_ends_when_paris_says_so(course: Course) -> None:
    hours = {
        day: end_of(day).astimezone(UTC) - start_of(day).astimezone(UTC) + timedelta(microseconds=1)
        for day in (date(2026, 3, 29), date(2026, 10, 25))
    }
    assert list(hours.values()) == [timedelta(hours=23), timedelta(hours=25)]
    assert start_of(date(2026, 11, 18)) == datetime(2026, 11, 17, 23, tzinfo=UTC)


def test_an_enrolment_that_begins_at_midnight_has_not_begun_the_day_before(course: Course) -> None:
    later = EnrolmentFactory(
        course=course, person=PersonFactory(username="dan"), starts_at=start_of(date(2026, 11, 20))
    )
    assert later.starts_at is not None
    found = {day: {row[0]: row[3] for row in rows("--on", day)}["dan"] for day in ("2026-11-19", FRIDAY)}
    assert found == {"2026-11-19": "not_started", FRIDAY: "active"}


def test_an_account_sees_what_it_may_see_now(course: Course) -> None:
    Course.objects.update(separate_groups=True)
    teacher = PersonFactory(username="teach")
    UserFactory(username="teach")
    EnrolmentFactory(course=course, person=teacher, role=role("teacher"))
    GroupMemberFactory(group=Group.objects.get(code="projet-a"), person=teacher)
    assert [row[0] for row in rows("--on", TUESDAY, "--as", "teach")] == ["ann", "teach"]
    GroupMemberFactory(group=Group.objects.get(code="projet-b"), person=teacher)
    Group.objects.get(code="projet-a").members.filter(person=teacher).delete()
    assert [row[0] for row in rows("--on", TUESDAY, "--as", "teach")] == ["teach"]


def test_the_page_shows_the_list_of_the_day_and_says_what_is_of_now(staff: Client, course: Course) -> None:
    page = soup_of(staff, f"{LIST}?on={TUESDAY}")
    assert [text_of(part_of(row, "th"))[3:] for row in page.select("#list tbody tr")] == ["Ann Zoé", "Bob Zoé"]
    note = text_of(part_of(page, ".past-note"))
    assert "The list as it was on 17 November 2026, at the end of the day." in note
    assert "names, last accesses and the state of methods are those of now" in note
    assert page.select("input[name=person], #selection-bar") == []
    # The tabs are those of now.
    assert text_of(part_of(page, ".tabs [aria-current]")) == "Participants 2"
    assert part_of(page, "#on")["value"] == TUESDAY


def test_links_of_the_page_keep_its_day(staff: Client, course: Course) -> None:
    page = soup_of(staff, f"{LIST}?on={TUESDAY}&role=student")
    links = [str(link["href"]) for link in page.select("#participants a[href^='?']")]
    assert links
    assert [link for link in links if f"on={TUESDAY}" not in link] == []
    assert part_of(page, "#participants form input[name=on]")["value"] == TUESDAY


def test_the_rows_unfold_as_they_were(staff: Client, course: Course) -> None:
    page = soup_of(staff, f"{LIST}?on={TUESDAY}&open=ann")
    assert "Student" in text_of(part_of(page, ".unfolded"))
    assert "Tutor" not in text_of(part_of(page, ".unfolded"))


@pytest.mark.parametrize(
    "value", ["2026-11-25", "2026-11-16", "hier", "\x00", "é" * 300, "-1", f"{TUESDAY}&on={FRIDAY}"]
)
def test_a_day_without_a_list_is_a_note_above_nothing(staff: Client, course: Course, value: str) -> None:
    page = soup_of(staff, f"{LIST}?on={value}")
    assert len(page.select(".note-bad")) == 1
    assert "(on)" in text_of(part_of(page, ".note-bad"))
    assert page.select("#list") == []


def test_a_day_on_which_nobody_was_there_says_so(staff: Client, course: Course) -> None:
    other = CourseFactory(code="VIDE")
    page = soup_of(staff, f"/courses/{other.code}/participants/?on={TUESDAY}")
    assert "Nobody was in this course on that day" in text_of(part_of(page, ".empty"))


def test_today_is_now_so_far(staff: Client, course: Course) -> None:
    page = soup_of(staff, f"{LIST}?on={timezone.localdate():%Y-%m-%d}")
    assert "The list as it is today, so far." in text_of(part_of(page, ".past-note"))
    assert [text_of(part_of(row, "th"))[3:] for row in page.select("#list tbody tr")] == ["Ann Zoé", "Cyd Zoé"]


def test_the_export_is_of_the_day_and_named_after_it(staff: Client, course: Course) -> None:
    response = staff.get(f"/courses/DAY1/participants/export/csv/?on={TUESDAY}&sort=-last_name")
    body = b"".join(response).decode("utf-8-sig")
    assert [line.split(";")[2] for line in body.splitlines()[1:]] == ["bob", "ann"]
    assert f"participants-DAY1-{TUESDAY}.csv" in response["Content-Disposition"]
    event = Event.objects.get(action="export")
    assert (event.count, f"on={TUESDAY}" in event.detail["filter"]) == (2, True)
    bad = staff.get("/courses/DAY1/participants/export/csv/?on=hier")
    assert (bad.status_code, bad["Location"]) == (302, f"{LIST}?on=hier")


def test_the_command_traces_the_day(course: Course) -> None:
    printed("--on", TUESDAY)
    assert Event.objects.get(action="export").detail["on"] == TUESDAY


def test_the_attendance_sheet_is_of_the_day(staff: Client, course: Course) -> None:
    words = text_of(soup_of(staff, f"/courses/DAY1/participants/attendance/?on={TUESDAY}"))
    assert ("Bob" in words, "Cyd" in words) == (True, False)


def test_as_many_queries_whatever_changed_since(staff: Client, course: Course) -> None:
    costs = []
    for number in (1, 50):
        load(FRIDAY, *(f"{PersonFactory().username};student;Projet A;;;" for _ in range(number)))
        staff.get(f"{LIST}?on={TUESDAY}")
        costs.append(cost_of(staff, f"{LIST}?on={TUESDAY}"))
    assert costs[0] == costs[1]
