"""The page that takes a run back: what it shows, what it does, to whom it opens."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from courses.models import Course, Enrolment
from enrolhub.access.models import Event, User
from enrolhub.sync import start
from enrolhub.sync.models import Run
from tests.factories import EnrolmentFactory, PersonFactory, SiteRoleFactory, UserFactory, role
from tests.held import space_after
from tests.html import cells_of, cost_of, soup_of, text_of
from tests.registers import Registers, course, enrolled, figures, logins
from tests.worlds import once

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(request: pytest.FixtureRequest) -> Course:
    """The course of those nights, or the same before any night."""
    return space_after(request, "night")


def two_nights(registers: Registers) -> Run:
    course("INF101-26", "INF101")
    registers.night()
    registers.leave(1, 2)
    registers.student(13)
    return registers.night()


@pytest.fixture
def night(registers: Registers) -> Run:
    """Two nights: twelve arrive; then e1 and e2 leave and e13 arrives. The second one is given."""
    return once(two_nights, registers)


def address(run: Run, *codes: str) -> str:
    return reverse("sync:undo", args=[run.pk]) + "".join(f"{'&' if n else '?'}scope={c}" for n, c in enumerate(codes))


def totals_of(soup: BeautifulSoup) -> list[str]:
    return [text_of(number) for number in soup.select(".total-number")]


def fields_of(soup: BeautifulSoup) -> dict[str, list[str]]:
    """What the confirming form would send."""
    found: dict[str, list[str]] = {}
    for field in soup.select("form.confirm-bar input[type=hidden]"):
        if field["name"] != "csrfmiddlewaretoken":
            found.setdefault(str(field["name"]), []).append(str(field["value"]))
    return found


def confirm(client: Client, run: Run, *codes: str) -> Run:
    """Confirm what the page shows; the run that did it."""
    response = client.post(reverse("sync:undo", args=[run.pk]), fields_of(soup_of(client, address(run, *codes))))
    undo = Run.objects.latest("pk")
    assert (response.status_code, response.headers["Location"]) == (302, reverse("sync:run", args=[undo.pk]))
    return undo


class TestPreview:
    def test_it_says_who_comes_back_and_who_leaves_and_changes_nothing(self, staff: Client, night: Run) -> None:
        soup = soup_of(staff, address(night, "INF101-26"))
        assert totals_of(soup) == ["2", "1", "0", "0"]
        rows = cells_of(soup, "[aria-labelledby=lines-title] tbody tr")
        assert [row[:2] for row in rows] == [
            ["Nom e1 Camille e1", "Comes back"],
            ["Nom e13 Camille e13", "Leaves again"],
            ["Nom e2 Camille e2", "Comes back"],
        ]
        assert {row[2] for row in rows} == {"Cours INF101-26 INF101-26 · Enrolments, database"}
        assert (rows[0][3], Run.objects.filter(kind="undo").count()) == ("Role: Student", 0)

    def test_conflicts_are_listed_with_what_was_left_and_what_is_found(
        self, staff: Client, night: Run, space: Course
    ) -> None:
        Enrolment.objects.filter(person__username="e13").update(suspended_by="hand")
        soup = soup_of(staff, address(night, "INF101-26"))
        assert totals_of(soup) == ["2", "0", "0", "1"]
        [row] = cells_of(soup, "[aria-labelledby=conflicts-title] tbody tr")
        assert row[:2] == ["Nom e13 Camille e13", "Changed since"]
        assert row[3] == "Suspension: nothing → then suspended by hand"

    def test_the_courses_and_cohorts_of_the_run_are_offered(self, staff: Client, night: Run) -> None:
        soup = soup_of(staff, address(night, "INF101-26"))
        offers = [(str(box["value"]), box.has_attr("checked")) for box in soup.select("input[type=checkbox]")]
        assert offers == [("2026-L1INF", False), ("INF101-26", True)]

    def test_many_rows_come_in_pages(self, staff: Client, registers: Registers, space: Course) -> None:
        for number in range(13, 73):
            registers.student(number)
        night = registers.night()
        soup = soup_of(staff, address(night, "INF101-26"))
        assert (totals_of(soup)[1], len(cells_of(soup, "[aria-labelledby=lines-title] tbody tr"))) == ("72", 50)
        following = soup_of(staff, f"{address(night, 'INF101-26')}&page=2")
        names = [
            row[0] for page in (soup, following) for row in cells_of(page, "[aria-labelledby=lines-title] tbody tr")
        ]
        assert len(set(names)) == 72

    def test_pages_go_on_from_one_list_to_the_next(self, staff: Client, registers: Registers, space: Course) -> None:
        for number in range(13, 43):
            registers.student(number)
        night = registers.night()
        first, last = (soup_of(staff, f"{address(night)}?page={page}") for page in (1, 2))
        rows = [row for page in (first, last) for row in cells_of(page, "[aria-labelledby=lines-title] tbody tr")]
        assert len({(row[0], row[2]) for row in rows}) == len(rows) == 84  # 42 enrolments, 42 cohort members

    def test_the_price_does_not_grow_with_the_rows(self, staff: Client, registers: Registers, space: Course) -> None:
        small = registers.night()
        registers.student(13)
        large = registers.night()
        costs = [cost_of(staff, address(run)) for run in (small, large)]
        assert costs[0] == costs[1]


class TestConfirming:
    def test_it_restores_and_is_itself_taken_back_from_its_own_page(
        self, staff: Client, night: Run, space: Course
    ) -> None:
        undo = confirm(staff, night)
        assert (undo.kind, undo.state, undo.undoes, str(undo.author)) == ("undo", "applied", night, "cemu")
        assert figures(undo) == {"arrivals": 2, "departures": 1}
        assert enrolled(space) == logins(range(1, 13))
        link = soup_of(staff, reverse("sync:run", args=[undo.pk])).select_one(f'a[href="{address(undo)}"]')
        assert link is not None
        confirm(staff, undo)
        assert enrolled(space) == logins(range(3, 14))

    @pytest.mark.slow
    def test_some_courses_alone(self, staff: Client, night: Run, space: Course) -> None:
        undo = confirm(staff, night, "2026-L1INF")
        assert (undo.options["scopes"], figures(undo)) == (["2026-L1INF"], {})
        assert enrolled(space) == logins(range(3, 14))

    def test_what_moved_since_the_preview_is_shown_again(self, staff: Client, night: Run, space: Course) -> None:
        fields = fields_of(soup_of(staff, address(night)))
        Enrolment.objects.filter(person__username="e13").update(suspended_by="hand")
        response = staff.post(reverse("sync:undo", args=[night.pk]), fields)
        soup = BeautifulSoup(response.content, "html.parser")
        assert "Something changed between the preview" in text_of(soup.select_one("[role=alert]"))
        assert not Run.objects.filter(kind="undo").exists()
        assert fields_of(soup)["digest"] != fields["digest"]

    @pytest.mark.parametrize("digest", ["", "0" * 64])
    def test_without_its_preview_nothing_is_taken_back(self, staff: Client, night: Run, digest: str) -> None:
        response = staff.post(reverse("sync:undo", args=[night.pk]), {"digest": digest})
        assert (response.status_code, Run.objects.filter(kind="undo").exists()) == (200, False)

    @pytest.mark.slow
    def test_a_second_confirmation_says_that_it_is_done(self, staff: Client, night: Run) -> None:
        fields = fields_of(soup_of(staff, address(night)))
        staff.post(reverse("sync:undo", args=[night.pk]), fields)
        again = staff.post(reverse("sync:undo", args=[night.pk]), fields)
        assert "taken back already" in again.content.decode()
        assert Run.objects.filter(kind="undo").count() == 1

    @pytest.mark.slow
    def test_a_large_one_is_left_to_a_worker(
        self, staff: Client, night: Run, space: Course, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(start, "AT_ONCE", 2)
        undo = confirm(staff, night)
        assert (undo.state, enrolled(space)) == ("waiting", logins(range(3, 14)))
        page = soup_of(staff, reverse("sync:run", args=[undo.pk]))
        assert "the work goes on" in text_of(page.select_one("#toasts"))

    def test_the_trail_keeps_who_did_it(self, staff: Client, night: Run) -> None:
        undo = confirm(staff, night, "INF101-26")
        event = Event.objects.get(action="undo")
        assert (event.actor, event.target, event.count) == ("cemu", f"run:{night.pk}", 3)
        assert event.detail == {"scopes": ["INF101-26"], "run": undo.pk}

    def test_a_code_that_the_run_did_not_touch_says_so(self, staff: Client, night: Run) -> None:
        assert "did not touch NOWHERE" in text_of(soup_of(staff, address(night, "NOWHERE")).select_one("[role=alert]"))


class TestRights:
    @pytest.fixture
    def teacher(self, client: Client, registers: Registers, night: Run, space: Course) -> Client:
        """A browser in which a teacher of the course has signed in."""
        user: User = UserFactory.create(username="prof")
        EnrolmentFactory(course=space, person=PersonFactory(username="prof"), role=role("editingteacher"))
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    def own(self, run: Run) -> Run:
        Run.objects.filter(pk=run.pk).update(author=User.objects.get(username="prof"), kind="hand")
        return run

    def statuses(self, client: Client, run: Run) -> list[int]:
        names = ("run", "progress", "undo", "changes")
        return [client.get(reverse(f"sync:{name}", args=[run.pk])).status_code for name in names]

    def test_a_teacher_sees_and_takes_back_their_own_run_and_nothing_else(self, teacher: Client, night: Run) -> None:
        assert self.statuses(teacher, night) == [404, 404, 404, 404]
        Run.objects.filter(pk=night.pk).update(author=User.objects.get(username="prof"))
        assert self.statuses(teacher, night) == [404, 404, 404, 404], "an author of a night is no operator"
        self.own(night)
        Course.objects.exclude(code="INF101-26").delete()
        night.phases.exclude(relation="database").delete()
        assert self.statuses(teacher, night) == [200, 200, 200, 404]
        undo = confirm(teacher, night)
        assert self.statuses(teacher, undo) == [200, 200, 200, 404]

    def test_no_link_leads_a_teacher_where_they_may_not_go(self, teacher: Client, night: Run) -> None:
        self.own(night).phases.exclude(relation="database").delete()
        pages = [soup_of(teacher, reverse(f"sync:{name}", args=[night.pk])) for name in ("run", "undo")]
        links = {str(link["href"]) for page in pages for link in page.select("main a[href]")}
        inside = {link for link in links if link.startswith("/")}
        assert {teacher.get(link).status_code for link in inside} == {200}
        assert address(night) in inside

    def test_whoever_lost_the_course_has_lost_what_they_did_there(self, teacher: Client, night: Run) -> None:
        self.own(night).phases.exclude(relation="database").delete()
        Enrolment.objects.filter(person__username="prof").delete()
        assert self.statuses(teacher, night) == [404, 404, 404, 404]

    @pytest.mark.parametrize(
        ("kind", "status"), [("operator", 200), ("staff", 200), ("approver", 404), ("auditor", 404)]
    )
    def test_site_roles(self, client: Client, night: Run, kind: str, status: int) -> None:
        client.force_login(SiteRoleFactory(kind=kind).user)
        assert client.get(address(night)).status_code == status
