"""The page of the sources: what each gave, what was refused, and the trial of an operator."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from cohorts.models import Snapshot
from cohorts.source_states import states_of
from cohorts.sources.configured import configured_sources
from enrolhub.access.models import Event, SiteRole
from tests.factories import (
    ExtractFileFactory,
    RunFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
)
from tests.registers import Registers

pytestmark = pytest.mark.django_db
PAGE, TRY = "/sources/", "/sources/try/"


def visitor(kind: SiteRole.Kind) -> Client:
    user = UserFactory.create(username=kind.value)
    SiteRoleFactory(user=user, kind=kind)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db: None) -> Client:
    return visitor(SiteRole.Kind.OPERATOR)


@pytest.fixture(autouse=True)
def english() -> None:
    translation.activate("en")


def extract(rows: int = 100, **fields: object) -> Snapshot:
    """An accepted extract of the folder with a directory of so many rows."""
    snapshot: Snapshot = SnapshotFactory.create(**{"extracted_at": timezone.now(), "run": RunFactory.create()} | fields)
    SnapshotFileFactory(snapshot=snapshot, file=ExtractFileFactory(row_count=rows, rejected_count=2))
    return snapshot


def refused(code: str = "manifest_missing", **params: object) -> None:
    problem = {"code": code, "file": "manifest.json", "line": 3, "params": {"folder": "/extracts", **params}}
    SnapshotFactory(verdict="refused", accepted=False, extracted_at=None, problems=[problem], run=RunFactory())


def soup(response: Any) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def part_of(page: BeautifulSoup, title: str) -> Tag:
    """The panel under this title."""
    part = page.select_one(f"[aria-labelledby={title}]")
    assert part is not None
    return part


def badge() -> str:
    [state] = states_of(configured_sources(), timezone.now())
    return str(state.badge.word)


def test_a_source_that_was_never_read_says_so(operator: Client) -> None:
    assert badge() == "Never read"
    assert soup(operator.get(PAGE)).select(".state-quiet") != []


def test_the_badge_says_the_worst_that_is_true() -> None:
    extract()
    assert badge() == "Complete"
    extract(verdict="partial", problems=[{"code": "list_empty", "file": "annuaire.csv"}])
    assert badge() == "Incomplete"
    extract(extracted_at=timezone.now() - timedelta(hours=27))
    assert badge() == "Old"
    refused()
    assert badge() == "Refused"


def test_a_list_shows_its_counts_its_difference_and_a_picture(operator: Client) -> None:
    for rows in (100, 104, 101):
        extract(rows)
    [state] = states_of(configured_sources(), timezone.now())
    [line] = state.lines
    assert (line.rows, line.difference, line.rejected, list(line.counts)) == (101, -3, 2, [100, 104, 101])
    picture = soup(operator.get(PAGE)).select_one("svg.spark title")
    assert picture is not None
    assert ": " in picture.text
    assert "100" in picture.text


def test_the_last_refusals_are_told_with_their_reasons_and_runs(operator: Client) -> None:
    extract()
    refused()
    page = soup(operator.get(PAGE))
    part = part_of(page, "refusals-title")
    assert "/extracts" in part.text
    assert "3" in part.text
    assert part.find("a") is not None


def test_a_sample_is_of_the_list_that_is_asked_for(operator: Client, registers: Registers) -> None:
    registers.night()
    page = soup(operator.get(PAGE, {"list": "annuaire"}))
    rows = [[cell.text for cell in row.find_all("td")] for row in page.select("#sample tbody tr")]
    assert [cell.text for cell in page.select("#sample thead th")][:3] == ["uid", "supannAliasLogin", "supannEtuId"]
    assert len(rows) == 5
    assert {row[4] for row in rows} <= {f"Nom e{number}" for number in range(1, 13)}
    assert soup(operator.get(PAGE, {"list": "nonsense"})).select("#sample") == []


def test_only_an_operator_tries_the_settings(registers: Registers, settings: Settings) -> None:
    settings.ENROLHUB_SOURCES_DIR = registers.write()
    staff = visitor(SiteRole.Kind.STAFF)
    assert TRY not in staff.get(PAGE).content.decode()
    assert staff.post(TRY).status_code == 404
    operator = visitor(SiteRole.Kind.OPERATOR)
    page = soup(operator.post(TRY))
    trial = part_of(page, "trial-title")
    assert "e1@exemple.fr" in trial.text
    assert not Snapshot.objects.exists()
    assert Event.objects.get(action="sources_tried").count == 1


def test_a_trial_that_fails_names_the_remedy(operator: Client, settings: Settings, tmp_path: Path) -> None:
    settings.ENROLHUB_SOURCES_DIR = tmp_path
    trial = part_of(soup(operator.post(TRY)), "trial-title")
    assert "manifest.json" in trial.text
    assert str(tmp_path) in trial.text
