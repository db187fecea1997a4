"""« Pourquoi ? » in a real Chromium: from a course to a missing person's answer, copied, without a script too; nothing for axe."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from courses.actions import add_methods
from courses.models import Method
from enrolhub.access.models import SiteRole, User
from tests.factories import SiteRoleFactory, role
from tests.registers import Registers, course
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> User:
    user: User = SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="staff").user
    return user


@pytest.fixture
def university(tmp_path: Path) -> Registers:
    """Two nights: people in a course, one who left it, one held by nothing but missing, a link to it."""
    registers = Registers(tmp_path / "extract")
    registers.group("10", 1, 2, code="TD1")
    registers.person("e20", number="00000020")
    registers.register(20)
    source, linked = course("INF101", "INF101"), course("LINK1", feeding="collegium")
    add_methods([Method(course=linked, kind="meta_link", source_course=source, role=role())])
    registers.night()
    registers.leave(3)
    registers.close_account(4)
    registers.night()
    return registers


def sign_in(visit: BrowserContext, server: LiveServer, user: User, language: str = "en") -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    names = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in names.items()])


ADDRESSES = (
    "/courses/INF101/people/e1/",
    "/courses/INF101/people/e3/",
    "/courses/INF101/people/e4/",
    "/courses/INF101/people/e20/",
    "/courses/LINK1/people/e20/",
    "/courses/INF101/people/",
    "/courses/INF101/people/?q=nom",
    "/courses/INF101/people/?q=nobody-at-all",
    "/people/",
    "/people/?q=zzz",
    "/people/e1/",
    "/people/e1/?course=nowhere",
)


@in_each_look
def test_axe_finds_nothing(
    browser: Browser,
    live_server: LiveServer,
    staff: User,
    university: Registers,
    language: str,
    scheme: Any,
    width: int,
) -> None:
    visit = browser.new_context(viewport=ViewportSize(width=width, height=900), color_scheme=scheme)
    sign_in(visit, live_server, staff, language)
    page, found = visit.new_page(), {}
    for address in ADDRESSES:
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('details.unfold').forEach((part) => (part.open = true))")
        found[address] = violations_on(page), page.evaluate("document.documentElement.scrollWidth")
    visit.close()
    assert found == {address: ([], width) for address in ADDRESSES}


@pytest.mark.slow
def test_from_a_course_to_the_answer(page: Page, live_server: LiveServer, staff: User, university: Registers) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    sign_in(page.context, live_server, staff)
    page.goto(f"{live_server.url}/courses/INF101/participants/")
    page.get_by_role("link", name="Somebody is missing?").click()
    page.get_by_label("Person", exact=True).fill("00000020")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(f"{live_server.url}/courses/INF101/people/e20/")
    expect(
        page.get_by_role("heading", name="Not in this course: no pedagogical registration on INF101.")
    ).to_be_visible()
    expect(page.locator(".link-first")).to_contain_text("Broken here.")
    page.get_by_role("button", name="Copy the answer").click()
    expect(page.get_by_role("button", name="Answer copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Not in this course: no pedagogical registration on INF101.")
    assert copied.endswith("/courses/INF101/people/e20/")


@pytest.mark.slow
def test_from_a_person_to_a_course_by_keyboard_alone_and_without_a_script(
    browser: Browser, live_server: LiveServer, staff: User, university: Registers
) -> None:
    visit = browser.new_context(java_script_enabled=False)
    sign_in(visit, live_server, staff)
    page = visit.new_page()
    page.goto(f"{live_server.url}/people/e3/")
    page.get_by_label("Course code").fill("inf101")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/courses/INF101/people/e3/")
    expect(page.locator("#answer")).to_have_text("Not in this course: no administrative registration in 2026-2027.")
    expect(page.get_by_role("button", name="Copy the answer")).to_have_count(0)
    page.locator("summary", has_text="What changed it").last.press("Enter")
    expect(page.get_by_role("link", name="Night of").first).to_be_visible()
    visit.close()
