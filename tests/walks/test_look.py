"""The frame, the sign-in and the pieces in a real Chromium: nothing for axe, no sideways scroll, everything without a mouse."""

from typing import Any

import pytest
from django.conf import settings
from django.urls import include, path
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import User
from enrolhub.web.pieces import show_pieces
from tests.walks.accessibility import violations_on

PASSWORD = "correct horse battery"
# The sheet of pieces has an address under DEBUG only, and DEBUG is off in tests.
urlpatterns = [path("pieces/", show_pieces), path("", include("enrolhub.urls"))]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]

PAGES = ["/sign-in/", "/accessibility/", "/pieces/"]


@pytest.fixture
def zoe() -> User:
    return User.objects.create_user("zoe", password=PASSWORD, first_name="Zoé", last_name="Quesnel")


def open_menus(page: Page) -> list[str]:
    return page.locator("details.menu[open] > summary").evaluate_all("all => all.map(one => one.ariaLabel)")


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        ("fr", "light", 1280),
        ("fr", "dark", 360),
        *(
            pytest.param(*look, marks=pytest.mark.slow)
            for look in (("fr", "dark", 1280), ("fr", "light", 360), ("en", "light", 360), ("en", "dark", 1280))
        ),
    ],
)
def test_axe_finds_nothing(browser: Browser, live_server: LiveServer, language: str, scheme: Any, width: int) -> None:
    visit = browser.new_context(viewport=ViewportSize(width=width, height=900), color_scheme=scheme)
    visit.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    page = visit.new_page()
    found = {}
    for address in PAGES:
        page.goto(live_server.url + address)
        found[address] = violations_on(page), page.evaluate("document.documentElement.scrollWidth")
    visit.close()
    assert found == {address: ([], width) for address in PAGES}


def test_sign_in_by_keyboard_alone(page: Page, live_server: LiveServer, zoe: User) -> None:
    page.goto(f"{live_server.url}/sign-in/?next=/pieces/")
    page.keyboard.type("zoe")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_password_error")
    page.wait_for_load_state("load")
    assert page.evaluate("document.activeElement.id") == "id_password"
    assert violations_on(page) == []
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".bar-account")
    page.wait_for_load_state("load")
    assert violations_on(page) == []
    page.locator(".bar-account > summary").press("Enter")
    for _ in range(3):  # behind the mails and the sign-in of the account
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/sign-in/")


def test_the_skip_link_comes_first_and_reaches_the_content(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/accessibility/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_one_menu_is_open_at_a_time_and_escape_gives_the_focus_back(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/pieces/")
    page.click(".bar-choice > summary")
    assert len(open_menus(page)) == 1
    page.click(".list-bar .menu > summary")
    assert len(open_menus(page)) == 1
    page.keyboard.press("Escape")
    assert open_menus(page) == []
    assert page.evaluate("document.activeElement.closest('.list-bar') !== null")


def test_a_toast_closes(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/pieces/")
    page.click(".toast-line [data-close]")
    assert page.locator(".toast-line").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_language_and_theme_are_chosen_with_or_without_scripts(
    browser: Browser, live_server: LiveServer, scripts: bool
) -> None:
    visit: BrowserContext = browser.new_context(
        java_script_enabled=scripts, viewport=ViewportSize(width=360, height=800)
    )
    page = visit.new_page()
    page.goto(f"{live_server.url}/accessibility/?from=here")
    page.click(".bar-menu > summary")
    page.click(".bar-menu button[value=dark]")
    page.click(".bar-menu > summary")
    page.click(".bar-menu button[lang=en]")
    html = page.locator("html")
    chosen = html.get_attribute("lang"), html.get_attribute("data-bs-theme"), page.url.removeprefix(live_server.url)
    ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") if scripts else None
    visit.close()
    assert chosen == ("en", "dark", "/accessibility/?from=here")
    assert ground in {None, "rgb(15, 18, 23)"}
