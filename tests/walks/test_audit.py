"""The audit trail in a real Chromium: an auditor narrows it, reads an event; nothing for axe, no sideways scroll."""

from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole
from enrolhub.access.trail import record_event
from tests.factories import SiteRoleFactory
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> Client:
    for number in range(30):
        record_event("cemu", "export", f"DRO{number}", count=1412, filter="role=student", format="xlsx")
    record_event(
        "zoe", "access_refused", "/courses/DRO1/participants/une-adresse-tres-longue-qui-ne-finit-pas/", method="GET"
    )
    settings = {f"GUARD_{number}": "a" * 90 for number in range(3)}
    record_event("", "settings", "web", count=1, changed={"GUARD_1": [None, "a" * 90]}, in_force=settings)
    client = Client()
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.AUDITOR, user__username="auditor").user)
    return client


@in_each_look
def test_an_auditor_reads_the_trail(
    browser: Browser, live_server: LiveServer, auditor: Client, language: str, scheme: Any, width: int
) -> None:
    size: ViewportSize = {"width": width, "height": 900}
    visit = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    cookies = {site.SESSION_COOKIE_NAME: auditor.cookies[site.SESSION_COOKIE_NAME].value}
    cookies[site.LANGUAGE_COOKIE_NAME] = language
    visit.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = visit.new_page()
    page.goto(f"{live_server.url}/audit/")
    look_at(page)
    page.goto(f"{live_server.url}/audit/?outcome=refused")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    look_at(page)
    page.goto(f"{live_server.url}/audit/?action=settings")
    page.locator("#list tbody th a").first.click()
    page.locator("details.unfold > summary").click()
    look_at(page)
    visit.close()


def look_at(page: Page) -> None:
    assert violations_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
