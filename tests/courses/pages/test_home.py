"""The home page of each kind of person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrolhub.access.models import SiteRole, User
from enrolhub.sync.models import Run
from tests.factories import (
    NIGHT,
    CourseFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    FindingFactory,
    HoldFactory,
    MethodFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
    role,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def morning() -> Any:
    with time_machine.travel(MORNING, tick=False):
        yield


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def panel(soup: Any, title: str) -> Any:
    """The panel of this title."""
    return next(part for part in soup.select(".panel") if part.h2 and text_of(part.h2) == title)


class TestOperations:
    @pytest.fixture
    def operator(self, client: Client) -> Client:
        return sign_in(client, SiteRoleFactory(kind=SiteRole.Kind.OPERATOR).user)

    def test_on_an_empty_site_says_what_comes_next(self, operator: Client) -> None:
        soup = soup_of(operator, "/")
        assert text_of(soup.select_one("#last-night")) == "No night has run yet. The next one starts tomorrow at 03:30."
        assert "No extract has been read yet" in text_of(panel(soup, "Sources"))
        assert "Nothing is held" in text_of(panel(soup, "To be decided"))
        assert soup.select(".chart") == []

    def test_last_night_and_what_waits_in_one_sentence(self, operator: Client) -> None:
        run = RunFactory(arrivals=318, departures=41, held=114, state=Run.State.APPLIED_WITH_HOLDS)
        HoldFactory(scope__phase=PhaseFactory(run=run), scope__departures=114)
        soup = soup_of(operator, "/")
        assert text_of(soup.select_one("#last-night")) == (
            "This night went well: 318 arrivals and 41 departures applied. 114 departures await a decision."
        )
        link = soup.select_one("#last-night a")
        assert link is not None
        assert link["href"] == reverse("sync:run", args=[run.pk]) + "#holds"
        assert text_of(soup.select_one(".places")) == "Home Courses Cohorts People Nights : 1 Sources Audit trail"

    def test_thirty_nights_as_a_picture_and_as_a_table(self, operator: Client) -> None:
        RunFactory(arrivals=5, departures=2)
        RunFactory(started_at=NIGHT - timedelta(days=1), state=Run.State.REFUSED)
        soup = soup_of(operator, "/")
        assert len(soup.select(".chart")) == 2
        rows = cells_of(soup, ".unfold tbody tr")
        assert len(rows) == 30
        assert rows[:3] == [
            ["17 November 2026", "5", "2", "0"],
            ["16 November 2026", "refused or failed"],
            ["15 November 2026", "0", "0", "0"],
        ]

    def test_each_list_with_its_age_rows_and_difference(self, operator: Client) -> None:
        for day, rows in ((2, 90), (1, 100), (0, 98)):
            snapshot = SnapshotFactory(extracted_at=NIGHT - timedelta(days=day))
            for name in ("inscriptions_administratives", "annuaire"):
                SnapshotFileFactory(snapshot=snapshot, file=ExtractFileFactory(list_name=name, row_count=rows))
        SnapshotFactory(accepted=False, verdict="refused", extracted_at=MORNING)
        soup = soup_of(operator, "/")
        assert [row[:5] for row in cells_of(panel(soup, "Sources"))] == [
            ["Directory", "5 h ago", "Complete", "98", "−2"],
            ["APOGÉE, administrative registrations", "5 h ago", "Complete", "98", "−2"],
        ]

    @pytest.mark.parametrize(("hours", "word"), [(26, "Complete"), (27, "Old")])
    def test_an_extract_of_more_than_26_hours_is_old(self, operator: Client, hours: int, word: str) -> None:
        snapshot = SnapshotFactory(extracted_at=MORNING - timedelta(hours=hours))
        SnapshotFileFactory(snapshot=snapshot)
        part = panel(soup_of(operator, "/"), "Sources")
        assert cells_of(part)[0][2] == word
        assert ("more than 26 h old" in text_of(part)) is (word == "Old")

    def test_why_an_extract_is_incomplete(self, operator: Client) -> None:
        problem = {"code": "rows_differ", "file": "annuaire.csv", "params": {"declared": 9, "found": 8}}
        SnapshotFileFactory(snapshot=SnapshotFactory(verdict="partial", problems=[problem]))
        part = panel(soup_of(operator, "/"), "Sources")
        assert cells_of(part)[0][2] == "Incomplete"
        assert "annuaire.csv has 8 rows, its manifest says 9." in text_of(part)

    def test_what_to_watch_is_counted_and_leads_somewhere(self, operator: Client) -> None:
        SnapshotFactory()
        CourseFactory(visible=False)
        late = CourseFactory(with_database=True)
        late.methods.filter(kind="database").update(refreshed_at=MORNING - timedelta(hours=25))
        EnrolmentFactory(course=late, ends_at=MORNING + timedelta(days=6))
        EnrolmentFactory(course=late, ends_at=MORNING + timedelta(days=8))
        FindingFactory(run=RunFactory(), code="unknown_students", count=12)
        RunFactory(state=Run.State.REFUSED)
        lines = panel(soup_of(operator, "/"), "To watch").select(".lines > li")
        assert [
            (text_of(line.select_one(".line-title")), text_of(line.select_one(".line-number"))) for line in lines
        ] == [
            ("Courses without participants", "1"),
            ("Students absent from the directory", "12"),
            ("Courses not refreshed for 24 h", "1"),
            ("Enrolments that end within 7 days", "1"),
        ]
        for link in (line.select_one("a") for line in lines):
            assert link is None or operator.get(link["href"]).status_code == 200

    def test_runs_that_wait_say_how_many_and_why(self, operator: Client) -> None:
        run = RunFactory(scheduled_on="2026-11-17")
        phase = PhaseFactory(run=run)
        HoldFactory(scope__phase=phase, scope__departures=12, reason="scope_emptied")
        HoldFactory(scope__phase=phase, scope__departures=9)
        part = panel(soup_of(operator, "/"), "To be decided")
        assert text_of(part.select_one("li > div")) == (
            "21 departures held in 2 lists Night of 16 to 17 November 2026 "
            "it would be left empty, too large a share of the members 5 h ago"
        )

    def test_recent_runs_and_the_next_night(self, operator: Client) -> None:
        RunFactory(
            kind="file", options={"file": "tuteurs.csv"}, author=UserFactory(first_name="Hugo", last_name="Vasseur")
        )
        soup = soup_of(operator, "/")
        assert [row[1:] for row in cells_of(panel(soup, "Last runs"))] == [
            ["File: tuteurs.csv", "Hugo Vasseur", "0", "0", "Done"]
        ]
        assert text_of(panel(soup, "Next night")) == (
            "Next night Start tomorrow at 03:30 Limit of a run 5 % and 50 departures"
        )

    def test_as_many_queries_whatever_there_is(self, operator: Client) -> None:
        costs = []
        for number in (1, 40):
            for back in range(number):
                run = RunFactory(author=UserFactory(), started_at=NIGHT - timedelta(days=back))
                HoldFactory(scope__phase=PhaseFactory(run=run))
                FindingFactory(run=run)
                SnapshotFileFactory(snapshot=SnapshotFactory(run=run))
                EnrolmentFactory()
            costs.append(cost_of(operator, "/"))
        assert costs[0] == costs[1] <= 30


class TestTeacher:
    @pytest.fixture
    def teacher(self, client: Client) -> Client:
        PersonFactory(username="hebert")
        return sign_in(client, UserFactory(username="hebert"))

    def teach(self, **fields: Any) -> Any:
        course = CourseFactory(**fields)
        person = PersonFactory._meta.model.objects.get(username="hebert")
        EnrolmentFactory(course=course, person=person, role=role("editingteacher"))
        return course

    def test_a_card_says_who_is_there_what_changed_and_since_when(self, teacher: Client) -> None:
        course = self.teach(code="SCHI203", title="Chimie organique 2", with_database=True)
        database = course.methods.get(kind="database")
        course.methods.filter(kind="database").update(refreshed_at=MORNING - timedelta(hours=1))
        for _ in range(2):
            person = EnrolmentFactory(method=database).person
            EnrolmentFactory(course=course, person=person)
        phase = PhaseFactory(relation="database")
        ScopeFactory(phase=phase, code="SCHI203", arrivals=4, departures=2, arrived_at=NIGHT, departed_at=None)
        old = NIGHT - timedelta(days=8)
        ScopeFactory(phase=phase, code="SCHI203", arrivals=90, departures=3, arrived_at=old, departed_at=NIGHT)
        [card] = soup_of(teacher, "/").select(".card-course")
        assert text_of(card) == (
            "Chimie organique 2 SCHI203 · Ecampus · 2026-2027 Participants 3 Student 2 Teacher 1 "
            "4 arrivals, 3 departures in 7 days Synchronised 1 h ago"
        )

    def test_a_late_course_is_flagged_and_one_without_sync_says_so(self, teacher: Client) -> None:
        late = self.teach(title="A", with_database=True)
        late.methods.filter(kind="database").update(refreshed_at=None)
        self.teach(title="B")
        cards = soup_of(teacher, "/").select(".card-course")
        assert [text_of(card.select_one(".card-fresh")) for card in cards] == ["Never synchronised", "Enrolled by hand"]
        assert len(cards[0].select(".state-wait")) == 1

    def test_beyond_twelve_the_list_has_the_others(self, teacher: Client) -> None:
        for _ in range(15):
            self.teach()
        soup = soup_of(teacher, "/")
        assert len(soup.select(".card-course")) == 12
        assert text_of(soup.select_one(".after-cards")) == "See the 3 other courses"

    def test_no_place_of_the_operators_is_offered(self, teacher: Client) -> None:
        self.teach()
        assert text_of(soup_of(teacher, "/").select_one(".places")) == "Home Courses Imports"
        way = soup_of(teacher, reverse("courses:list")).find("a", href=reverse("courses:my_courses"))
        assert text_of(way) == "Courses in which I am enrolled"

    def test_whoever_opens_no_course_is_offered_those_they_attend(self, teacher: Client) -> None:
        assert text_of(soup_of(teacher, "/").select_one(".places")) == "Home My courses"

    def test_as_many_queries_for_one_course_as_for_twelve(self, teacher: Client) -> None:
        costs = []
        for number in (1, 11):
            for _ in range(number):
                course = self.teach(with_database=True)
                EnrolmentFactory(method=MethodFactory(course=course))
            costs.append(cost_of(teacher, "/"))
        assert costs[0] == costs[1] <= 14


class TestStudent:
    @pytest.fixture
    def student(self, client: Client) -> Client:
        return sign_in(client, UserFactory(username="22601234"))

    def test_titles_of_the_courses_attended_and_nothing_else(self, student: Client) -> None:
        person = PersonFactory(username="22601234")
        EnrolmentFactory(course=CourseFactory(code="BOT1", title="Botanique"), person=person)
        EnrolmentFactory(course=CourseFactory(title="Caché", visible=False), person=person)
        EnrolmentFactory(course=CourseFactory(title="Fini"), person=person, ends_at=MORNING - timedelta(days=1))
        EnrolmentFactory(course=CourseFactory(title="Suspendu"), person=person, suspended_by="hand")
        EnrolmentFactory(course=CourseFactory(title="Autre"))
        soup = soup_of(student, "/")
        assert [text_of(line) for line in soup.select(".lines > li")] == ["Botanique BOT1 · Ecampus · 2026-2027"]
        assert soup.select(".lines a") == []

    def test_nobody_is_told_whom_to_ask(self, student: Client) -> None:
        assert "You are enrolled in no course" in text_of(soup_of(student, "/").select_one(".empty"))
