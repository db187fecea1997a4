"""The audit trail in a real Chromium: an auditor narrows it, reads an event; nothing for axe, no sideways scroll."""

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole
from enrolhub.access.trail import record_event
from tests.factories import SiteRoleFactory
from tests.walks.accessibility import in_each_look, violations_on
from tests.walks.visits import Scheme, visit_as

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


@pytest.mark.slow
@in_each_look
def test_an_auditor_reads_the_trail(
    browser: Browser, live_server: LiveServer, auditor: Client, language: str, scheme: Scheme, width: int
) -> None:
    with visit_as(auditor, browser, live_server, language, scheme, width) as visit:
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


def look_at(page: Page) -> None:
    assert violations_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
