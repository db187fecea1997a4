"""Settings in force: on the trail when a process starts with others than the last one, and never a secret."""

import pytest
from django.db import OperationalError
from pytest_django import Settings

from enrolhub.access import configuration
from enrolhub.access.configuration import note_settings, settings_in_force, shown
from enrolhub.access.models import Attempts, Event

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery"  # a word to look for


def told() -> list[tuple[str, dict[str, list[str]]]]:
    events = Event.objects.filter(action="settings").order_by("pk")
    return [(event.target, event.detail["changed"]) for event in events]


def test_what_changed_is_told_before_and_after(settings: Settings) -> None:
    note_settings("web")
    note_settings("web")
    assert told() == [("web", {})]
    settings.GUARD_RUN_COUNT, settings.LDAP_PASSWORD = 80, SECRET
    note_settings("web")
    [_first, (_web, changed)] = told()
    assert changed["GUARD_RUN_COUNT"] == ["50", "80"]
    assert set(changed) == {"GUARD_RUN_COUNT", "LDAP_PASSWORD"}
    assert SECRET not in str(list(Event.objects.values_list("detail", flat=True)))


def test_processes_that_start_together_write_one_line() -> None:
    note_settings("web")
    Event._meta.base_manager.filter(action="settings")._raw_delete("default")
    note_settings("web")  # as if it had looked before the first one wrote
    assert told() == []
    Attempts.objects.all().delete()
    note_settings("worker")
    assert told() == [("worker", {})]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LDAP_PASSWORD", SECRET),
        ("METRICS_TOKEN", SECRET),
        ("SECRET_KEY", SECRET),
        ("APOGEE_DATABASE_URL", f"oracle+oracledb://reader:{SECRET.replace(' ', '-')}@host/?service_name=apogee"),
        ("DATABASES", {"default": {"HOST": "db", "PASSWORD": SECRET}}),
    ],
)
def test_a_secret_is_a_print(name: str, value: object) -> None:
    words = shown(name, value)
    assert "horse" not in words
    assert words != shown(name, "")


def test_every_guard_and_every_secret_is_watched() -> None:
    watched = settings_in_force()
    assert {
        "GUARD_RUN_COUNT",
        "LDAP_PASSWORD",
        "SECRET_KEY",
        "DATABASES",
        "AXES_FAILURE_LIMIT",
        "CAS_SERVER_URL",
    } <= set(watched)
    assert all(isinstance(value, str) for value in watched.values())


def test_a_database_that_is_away_keeps_nobody_from_starting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr(configuration, "_note", away)
    note_settings("web")
    assert "could not be compared" in caplog.text
    assert SECRET not in caplog.text
