"""Personal data in a real Chromium: from the footer to one's own data and the file; nothing for axe, no sideways scroll."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole, User
from enrolhub.access.trail import record_event
from tests.factories import ChangeFactory, DeliveryFactory, EnrolmentFactory, PersonFactory, SiteRoleFactory
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> User:
    """An operator who is somebody of the directory, too; a purge was cut short."""
    user: User = SiteRoleFactory(kind=SiteRole.Kind.OPERATOR, user__username="operator").user
    person = PersonFactory(username="operator")
    EnrolmentFactory(person=person)
    DeliveryFactory(person=person)
    ChangeFactory(person="operator", member=person.pk)
    record_event("", "purge", count=3, messages=3, complete=False)
    return user


@in_each_look
def test_from_the_footer_to_one_s_own_data(
    browser: Browser,
    live_server: LiveServer,
    operator: User,
    tmp_path: Path,
    language: str,
    scheme: Any,
    width: int,
) -> None:
    client = Client()
    client.force_login(operator)
    size: ViewportSize = {"width": width, "height": 900}
    visit = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    cookies = {site.SESSION_COOKIE_NAME: client.cookies[site.SESSION_COOKIE_NAME].value}
    cookies[site.LANGUAGE_COOKIE_NAME] = language
    visit.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = visit.new_page()
    page.goto(f"{live_server.url}/accessibility/")
    page.locator(".footer a[href='/personal-data/']").click()
    look_at(page)
    page.locator("main a[href='/personal-data/own/']").click()
    look_at(page)
    with page.expect_download() as taken:
        page.locator("main a[download]").click()
    taken.value.save_as(tmp_path / "data.json")
    assert json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))["about"] == "operator"
    visit.close()


def look_at(page: Page) -> None:
    page.wait_for_load_state()
    assert violations_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
