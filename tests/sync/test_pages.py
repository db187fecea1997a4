"""The pages of runs: their list, the report of one, its ledger; what they show, at what price, to whom."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from enrolhub.access.models import SiteRole
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Change, Hold, Phase, Run, Scope
from tests.factories import (
    NIGHT,
    ChangeFactory,
    CourseFactory,
    FindingFactory,
    HoldFactory,
    MethodFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    UserFactory,
)
from tests.html import cells_of, cost_of, soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    """A browser in which an operator reads English."""
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.OPERATOR).user)
    client.cookies["django_language"] = "en"
    return client


def totals_of(soup: BeautifulSoup) -> dict[str, str]:
    """The strip of totals: word → number."""
    return {
        text_of(item.select_one(".total-word")): text_of(item.select_one(".total-number")).split(" ")[0]
        for item in soup.select(".totals > li")
    }


def change_in(scope: Scope, **fields: Any) -> Change:
    return ChangeFactory(scope=scope, **fields)


class TestList:
    def test_each_run_in_a_row_newest_first(self, operator: Client) -> None:
        RunFactory(scheduled_on="2026-11-17", arrivals=318, departures=41, alterations=27)
        RunFactory(state=Run.State.REFUSED, scheduled_on="2026-11-18", started_at=NIGHT + timedelta(days=1))
        rows = cells_of(soup_of(operator, reverse("sync:runs")))
        assert [(row[0], row[2], row[3], row[4], row[5], row[6], row[7]) for row in rows] == [
            ("Night of 17 to 18 November 2026", "scheduled", "0", "0", "0", "22 min", "Extract refused"),
            ("Night of 16 to 17 November 2026", "scheduled", "318", "41", "27", "22 min", "Done"),
        ]

    def test_a_dry_run_says_so(self, operator: Client) -> None:
        RunFactory(dry_run=True, state=Run.State.PLANNED)
        [row] = cells_of(soup_of(operator, reverse("sync:runs")))
        assert "Dry run" in row[0]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"state": "waiting"}, "Waiting"),
            ({"state": "running"}, "Under way"),
            ({"state": "applied"}, "Done"),
            ({"state": "applied", "resumed": True}, "Done taken up again"),
            ({"state": "applied_with_holds", "held": 114}, "114 departures held"),
            ({"state": "applied_with_holds"}, "Departures held"),
            ({"state": "source_partial", "partial": True}, "Source incomplete"),
            ({"state": "source_partial", "partial": True, "held": 1}, "1 departure held source incomplete"),
            ({"state": "refused"}, "Extract refused"),
            ({"state": "refused", "kind": "approval"}, "Refused"),
            ({"state": "failed", "partial": True, "resumed": True}, "Failed source incomplete, taken up again"),
            ({"state": "stopped"}, "Stopped"),
            ({"state": "planned", "dry_run": True}, "Dry run"),
        ],
    )
    def test_every_state_in_words(self, operator: Client, fields: dict[str, Any], words: str) -> None:
        run = RunFactory(**fields)
        [row] = cells_of(soup_of(operator, reverse("sync:runs")))
        assert row[7] == words
        badge = soup_of(operator, reverse("sync:run", args=[run.pk])).select_one("#run-state")
        assert words.startswith(text_of(badge))

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"state": "refused"}, ["Extract refused: nothing of it is used", "last accepted extract stays in force"]),
            (
                {"state": "refused", "kind": "hand", "message": "hand_moved"},
                ["Refused: nothing was changed", "Select again"],
            ),
            ({"state": "failed"}, ["This run failed before its end", "The next night takes up the rest"]),
            ({"state": "failed", "kind": "hand"}, ["This run failed before its end", "Ask for the rest again"]),
            ({"state": "stopped", "message": "stopped_by_hand"}, ["stopped by hand. What it wrote stands"]),
            ({"partial": True}, ["it may add, never remove"]),
            ({"resumed": True}, ["interrupted, then taken up again where it stood"]),
        ],
    )
    def test_how_a_run_ended_is_explained(self, operator: Client, fields: dict[str, Any], said: list[str]) -> None:
        run = RunFactory(options={"verb": "suspend", "course": "X"}, **fields)
        words = text_of(soup_of(operator, reverse("sync:run", args=[run.pk])).select_one("#report"))
        assert [each for each in said if each not in words] == []
        assert ("extract" in words.lower()) == (
            (fields.get("state") == "refused" and "kind" not in fields) or "partial" in fields
        )

    def test_filters_narrow_by_kind_and_state(self, operator: Client) -> None:
        RunFactory(kind="file", options={"file": "tuteurs.csv"})
        RunFactory(state=Run.State.FAILED)
        assert [row[0] for row in cells_of(soup_of(operator, reverse("sync:runs") + "?kind=file"))] == [
            "File: tuteurs.csv"
        ]
        assert [row[7] for row in cells_of(soup_of(operator, reverse("sync:runs") + "?state=failed"))] == ["Failed"]

    def test_a_value_that_is_no_choice_is_a_note_not_an_empty_list(self, operator: Client) -> None:
        RunFactory()
        soup = soup_of(operator, reverse("sync:runs") + "?state=merry")
        assert "merry" in text_of(soup.select_one(".note-bad"))
        assert cells_of(soup) == []

    def test_past_the_last_page_is_the_last_page(self, operator: Client) -> None:
        for _ in range(25):
            RunFactory()
        soup = soup_of(operator, reverse("sync:runs") + "?page=99")
        assert len(cells_of(soup)) == 5
        assert text_of(soup.select_one(".pages [aria-current]")) == "2"

    def test_as_many_queries_for_one_row_as_for_fifty(self, operator: Client) -> None:
        costs = []
        for number in (1, 50):
            for _ in range(number):
                RunFactory(author=UserFactory())
            costs.append(cost_of(operator, reverse("sync:runs") + "?per_page=100"))
        assert costs[0] == costs[1] <= 14

    def test_nothing_yet_says_what_comes(self, operator: Client) -> None:
        assert "No run yet" in text_of(soup_of(operator, reverse("sync:runs")).select_one(".empty"))


class TestReport:
    def test_totals_lead_to_the_rows_they_count(self, operator: Client) -> None:
        run = RunFactory(arrivals=2, departures=1, alterations=0, unchanged=1500)
        scope = ScopeFactory(phase=PhaseFactory(run=run, arrivals=2, departures=1), arrivals=2, departures=1)
        for action in ("A", "A", "D"):
            change_in(scope, action=action)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert totals_of(soup) == {
            "arrivals": "2",
            "departures applied": "1",
            "departures held": "0",
            "alterations": "0",
            "unchanged": "1,500",
            "findings": "0",
        }
        addresses = [link["href"] for link in soup.select(".totals a")]
        assert [len(cells_of(soup_of(operator, str(address)))) for address in addresses] == [2, 1]

    def test_phases_in_their_order_with_their_figures(self, operator: Client) -> None:
        run = RunFactory()
        PhaseFactory(run=run, relation="sources", busy_ms=252_000)
        PhaseFactory(run=run, relation="people", busy_ms=63_000, arrivals=22, departures=3, alterations=11)
        PhaseFactory(run=run, relation="database", busy_ms=9_000, arrivals=206, departures=142, held=114)
        rows = cells_of(soup_of(operator, reverse("sync:run", args=[run.pk])))
        assert [row[:2] + row[3:] for row in rows] == [
            ["Reading of the sources : Done", "4 min 12 s", "—", "—", "—"],
            ["People : Done", "1 min 03 s", "22", "3", "11"],
            ["Enrolments, database : Departures held", "9 s", "206", "28", "0"],
        ]

    def test_holds_say_how_many_of_how_many_why_and_who(self, operator: Client) -> None:
        run = RunFactory(state=Run.State.APPLIED_WITH_HOLDS, held=12)
        method = MethodFactory(course=CourseFactory(code="SCHI203", title="Chimie organique 2"), kind="database")
        scope = ScopeFactory(
            phase=PhaseFactory(run=run, held=12),
            ref=method.pk,
            code="SCHI203",
            size=40,
            departures=13,
            verdict="hold",
            departed_at=None,
        )
        HoldFactory(scope=scope, reason="scope_medium")
        for number, name in enumerate(["Gosselin", "Hébert", "Jouenne", "Kermarrec"]):
            person = PersonFactory(last_name=name, first_name="Ambre", username=f"2260000{number}")
            change_in(scope, action="D", person=person.username, member=person.pk)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        [row] = cells_of(soup, "#holds tbody tr")
        assert row == [
            "",
            "Chimie organique 2 SCHI203",
            "40",
            "13",
            "27",
            "32.5 % limit 30 %",
            "too large a share of the members",
            "Gosselin Ambre, Hébert Ambre, Jouenne Ambre and 10 others",
        ]

    def test_decided_holds_are_told_and_no_longer_asked(self, operator: Client) -> None:
        run = RunFactory()
        scope = ScopeFactory(phase=PhaseFactory(run=run), departures=7, verdict="hold")
        HoldFactory(scope=scope, state=Hold.State.APPROVED)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert soup.select("#holds") == []
        assert "7 held departures were approved." in text_of(soup.select_one("#report"))

    def test_what_a_dry_run_would_hold_waits_for_nobody(self, operator: Client) -> None:
        run = RunFactory(dry_run=True, state=Run.State.PLANNED)
        HoldFactory(scope__phase=PhaseFactory(run=run), scope__departures=4)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert text_of(soup.select_one("#holds-title")) == "4 departures would be held"
        assert text_of(soup.select_one('.places a[href="/runs/"]')) == "Nights"  # without a count
        assert "Dry run: nothing was written." in text_of(soup.select_one("#report"))

    def test_many_held_scopes_are_listed_up_to_twenty(self, operator: Client) -> None:
        run = RunFactory()
        phase = PhaseFactory(run=run)
        for _ in range(23):
            HoldFactory(scope__phase=phase, scope__departures=2)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert len(soup.select("#holds tbody tr")) == 20
        assert "46 departures held" in text_of(soup.select_one("#holds-title"))
        assert "and 3 other lists" in text_of(soup.select_one("#holds"))

    def test_a_refused_extract_says_file_line_and_column(self, operator: Client) -> None:
        params = {"file": "annuaire.csv", "line": 412, "column": "17", "params": {}}
        run = RunFactory(state=Run.State.REFUSED, message="undecodable", message_params=params)
        note = soup_of(operator, reverse("sync:run", args=[run.pk])).select_one(".note-bad")
        assert note is not None
        assert "annuaire.csv is not UTF-8 text." in text_of(note)
        facts = [text_of(fact) for fact in note.select("dt, dd")]
        assert facts == ["File", "annuaire.csv", "Line", "412", "Column", "17"]

    def test_findings_come_with_their_first_cases(self, operator: Client) -> None:
        run = RunFactory()
        cases = [{"student_number": f"2260000{number}"} for number in range(7)]
        FindingFactory(run=run, code="unknown_students", count=12, cases=cases)
        panel = soup_of(operator, reverse("sync:run", args=[run.pk])).select_one("#findings")
        assert panel is not None
        assert text_of(panel.select_one(".line-title")) == "Students absent from the directory"
        assert [text_of(case) for case in panel.select(".cases li")] == [
            *(f"2260000{number}" for number in range(5)),
            "and 7 others",
        ]

    def test_a_code_that_nobody_words_is_shown_as_it_is(self, operator: Client) -> None:
        run = RunFactory(state=Run.State.FAILED, message="meteor_strike")
        assert "meteor_strike" in text_of(soup_of(operator, reverse("sync:run", args=[run.pk])))

    def test_as_many_queries_whatever_the_report_holds(self, operator: Client) -> None:
        costs = []
        for number in (1, 15):
            run = RunFactory()
            phase = PhaseFactory(run=run)
            for _ in range(number):
                method = MethodFactory(kind="database")
                scope = ScopeFactory(phase=phase, ref=method.pk, departures=1, verdict="hold", departed_at=None)
                HoldFactory(scope=scope)
                change_in(scope, action="D", person=PersonFactory().username)
                FindingFactory(run=run)
            costs.append(cost_of(operator, reverse("sync:run", args=[run.pk])))
        assert costs[0] == costs[1] <= 23


class TestProgress:
    def test_a_live_run_counts_what_is_committed(self, operator: Client) -> None:
        run = RunFactory(state=Run.State.RUNNING, finished_at=None)
        PhaseFactory(run=run, state=Phase.State.PLANNED, scope_count=204, applied_count=132)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert text_of(soup.select_one(".progress-words")) == "Enrolments, database 132 of 204 written, 64 %"
        bar = soup.select_one("progress")
        assert bar is not None
        assert (bar["value"], bar["max"]) == ("132", "204")
        report = soup.select_one("#report")
        assert report is not None
        assert report["hx-get"] == reverse("sync:progress", args=[run.pk])

    def test_an_ended_run_asks_no_more(self, operator: Client) -> None:
        run = RunFactory()
        for name in ("sync:run", "sync:progress"):
            report = soup_of(operator, reverse(name, args=[run.pk])).select_one("#report")
            assert report is not None
            assert "hx-get" not in report.attrs

    def test_the_end_is_announced(self, operator: Client) -> None:
        run = RunFactory()
        soup = soup_of(operator, reverse("sync:progress", args=[run.pk]))
        assert text_of(soup.select_one("#announcement")) == "Done"

    def test_before_the_first_phase_the_sources_are_read(self, operator: Client) -> None:
        run = RunFactory(state=Run.State.RUNNING, finished_at=None)
        soup = soup_of(operator, reverse("sync:run", args=[run.pk]))
        assert text_of(soup.select_one(".progress-words")) == "Reading of the sources reading and comparing"


class TestLedger:
    def test_each_change_in_words(self, operator: Client) -> None:
        run = RunFactory()
        method = MethodFactory(course=CourseFactory(code="SCHI203", title="Chimie organique 2"), kind="database")
        scope = ScopeFactory(phase=PhaseFactory(run=run), ref=method.pk, code="SCHI203")
        person = PersonFactory(last_name="Hébert", first_name="Noé", username="22601234")
        change_in(
            scope,
            action="M",
            person=person.username,
            before=join_facts(["student", "", "", "2027-08-30T22:00:00Z"]),
            after=join_facts(["tutor", "sync", "", "2027-08-30T22:00:00Z"]),
            reason="unit_registration_missing",
            source="inscriptions_pedagogiques.csv:12",
        )
        change_in(scope, action="A", person="gone", after=join_facts(["student", "", "", ""]))
        assert cells_of(soup_of(operator, reverse("sync:changes", args=[run.pk]))) == [
            [
                "Hébert Noé 22601234",
                "Alteration",
                "Chimie organique 2 SCHI203 · Enrolments, database",
                "Role: Student → then Tutor Suspension: nothing → then suspended by the synchronisation",
                "no pedagogical registration any more inscriptions_pedagogiques.csv:12",
                "Applied",
            ],
            [
                "gone gone",
                "Arrival",
                "Chimie organique 2 SCHI203 · Enrolments, database",
                "Role: Student",
                "—",
                "Applied",
            ],
        ]

    @pytest.fixture
    def run(self) -> Run:
        """A run with an applied arrival, a planned one, a held departure and a person's alteration."""
        run: Run = RunFactory()
        people = PhaseFactory(run=run, relation="people")
        phase = PhaseFactory(run=run, relation="database")
        done = ScopeFactory(phase=phase, code="AAA")
        late = ScopeFactory(phase=phase, code="BBB", arrived_at=None, departed_at=None)
        held = ScopeFactory(phase=phase, code="CCC", departed_at=None, verdict="hold")
        PersonFactory(username="p1", last_name="Œuvré", search_key="oeuvre p1")
        change_in(done, action="A", person="p1")
        change_in(late, action="A", person="p2")
        change_in(held, action="D", person="p3", reason="account_closed")
        change_in(ScopeFactory(phase=people, code="annuaire"), action="M", person="p4")
        return run

    @pytest.mark.parametrize(
        ("query", "people"),
        [
            ("", ["p1", "p2", "p3", "p4"]),
            ("relation=people", ["p4"]),
            ("relation=counted", ["p1", "p2", "p3"]),
            ("action=A", ["p1", "p2"]),
            ("effect=applied", ["p1", "p4"]),
            ("effect=planned", ["p2"]),
            ("effect=held", ["p3"]),
            ("scope=BBB", ["p2"]),
            ("scope=bbb", ["p2"]),
            ("person=%C5%93uv", ["p1"]),
            ("person=p3", ["p3"]),
            ("person=%25", []),
            ("reason=account_closed", ["p3"]),
            ("action=A&effect=applied&relation=database", ["p1"]),
        ],
    )
    def test_filters(self, operator: Client, run: Run, query: str, people: list[str]) -> None:
        response = operator.get(f"{reverse('sync:changes', args=[run.pk])}?{query}")
        assert sorted(change.person for change in response.context["list"].records) == people
        assert response.context["list"].problems == []

    @pytest.mark.parametrize(
        "query", ["relation=none", "action=X", "effect=merry", "scope=ZZZ", "reason=because", "sort=person"]
    )
    def test_what_the_address_cannot_ask_is_said_above_the_list(self, operator: Client, run: Run, query: str) -> None:
        soup = soup_of(operator, f"{reverse('sync:changes', args=[run.pk])}?{query}")
        assert query.split("=")[1] in text_of(soup.select_one(".note-bad"))
        assert cells_of(soup) == []

    def test_effects_split_the_ledger(self, run: Run, operator: Client) -> None:
        """Each change has exactly one effect, and the badge says the one that the filter finds it by."""
        address = reverse("sync:changes", args=[run.pk])
        found = {
            effect: [change.effect for change in operator.get(f"{address}?effect={effect}").context["list"].records]
            for effect in ("applied", "held", "planned")
        }
        assert found == {"applied": ["applied"] * 2, "held": ["held"], "planned": ["planned"]}

    def test_as_many_queries_for_one_row_as_for_fifty(self, operator: Client) -> None:
        costs = []
        for number in (1, 50):
            run = RunFactory()
            phase = PhaseFactory(run=run)
            for _ in range(number):
                scope = ScopeFactory(phase=phase, ref=MethodFactory(kind="database").pk)
                change_in(scope, person=PersonFactory().username)
            costs.append(cost_of(operator, reverse("sync:changes", args=[run.pk]) + "?per_page=100"))
        assert costs[0] == costs[1] <= 14
