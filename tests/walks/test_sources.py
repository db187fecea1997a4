"""Sources in a real Chromium: an operator tests the settings before a night; nothing for axe, no sideways scroll."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from cohorts.models import Snapshot
from enrolhub.access.models import SiteRole, User
from tests.factories import ExtractFileFactory, RunFactory, SiteRoleFactory, SnapshotFactory, SnapshotFileFactory
from tests.registers import Registers
from tests.walks.accessibility import in_each_look, violations_on
from tests.walks.visits import Scheme, visit_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> User:
    for rows in (90, 100):
        SnapshotFileFactory(snapshot=SnapshotFactory(run=RunFactory()), file=ExtractFileFactory(row_count=rows))
    problem = {"code": "file_missing", "file": "groupes.csv", "params": {}}
    SnapshotFactory(verdict="refused", accepted=False, extracted_at=None, problems=[problem], run=RunFactory())
    user: User = SiteRoleFactory(kind=SiteRole.Kind.OPERATOR, user__username="operator").user
    return user


@pytest.mark.slow
@in_each_look
def test_an_operator_tests_the_settings(
    browser: Browser,
    live_server: LiveServer,
    operator: User,
    settings: Settings,
    tmp_path: Path,
    language: str,
    scheme: Scheme,
    width: int,
) -> None:
    settings.ENROLHUB_SOURCES_DIR = Registers(tmp_path / "extract").write()
    client = Client()
    client.force_login(operator)
    with visit_as(client, browser, live_server, language, scheme, width) as visit:
        page = visit.new_page()
        page.goto(f"{live_server.url}/sources/?list=annuaire")
        look_at(page)
        page.locator("form[action='/sources/try/'] button").click()
        trial = page.locator("[aria-labelledby=trial-title]")
        expect(trial).to_contain_text("e1@exemple.fr")
        look_at(page)
        assert Snapshot.objects.count() == 3


def look_at(page: Page) -> None:
    assert violations_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
