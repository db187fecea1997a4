"""What supervisors and proxies ask: alive without anything, ready with what the site stands on, said in words of the outside."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from enrolhub.web import probes

ALL_THERE = {"status": "ready", "database": "ok", "migrations": "ok", "broker": "ok", "static": "ok"}
NOWHERE = {"postgresql": ("PORT", "1"), "sqlite": ("NAME", "/nowhere/db.sqlite3")}
ANY_HOST = {"host": "10.0.0.7:8000"}


def ask(address: str, method: str = "GET") -> Any:
    """The answer to somebody who comes by the machine's own address."""
    return Client().generic(method, address, headers=ANY_HOST)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("redirects", [True, False])
def test_alive_needs_no_database_no_host_and_no_encryption(settings: Settings, method: str, redirects: bool) -> None:
    settings.SECURE_SSL_REDIRECT = redirects
    answer = ask("/healthz", method)
    assert (answer.status_code, answer.content) == (200, b'{"status": "alive"}' if method == "GET" else b"")
    assert (answer.headers["Cache-Control"], dict(answer.cookies)) == ("private, no-store", {})


def test_a_page_still_needs_its_host() -> None:
    assert ask("/sign-in/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_only_read(address: str) -> None:
    assert (Client().post(address).status_code, ask(address, "DELETE").status_code) == (405, 400)


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_ready_when_everything_is_there(method: str) -> None:
    answer = ask("/readyz", method)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert method == "HEAD" or answer.json() == ALL_THERE


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_without_its_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, *NOWHERE[connection.vendor])
    answer = ask("/readyz")
    told = ALL_THERE | {"status": "not ready", "database": "missing", "migrations": "not asked"}
    assert (answer.status_code, answer.json()) == (503, told)


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_with_the_tables_of_another_version_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "newest_migrations", lambda: {("courses", "9999_of_the_next_version")})
    answer = ask("/readyz")
    assert (answer.status_code, answer.json()) == (503, ALL_THERE | {"status": "not ready", "migrations": "missing"})


@pytest.mark.django_db
def test_without_its_broker_it_is_not_ready_unless_it_is_left_out(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    strict, lenient = ask("/readyz"), ask("/readyz?exclude=broker")
    assert (strict.status_code, strict.json()["broker"]) == (503, "missing")
    assert (lenient.status_code, lenient.json()) == (200, ALL_THERE | {"broker": "not asked"})


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_without_the_list_of_static_files_it_is_not_ready(settings: Settings, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": settings.MANIFEST_STORAGE}}
    assert (ask("/readyz").status_code, ask("/readyz").json()["static"]) == (503, "missing")


def test_each_part_may_be_left_out() -> None:
    everything = {"database", "migrations", "broker", "static"}
    assert set(probes.parts_found(everything).values()) == {"not asked"}


@pytest.mark.django_db
def test_the_migrations_of_a_bare_database_are_none() -> None:
    assert probes.newest_migrations() <= probes.migrations_in(connection)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_migrations")
    assert probes.migrations_in(connection) == set()
