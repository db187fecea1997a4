"""Landing of the configured sources: the lease is kept while a server is read, whoever listens is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cohorts import landing
from cohorts.landing import beat_of, heard_by
from cohorts.sources.configured import configured_sources
from cohorts.sources.protocol import LISTS
from enrolhub.sync.lease import LeaseLost, take_lease
from enrolhub.sync.models import Run

pytestmark = pytest.mark.django_db


def run_of_a_night() -> Run:
    return Run.objects.create(kind="night", lane="night")


def test_reading_for_long_renews_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of_a_night()
    lease = take_lease(run.pk)
    nearly = timezone.now() + timedelta(seconds=5)
    Run.objects.update(lease_until=nearly)
    monkeypatch.setattr(landing, "BEAT_SECONDS", -1)
    beat_of(lease)("annuaire", 500)
    run.refresh_from_db()
    assert run.lease_until is not None
    assert run.lease_until > nearly


def test_whoever_lost_the_run_stops_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = take_lease(run_of_a_night().pk)
    Run.objects.update(fence=99)
    monkeypatch.setattr(landing, "BEAT_SECONDS", -1)
    with pytest.raises(LeaseLost):
        beat_of(lease)("annuaire", 500)


def test_a_listener_hears_of_each_list_within_its_block_only() -> None:
    heard: list[tuple[str, int]] = []
    beat = beat_of(take_lease(run_of_a_night().pk))
    with heard_by(lambda name, rows: heard.append((name, rows))):
        beat("annuaire", 500)
    beat("annuaire", 1000)
    assert heard == [("annuaire", 500)]


def test_without_settings_the_folder_is_the_only_source() -> None:
    [source] = configured_sources()
    assert (source.kind, len(source.lists)) == ("exchange_files", 8)


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"LDAP_URL": "ldaps://ldap"}, {"directory_ldap": 1, "exchange_files": 7}),
        ({"LDAP_URL": "ldaps://ldap", "LDAP_REGISTRATIONS": True}, {"directory_ldap": 2, "exchange_files": 6}),
        ({"APOGEE_DATABASE_URL": "postgresql://apogee"}, {"apogee_sql": 7, "exchange_files": 1}),
        (
            {"APOGEE_DATABASE_URL": "postgresql://apogee", "LDAP_URL": "ldaps://ldap", "LDAP_REGISTRATIONS": True},
            {"apogee_sql": 7, "directory_ldap": 1},
        ),
    ],
)
def test_every_list_has_one_source(settings: Any, changed: dict[str, Any], kinds: dict[str, int]) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    sources = configured_sources()
    assert {source.kind: len(source.lists) for source in sources} == kinds
    assert sorted(name for source in sources for name in source.lists) == sorted(LISTS)
