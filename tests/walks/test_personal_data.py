"""Personal data in a real Chromium: from the footer to one's own data and the file; nothing for axe, no sideways scroll."""

import json
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole, User
from enrolhub.access.trail import record_event
from tests.factories import ChangeFactory, DeliveryFactory, EnrolmentFactory, PersonFactory, SiteRoleFactory
from tests.walks.accessibility import in_each_look, violations_on
from tests.walks.visits import Scheme, visit_as

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


@pytest.mark.slow
@in_each_look
def test_from_the_footer_to_one_s_own_data(
    browser: Browser,
    live_server: LiveServer,
    operator: User,
    tmp_path: Path,
    language: str,
    scheme: Scheme,
    width: int,
) -> None:
    client = Client()
    client.force_login(operator)
    with visit_as(client, browser, live_server, language, scheme, width) as visit:
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


def look_at(page: Page) -> None:
    page.wait_for_load_state()
    assert violations_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
