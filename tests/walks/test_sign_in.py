"""In by the university, asked once more before what weighs, out by the university; in a real browser."""

import http.client
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings as site
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from enrolhub.access.models import SiteRole
from enrolhub.access.sessions import PROVED, UNATTENDED
from enrolhub.sync.models import LimitRaise, Run
from tests.factories import RunFactory, SiteRoleFactory, UserFactory
from tests.servers.cas import CasServer, logout_message, running_cas
from tests.walks.accessibility import violations_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cas(settings: Settings) -> Iterator[CasServer]:
    """The operator is signed in at the university."""
    SiteRoleFactory(user=UserFactory(username="operator", password="!"), kind=SiteRole.Kind.OPERATOR)
    with running_cas() as server:
        server.person = "operator"
        settings.CAS_SERVER_URL = server.address
        settings.AUTHENTICATION_BACKENDS = [*site.AUTHENTICATION_BACKENDS, "enrolhub.access.backends.CasBackend"]
        yield server


def age_the_proof(visit: BrowserContext) -> None:
    """A quarter of an hour goes by in the session of this browser."""
    [key] = [cookie["value"] for cookie in visit.cookies() if cookie["name"] == site.SESSION_COOKIE_NAME]
    session = SessionStore(key)
    session[PROVED] -= 15 * 60
    session.save()


def faults_in_both_looks(page: Page) -> list[str]:
    """What axe finds on a phone in the dark and on a desk by day."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    found = violations_on(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    return found + violations_on(page)


def told_by_the_university(live_server: LiveServer, message: str) -> int:
    """The status by which the site answers the CAS server's word."""
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=60)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/sign-in/university/", urlencode({"logoutRequest": message}), form)
        return connection.getresponse().status
    finally:
        connection.close()


def test_in_by_the_university_asked_again_and_out(
    visit: BrowserContext, page: Page, live_server: LiveServer, cas: CasServer
) -> None:
    page.goto(f"{live_server.url}/limits/")
    assert faults_in_both_looks(page) == []
    page.get_by_role("link", name="Se connecter avec le compte de l’université").click()
    expect(page).to_have_url(f"{live_server.url}/limits/")
    age_the_proof(visit)
    page.get_by_label("Relevée à").fill("20")
    page.get_by_label("Dernier jour").fill(f"{timezone.localdate() + timedelta(days=2)}")
    page.get_by_label("Motif").fill("une rentrée")
    page.get_by_role("button", name="Relever").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez que c’est vous")
    assert faults_in_both_looks(page) == []
    page.get_by_role("link", name="Confirmer avec le compte de l’université").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci, c’est bien vous")
    assert (faults_in_both_looks(page), LimitRaise.objects.count()) == ([], 0)
    page.get_by_role("button", name="Relever une limite").click()
    expect(page.locator("#toasts")).to_contain_text("La limite est relevée.")
    assert LimitRaise.objects.get().reason == "une rentrée"

    run = RunFactory(state=Run.State.RUNNING)
    with page.expect_request(lambda request: request.url.endswith("/progress/")) as asked:
        page.goto(f"{live_server.url}/runs/{run.pk}/")
    assert asked.value.headers[UNATTENDED.lower()] == "1"
    assert told_by_the_university(live_server, logout_message("ST-2-of-the-tests")) == 200
    # The page that follows the run finds out by itself.
    expect(page.get_by_role("link", name="Se connecter avec le compte de l’université")).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}/sign-in/?next=/runs/{run.pk}/")
