"""Deciding on held departures from a browser: what is shown, what a form does, who may."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort
from courses.actions import add_methods
from courses.models import Course, Enrolment, Method
from enrolhub.access.models import Event, SiteRole
from enrolhub.sync import start
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Hold, Run
from enrolhub.sync.undo import request_undo
from tests.factories import HoldFactory, PhaseFactory, RunFactory, SiteRoleFactory, role
from tests.html import cells_of, soup_of, text_of
from tests.registers import Registers, course, enrolled, logins, members, method_of

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"


def report_of(client: Client, run: Run) -> BeautifulSoup:
    return soup_of(client, reverse("sync:run", args=[run.pk]))


def ticked(soup: BeautifulSoup, *names: str) -> list[str]:
    """What the form would send for the lines of these lists, or of all of them."""
    rows = soup.select(".held tbody tr")
    found = [row for row in rows if not names or any(name in text_of(row) for name in names)]
    return [str(box["value"]) for row in found for box in row.select("input[name=hold]")]


def decide(client: Client, run: Run, verdict: str, hold: list[str], comment: str = "checked", **more: str) -> str:
    """Send the form; the words that the next page greets with."""
    fields = {"verdict": verdict, "hold": hold, "comment": comment, **more}
    response = client.post(reverse("sync:decide", args=[run.pk]), fields, follow=True)
    assert response.status_code == 200
    return text_of(BeautifulSoup(response.content, "html.parser").select_one("#toasts"))


class TestForm:
    def test_everything_is_ticked_and_says_what_follows(
        self, staff: Client, registers: Registers, space: Course
    ) -> None:
        registers.night()
        health, linked = course("SANTE", feeding="collegium"), course("LIEN")
        add_methods(
            [
                Method(course=health, kind="cohort_sync", source_cohort=Cohort.objects.get(code=L1), role=role()),
                Method(course=linked, kind="meta_link", source_course=health, role=role()),
            ]
        )
        registers.night()
        person = Enrolment.objects.filter(person__username="e1")[0].person
        Enrolment.objects.create(method=method_of(space, "manual"), person=person, role=role())
        registers.leave(1, 2, 3, 4, 5)
        soup = report_of(staff, registers.night())
        boxes = soup.select("#holds input[name=hold]")
        assert (len(boxes), all(box.has_attr("checked") for box in boxes)) == (2, True)
        assert "5 enrolments follow" in text_of(soup.select("#holds tbody tr")[0])
        assert "SANTE" in text_of(soup.select("#holds tbody tr .cases")[0])
        words = text_of(soup.select_one(".held-ways"))
        assert "10 enrolments in courses follow" in words  # five in the course, five in the one linked to it
        assert "1 person stays in the course by another method." in words

    def test_what_is_ticked_is_approved(self, staff: Client, held: Run, space: Course) -> None:
        words = decide(staff, held, "approve", ticked(report_of(staff, held), "INF101-26"), "seen with the registrar")
        assert words == "Approved: 5 departures are applied."
        assert (len(enrolled(space)), len(members(L1))) == (7, 12)
        hold = Hold.objects.get(state="approved")
        assert (str(hold.decided_by), hold.comment) == ("cemu", "seen with the registrar")
        note = text_of(report_of(staff, held).select_one("#report"))
        assert "5 approved by cemu" in note
        assert "seen with the registrar See what was applied" in note

    @pytest.mark.slow
    def test_many_at_once(self, staff: Client, held: Run, space: Course) -> None:
        decide(staff, held, "approve", ticked(report_of(staff, held)))
        assert (enrolled(space), members(L1)) == (logins(range(6, 13)), logins(range(6, 13)))
        assert report_of(staff, held).select("#holds") == []

    def test_what_is_rejected_stays(self, staff: Client, held: Run, space: Course) -> None:
        assert (
            decide(staff, held, "reject", ticked(report_of(staff, held))) == "Rejected: 10 departures. Nobody leaves."
        )
        assert (len(enrolled(space)), set(Hold.objects.values_list("state", flat=True))) == (12, {"rejected"})

    def test_what_waits_is_noted_and_still_asked(self, staff: Client, held: Run) -> None:
        assert "Nothing is decided" in decide(staff, held, "wait", ticked(report_of(staff, held), L1), "asked Anne")
        assert len(report_of(staff, held).select("#holds tbody tr")) == 2
        assert Event.objects.get(action="wait").detail == {"scopes": [L1], "comment": "asked Anne"}

    def test_without_a_reason_nothing_is_decided(self, staff: Client, held: Run) -> None:
        assert "Say why" in decide(staff, held, "approve", ticked(report_of(staff, held)), "  ")
        assert set(Hold.objects.values_list("state", flat=True)) == {"waiting"}

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("hold", "verdict", "words"),
        [
            ([], "approve", "Nothing is chosen."),
            (["x", "1e9:", "-1:a", "9" * 30 + ":a", "²:a"], "approve", "Nothing is chosen."),
            (None, "please", "Choose to approve"),
        ],
    )
    def test_nonsense_is_refused(
        self, staff: Client, held: Run, hold: list[str] | None, verdict: str, words: str
    ) -> None:
        boxes = ticked(report_of(staff, held)) if hold is None else hold
        assert words in decide(staff, held, verdict, boxes)
        assert set(Hold.objects.values_list("state", flat=True)) == {"waiting"}

    def test_the_holds_of_another_run_are_nobodys(self, staff: Client, held: Run) -> None:
        other = HoldFactory(scope__phase=PhaseFactory(run=RunFactory()))
        assert "Nothing is chosen." in decide(staff, held, "approve", [f"{other.pk}:{other.digest}"])

    @pytest.mark.slow
    def test_other_departures_than_those_seen_are_refused(self, staff: Client, held: Run, space: Course) -> None:
        seen = ticked(report_of(staff, held), "INF101-26")
        Hold.objects.filter(scope__code="INF101-26").update(digest="1" * 64)
        assert "changed since you looked" in decide(staff, held, "approve", seen)
        assert len(enrolled(space)) == 12

    @pytest.mark.slow
    def test_a_second_click_finds_it_done(self, staff: Client, held: Run, space: Course) -> None:
        seen = ticked(report_of(staff, held))
        decide(staff, held, "approve", seen)
        assert "Approved already" in decide(staff, held, "approve", seen)
        assert Run.objects.filter(kind="approval").count() == 1

    def test_a_list_that_moved_is_shown_again(self, staff: Client, held: Run, space: Course) -> None:
        seen = ticked(report_of(staff, held))
        Enrolment.objects.filter(person__username="e1").delete()
        words = decide(staff, held, "approve", seen)
        assert "Approved: 5 departures are applied." in words
        assert "INF101-26. It was planned again" in words
        [row] = cells_of(report_of(staff, held), "#holds tbody tr")
        assert (row[1], row[2][:2], row[3:5]) == ("Cours INF101-26 INF101-26", "11", ["4", "7"])

    def test_many_departures_are_left_to_a_worker(
        self, staff: Client, held: Run, space: Course, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(start, "AT_ONCE", 3)
        assert "are being applied" in decide(staff, held, "approve", ticked(report_of(staff, held)))
        approval = Run.objects.latest("pk")
        assert (approval.kind, approval.state, len(enrolled(space))) == ("approval", "waiting", 12)
        attempt_run(approval)
        assert len(enrolled(space)) == 7

    def test_more_lists_than_are_shown_can_be_decided_at_once(self, staff: Client, held: Run) -> None:
        phase = held.phases.get(relation="database")
        for _ in range(25):
            HoldFactory(scope__phase=phase, scope__departures=0)
        box = report_of(staff, held).select_one("input[name=everything]")
        assert box is not None
        assert "27 lists" in text_of(box.find_parent(class_="check"))
        decide(staff, held, "reject", [], everything=str(box["value"]))
        assert Hold.objects.filter(state="rejected").count() == 27

    @pytest.mark.slow
    def test_all_lists_are_bound_to_what_was_seen_too(self, staff: Client, held: Run) -> None:
        words = decide(staff, held, "reject", [], everything="0" * 64)
        assert "changed since you looked" in words
        assert set(Hold.objects.values_list("state", flat=True)) == {"waiting"}

    @pytest.mark.slow
    def test_what_was_undone_leads_to_the_undo(self, staff: Client, registers: Registers, space: Course) -> None:
        registers.night()
        registers.leave(1)
        undo = attempt_run(request_undo(registers.night()))
        soup = report_of(staff, registers.night())
        links = {str(link["href"]) for link in soup.select("#holds tbody a") if "undo" in text_of(link)}
        assert links == {reverse("sync:run", args=[undo.pk])}

    def test_above_the_high_limit_the_author_cannot(self, staff: Client, registers: Registers, space: Course) -> None:
        author = SiteRole.objects.get(user__username="cemu").user
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        held = registers.night(author=author)
        soup = report_of(staff, held)
        button = soup.select_one("button[value=approve]")
        assert button is not None
        assert button.has_attr("disabled")
        assert "Ask somebody else" in decide(staff, held, "approve", ticked(soup))
        assert len(enrolled(space)) == 12


class TestPage:
    def test_everything_that_waits_run_by_run(self, staff: Client, held: Run, space: Course) -> None:
        HoldFactory(scope__phase=PhaseFactory(run=RunFactory()), scope__departures=4)
        soup = soup_of(staff, reverse("sync:holds"))
        heads = [text_of(head) for head in soup.select(".held h2")]
        assert heads == [
            "4 departures held in 1 list: a decision is awaited",
            "10 departures held in 2 lists: a decision is awaited",
        ]
        assert decide(staff, held, "approve", ticked(soup, "INF101-26"), list="1").startswith("Approved")

    @pytest.mark.slow
    def test_home_and_the_list_of_runs_lead_there(self, staff: Client, held: Run) -> None:
        for name in ("courses:home", "sync:runs"):
            assert soup_of(staff, reverse(name)).select_one(f'a[href="{reverse("sync:holds")}"]')

    def test_nothing_waits(self, staff: Client, db: Any) -> None:
        assert "no decision is awaited" in text_of(soup_of(staff, reverse("sync:holds")).select_one(".empty"))

    @pytest.mark.parametrize(("kind", "forms"), [("auditor", 0), ("approver", 1), ("operator", 1), ("staff", 1)])
    def test_who_may_decide_and_who_may_only_look(self, client: Client, held: Run, kind: str, forms: int) -> None:
        client.force_login(SiteRoleFactory(kind=kind).user)
        soup = soup_of(client, reverse("sync:holds"))
        assert (len(soup.select(".held")), len(soup.select(".held form"))) == (1, forms)
        response = client.post(reverse("sync:decide", args=[held.pk]), {})
        assert response.status_code == (302 if forms else 404)


class TestEvidence:
    """What stands behind a hold: why each would go, by which source row they came, when the list last changed."""

    def test_reasons_origins_and_the_last_change_of_each_list(
        self, staff: Client, registers: Registers, space: Course
    ) -> None:
        first = registers.night()
        registers.leave(12)
        registers.night()
        registers.leave(1, 2, 3, 4)
        registers.close_account(5)
        [row] = [
            row for row in report_of(staff, registers.night()).select("#holds tbody tr") if "INF101-26" in text_of(row)
        ]
        cells = row.select("td, th")
        assert text_of(cells[2]).startswith("11 before: +0 −1, ")
        words = [text_of(item) for item in row.select(".unfold .cases li")]
        assert words[:2] == ["4 : no administrative registration any more", "1 : account closed"]
        assert words[2].startswith("Nom e1 Camille : no administrative registration any more ; came by ")
        assert next(str(link["href"]) for link in row.select(".cases a")) == "/people/e1/"
        assert "inscriptions_pedagogiques.csv:" in words[2]
        assert words[2].endswith(text_of(report_of(staff, first).select_one("h1")))

    @pytest.mark.slow
    def test_dry_runs_and_what_was_only_held_are_no_last_change(
        self, staff: Client, registers: Registers, space: Course
    ) -> None:
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        registers.night(dry_run=True)
        registers.night()
        rows = report_of(staff, registers.night()).select("#holds tbody tr")
        assert len(rows) == 2
        assert all("before: +12 −0, " in text_of(row) for row in rows)
