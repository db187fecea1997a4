"""The history of a course: every change that took effect, in words, whatever run made it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.groups.deleting import digest_of, request_deletion
from courses.history.changes import changes_of_course
from courses.models import Course, Group
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Run, Scope
from enrolhub.sync.undo import request_undo
from tests.factories import (
    NIGHT,
    ChangeFactory,
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, cost_of, soup_of, text_of
from tests.registers import Registers
from tests.registers import course as fed_course
from tests.worlds import once

pytestmark = pytest.mark.django_db
HISTORY = "/courses/HIST1/history/"
MORNING = datetime(2026, 11, 17, 8, tzinfo=UTC)


@pytest.fixture
def course() -> Course:
    return make_course()


def make_course() -> Course:
    made: Course = CourseFactory(code="HIST1")
    for name in ("ann", "bob"):
        PersonFactory(username=name, last_name=name.title(), first_name="Zoé")
    return made


def load(*lines: str, on: datetime = MORNING) -> None:
    data = "\n".join(["cours;identifiant;role;groupe;statut;operation", *(f"HIST1;{line}" for line in lines)])
    with time_machine.travel(on, tick=True):
        EnrolmentsFile(data.encode(), "mains.csv", creates_groups=True).carry_out(dry_run=False)


def told(client: Client, query: str = "") -> list[tuple[str, ...]]:
    """Person, change, before and after, reason, run of each row; the times apart."""
    return [tuple(row[1:]) for row in cells_of(soup_of(client, f"{HISTORY}{query}"))]


def test_everything_that_hands_files_and_undos_did_newest_first(staff: Client, course: Course) -> None:
    load("ann;tutor;Projet A;;")
    load("ann;student;;suspendu;", on=MORNING + timedelta(hours=1))
    run = Run.objects.latest("pk")
    with time_machine.travel(MORNING + timedelta(hours=2), tick=True):
        attempt_run(request_undo(run, User.objects.get(username="cemu")))
    load("ann;;;;desinscrire", on=MORNING + timedelta(hours=3))
    file, nothing = "File: mains.csv command line", "nothing"
    assert told(staff) == [
        ("Ann Zoé ann", "Departure Group · By hand", "Group: Projet A", "no enrolment left in the course", file),
        ("Ann Zoé ann", "Departure Enrolment · Manual enrolment", "Role: Tutor", "removed by a file mains.csv:2", file),
        (
            "Ann Zoé ann",
            "Alteration Enrolment · Manual enrolment",
            f"Role: Student → then Tutor Suspension: suspended by hand → then {nothing}",
            "another run was taken back",
            "Undoing: File: mains.csv cemu",
        ),
        (
            "Ann Zoé ann",
            "Alteration Enrolment · Manual enrolment",
            f"Role: Tutor → then Student Suspension: {nothing} → then suspended by hand",
            "mains.csv:2",
            file,
        ),
        ("Ann Zoé ann", "Arrival Group · By hand", "Group: Projet A", "mains.csv:2", file),
        ("Ann Zoé ann", "Arrival Enrolment · Manual enrolment", "Role: Tutor", "mains.csv:2", file),
    ]


@pytest.mark.slow
def test_a_night_says_why_and_a_deleted_method_and_group_what_they_were(
    staff: Client, registers: Registers, course: Course
) -> None:
    night = "scheduled"
    space = fed_course("INF", "INF101")
    registers.night()
    registers.leave(1)
    registers.night()
    CohortMemberFactory(cohort=CohortFactory(code="C1", name="Tuteurs"), person=PersonFactory(username="zed"))
    head = "operation;methode;cours;source;role;groupe;active;nom\n"
    for operation in ("ajout", "suppression"):
        MethodsFile(f"{head}{operation};cohorte;INF;C1;tutor;;oui;".encode(), "m.csv").carry_out(dry_run=False)
    rows = cells_of(soup_of(staff, "/courses/INF/history/"))
    assert [row[2] for row in rows[:2]] == [
        "Departure Enrolment · Cohort synchronisation (deleted since)",
        "Arrival Enrolment · Cohort synchronisation (deleted since)",
    ]
    assert rows[0][4] == "enrolment method deleted"
    assert [row[1:5] for row in rows[2:3]] == [
        [
            "Nom e1 Camille e1",
            "Departure Enrolment · Database",
            "Role: Student",
            "no administrative registration any more",
        ]
    ]
    assert (len(rows), rows[2][5].startswith("Night of"), night in rows[2][5]) == (15, True, False), space


def test_what_a_dry_run_or_a_hold_only_planned_is_no_history(staff: Client, course: Course) -> None:
    method = course.methods.get()
    for run, facts in ((RunFactory(dry_run=True), {}), (RunFactory(), {"departed_at": None, "verdict": "hold"})):
        phase = PhaseFactory(run=run, relation="manual")
        scope = ScopeFactory(phase=phase, ref=method.pk, code="HIST1", **{"arrived_at": None} | facts)
        for action in "AD":
            ChangeFactory(scope=scope, action=action, person="ann")
    cohorts = ScopeFactory(phase=PhaseFactory(relation="cohort_members"), code="HIST1")
    ChangeFactory(scope=cohorts, person="ann")
    assert told(staff) == []
    assert "Nothing has changed in this course yet" in text_of(soup_of(staff, HISTORY).select_one(".empty"))


@pytest.fixture
def changed() -> Course:
    return once(make_changed)


def make_changed() -> Course:
    course = make_course()
    load("ann;tutor;Projet A;;", "bob;student;;;")
    load("bob;student;;suspendu;", on=MORNING + timedelta(days=3))
    night = PhaseFactory(relation="database", run=RunFactory(started_at=NIGHT))
    gone = ScopeFactory(phase=night, ref=987_654, code="HIST1", departed_at=MORNING + timedelta(days=5))
    ChangeFactory(scope=gone, action="D", person="bob", before="student\x1f\x1f\x1f", reason="excluded")
    return course


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 5),
        ("action=A", 3),
        ("action=D", 1),
        ("person=ANN", 2),
        ("person=bob+zoe&action=M", 1),
        ("reason=excluded", 1),
        ("run=file", 4),
        ("run=night", 1),
        ("method=hand", 1),
        ("method=gone", 1),
        ("method={manual}", 3),
        ("since=2026-11-20", 2),
        ("since=2026-11-20&until=2026-11-20", 1),
        ("until=2026-11-17", 3),
        ("until=2026-11-16", 0),
        ("since=2026-11-23", 0),
    ],
)
def test_filters(staff: Client, changed: Course, query: str, found: int) -> None:
    assert len(told(staff, "?" + query.format(manual=changed.methods.get().pk))) == found


@pytest.mark.parametrize("name", ["action", "method", "reason", "run", "since", "until", "sort"])
@pytest.mark.parametrize("value", ["nonsense", "\x00", "é" * 300, "0", "-1", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_value_that_does_not_exist_is_a_note_not_an_empty_list(
    staff: Client, changed: Course, name: str, value: str
) -> None:
    page = soup_of(staff, f"{HISTORY}?{name}={value}")
    assert len(page.select(".note-bad")) == 1
    assert cells_of(page) == []


def test_a_last_day_before_the_first_is_a_note(staff: Client, changed: Course) -> None:
    page = soup_of(staff, f"{HISTORY}?since=2026-11-20&until=2026-11-19")
    assert "Until “2026-11-19”: it is before the first day." in text_of(page.select_one(".note-bad"))


def test_days_are_those_of_paris(staff: Client, course: Course) -> None:
    load("ann;tutor;;;", on=datetime(2026, 11, 17, 23, 30, tzinfo=UTC))
    assert (len(told(staff, "?since=2026-11-18")), len(told(staff, "?until=2026-11-17"))) == (1, 0)


def test_in_separate_groups_the_people_and_places_of_the_own_groups(client: Client, changed: Course) -> None:
    Course.objects.update(separate_groups=True)
    teacher = PersonFactory(username="teach")
    EnrolmentFactory(course=changed, person=teacher, role=role("teacher"))
    client.force_login(UserFactory(username="teach"))
    client.cookies["django_language"] = "en"
    assert len(told(client)) == 5
    GroupMemberFactory(group=Group.objects.get(), person=teacher)
    assert {row[0] for row in told(client)} == {"Ann Zoé ann"}
    # Once Ann has left, what is seen of her is that she left the group.
    load("ann;;;;desinscrire", on=MORNING + timedelta(days=6))
    assert [row[1] for row in told(client)] == ["Departure Group · By hand", "Arrival Group · By hand"]
    GroupMemberFactory(group=GroupFactory(course=changed), person=PersonFactory._meta.model.objects.get(username="bob"))
    assert {row[0] for row in told(client)} == {"Ann Zoé ann"}


def test_runs_open_for_those_who_may_see_them(client: Client, changed: Course) -> None:
    person = PersonFactory(username="teach")
    EnrolmentFactory(course=changed, person=person, role=role("editingteacher"))
    account = UserFactory(username="teach")
    client.force_login(account)
    group = Group.objects.get()
    own = attempt_run(request_deletion(group, digest_of(group), account))
    links = {str(link["href"]) for link in soup_of(client, HISTORY).select("tbody td a")}
    assert links == {reverse("sync:run", args=[own.pk])}
    assert client.get(links.pop()).status_code == 200


def test_as_many_queries_for_one_row_as_for_fifty(staff: Client, course: Course) -> None:
    relations = ["manual", "database", "group_members.hand", "group_members.database", "exclusions"]
    costs = []
    for number in (1, 50):
        for place in range(number):
            phase = PhaseFactory(run=RunFactory(author=UserFactory()), relation=relations[place % len(relations)])
            scope = ScopeFactory(phase=phase, code="HIST1", ref=course.pk + place)
            ChangeFactory(scope=scope, person=PersonFactory().username)
        costs.append(cost_of(staff, f"{HISTORY}?per_page=100"))
    assert costs[0] == costs[1] <= 14


def test_the_ledger_is_found_by_its_indexes(course: Course) -> None:
    """Among many courses; never by reading the whole ledger."""
    phase = PhaseFactory(relation="manual")
    numbers = range(3_000)
    scopes = [Scope(phase=phase, ref=number, code=f"OTHER{number}", arrived_at=NIGHT) for number in numbers]
    Scope.objects.bulk_create(scopes)
    Change.objects.bulk_create(
        Change(scope=scope, action="A", member=number, person=f"p{number}") for scope in scopes for number in range(3)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = changes_of_course(course).order_by("-at", "-pk")[:20].explain()
    assert "change_by_scope" in plan
    assert "scope_by_code" in plan


def test_another_course_is_not_found(client: Client, course: Course) -> None:
    client.force_login(UserFactory(username="stranger"))
    assert client.get(HISTORY).status_code == 404
