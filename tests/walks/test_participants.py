"""The participant list in a real Chromium: it follows its address in place, with and without script; nothing for axe."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import violations_on

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/WALK1/participants/"


@pytest.fixture
def course() -> Course:
    """Thirty students, some of them suspended or in a group, by two methods, and a teacher."""
    made: Course = CourseFactory(code="WALK1", title="Méthodologie du travail universitaire", with_database=True)
    group = GroupFactory(course=made, code="TD1", name="TD 1")
    by_self = MethodFactory(course=made, kind="self")
    for number in range(30):
        person = PersonFactory(username=f"w{number:02}", last_name=f"Bœuf {number:02}", first_name="Éléonore")
        EnrolmentFactory(course=made, person=person, suspended_by="hand" if number % 10 == 3 else "")
        if number % 5 == 0:
            EnrolmentFactory(method=by_self, person=person)
            GroupMemberFactory(group=group, person=person)
    EnrolmentFactory(
        course=made, person=PersonFactory(last_name="Zola", first_name="Anne"), role=role("editingteacher")
    )
    return made


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(SiteRoleFactory(user=UserFactory(username="cemu")).user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def test_the_list_follows_its_address_in_place(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course
) -> None:
    sign_in(visit, live_server)
    page.goto(f"{live_server.url}{LIST}")
    page.evaluate("() => { window.loadedOnce = true; }")
    announced = page.locator("#announced")
    expect(announced).to_contain_text("31")
    page.locator(".filters details.menu summary").click()
    page.locator(".filters .menu-item", has_text="Groupe").click()
    page.locator("#value-group").select_option("TD1")
    expect(announced).to_contain_text("6")
    page.locator("#filter-q").fill("boeuf 1")
    expect(announced).to_contain_text("2")
    expect(page.locator("#filter-q")).to_be_focused()
    assert page.url.endswith(f"{LIST}?q=boeuf+1&group=TD1")
    page.locator("tbody .opens").first.press("Enter")
    expect(page.locator(".unfolded .seats tbody tr")).to_have_count(2)
    page.go_back()
    expect(page.locator(".unfolded .seats")).to_have_count(0)
    page.go_back()
    expect(announced).to_contain_text("6")
    page.locator("th.col-status a").click()
    expect(page.locator("th.col-status")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("() => window.loadedOnce")


def test_without_script_the_form_finds_the_same(browser: Browser, live_server: LiveServer, course: Course) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server)
    tab = context.new_page()
    tab.goto(f"{live_server.url}{LIST}?add=group")
    tab.locator("#value-group").select_option("TD1")
    tab.locator("#filter-q").fill("boeuf 1")
    tab.locator(".filters button[type=submit]").click()
    expect(tab.locator("tbody tr")).to_have_count(2)
    tab.locator("tbody .opens").first.click()
    expect(tab.locator(".unfolded .seats tbody tr")).to_have_count(2)
    context.close()


# Each language with each scheme, each scheme with each width.
@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("fr", "light", 1280), ("fr", "dark", 360), ("en", "light", 360), ("en", "dark", 1280)],
)
def test_nothing_for_axe_and_no_sideways_scroll(
    browser: Browser, live_server: LiveServer, course: Course, language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sign_in(context, live_server, language)
    tab = context.new_page()
    found = {}
    for query in ("", "?status=suspended&group=TD1&group_match=none&inactive=30d&q=a&q=b", "?role=boss", "?q=zzzz"):
        tab.goto(f"{live_server.url}{LIST}{query}")
        if width == 360:
            tab.locator("a[href='#criteria']").click()
        elif not query:
            tab.locator("tbody .opens").first.click()
            expect(tab.locator(".seats")).to_be_visible()
        sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[query] = [*violations_on(tab), *(["sideways scroll"] if sideways else [])]
    context.close()
    assert found == {query: [] for query in found}
