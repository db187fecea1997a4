"""A night holds departures; someone of the CEMU approves some of them, thinks again, and takes them back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course
from enrolhub.access.models import SiteRole
from enrolhub.sync.models import Hold, Run
from tests.factories import SiteRoleFactory
from tests.registers import Registers, course, enrolled, logins, members
from tests.walks.accessibility import violations_on
from tests.walks.test_reading import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def space() -> Course:
    return course("INF101-26", "INF101")


@pytest.fixture
def held(tmp_path: Path, space: Course) -> Run:
    """Of twelve, five would leave the course and its cohort."""
    registers = Registers(tmp_path / "extract")
    registers.night()
    registers.leave(1, 2, 3, 4, 5)
    return registers.night()


@pytest.mark.slow
def test_held_departures_are_approved_and_taken_back(
    visit: BrowserContext, page: Page, live_server: LiveServer, held: Run, space: Course
) -> None:
    sign_in(visit, live_server, SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu").user)
    page.goto(live_server.url)
    page.get_by_role("link", name="Decide on everything that waits").click()
    page.get_by_role("checkbox", name=re.compile("Decide on L1 Informatique|Decide on .*L1")).uncheck()
    # The browser asks for the reason before anything is sent.
    page.get_by_role("button", name="Approve the departures").click()
    assert not Hold.objects.exclude(state="waiting").exists()
    page.get_by_label("Reason of the decision").fill("confirmed by the registrar")
    page.get_by_role("button", name="Approve the departures").click()
    expect(page.locator("#toasts")).to_contain_text("Approved: 5 departures are applied.")
    assert (enrolled(space), len(members("2026-L1INF"))) == (logins(range(6, 13)), 12)

    page.goto(f"{live_server.url}/runs/{held.pk}/")
    expect(page.locator("#report")).to_contain_text("confirmed by the registrar")
    page.get_by_role("link", name="Take back…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take this run back")
    assert violations_on(page) == []
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back: 5 enrolments are as before.")
    assert enrolled(space) == logins(range(1, 13))
    assert violations_on(page) == []
