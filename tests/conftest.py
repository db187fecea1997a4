"""What every test stands on: `python -m tests.servers.run` has started the servers, or they are started here when first asked for."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key

from enrolhub import celery_app
from enrolhub.access.models import SiteRole
from enrolhub.processes import Child
from tests.factories import SiteRoleFactory
from tests.servers.apogee import running_apogee
from tests.servers.slapd import DirectoryServer, running_slapd
from tests.servers.valkey import running_valkey
from tests.servers.worker import running_worker
from tests.shares import share_out

hypothesis_settings.register_profile("short", max_examples=25, deadline=None, derandomize=True)
hypothesis_settings.register_profile(
    "long", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

ROWS = pytest.StashKey[str]()
DONE = pytest.StashKey[int]()
#: After how many tests PostgreSQL's catalogues are swept.
SWEEP_EVERY = 50


def pytest_configure(config: pytest.Config) -> None:
    """Settings that only tests want; they must stand before the first use of what they set."""
    hypothesis_settings.load_profile("long" if config.getoption("markexpr") == "long" else "short")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Chromium reaches the site by HTTP here, and by HTTP no browser takes a cookie of the prefix.
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"
    settings.LANGUAGE_COOKIE_NAME, settings.THEME_COOKIE_NAME = "django_language", "theme"
    settings.STORAGES["staticfiles"]["BACKEND"] = settings.PLAIN_STORAGE
    # A thread of the live server that keeps its session would keep PostgreSQL from dropping the database at the end.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    # Every process of pytest has a broker database and a folder of extracts of its own.
    process_number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    settings.REDIS_URL = f"{settings.REDIS_URL.rpartition('/')[0]}/{process_number}"
    settings.ENROLHUB_SOURCES_DIR = settings.VAR_DIR / f"test-{process_number}" / "extract"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other database runs."""
    items[:], elsewhere = share_out(items, connection.vendor)
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)


@pytest.fixture(scope="session")
def rows_of_migrations(django_db_setup: Any, django_db_blocker: DjangoDbBlocker) -> str:
    """What the migrations bring: platforms, roles. Emptying the tables already brings back content types and permissions."""
    with django_db_blocker.unblock():
        rows = json.loads(connection.creation.serialize_db_to_string())
    return json.dumps([row for row in rows if row["model"].partition(".")[0] not in {"contenttypes", "auth"}])


def empties_tables(item: pytest.Item) -> bool:
    """Whether pytest-django empties the tables after this test, rather than rolling back what it did."""
    marker = item.get_closest_marker("django_db")
    by_marker = bool(marker and marker.kwargs.get("transaction"))
    return by_marker or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def rows_kept(request: pytest.FixtureRequest) -> None:
    """Before the first test that empties the tables, note what they hold."""
    if empties_tables(request.node) and ROWS not in request.config.stash:
        request.config.stash[ROWS] = request.getfixturevalue("rows_of_migrations")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Put back what the migrations bring once the tables are empty, so that the order of tests does not matter."""
    yield
    if nextitem is not None and empties_tables(item) and ROWS in item.config.stash:
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(item.config.stash[ROWS])
            # Once a browser has ended, this is another connection than that of the tests: nobody else would close it.
            connection.close()
    sweep_sometimes(item)


def sweep_sometimes(item: pytest.Item) -> None:
    """Take out of PostgreSQL's catalogues the temporary tables of past tests: nobody else does (`tests/servers/postgres.py`).

    A night makes some dozens of them, and towards the end of all tests it took a quarter longer than at their beginning.
    Not among long tests: they are few, and some of them stop servers.
    """
    many = "django_db_setup" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("long")
    if connection.vendor != "postgresql" or not many:
        return
    done = item.config.stash[DONE] = item.config.stash.get(DONE, 0) + 1
    if done % SWEEP_EVERY == 0:
        with item.config.stash[blocking_manager_key].unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class "
                "WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared"
            )
            cursor.execute(f"VACUUM {cursor.fetchone()[0]}")


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a real Valkey, which this process of pytest shares with no other."""
    if "ENROLHUB_TEST_SERVERS" in os.environ:
        yield settings.REDIS_URL
        return
    with running_valkey() as address:
        settings.REDIS_URL = celery_app.conf.broker_url = f"{address}/0"
        yield settings.REDIS_URL


@pytest.fixture(scope="session")
def directory_server() -> Iterator[DirectoryServer]:
    """A real slapd, which this process of pytest shares with no other; each test has a branch of its own."""
    with running_slapd() as server:
        yield server


@pytest.fixture(scope="session")
def apogee_server(django_db_setup: Any) -> Iterator[str]:
    """A database for tables of APOGÉE's shape; each test has a schema of its own."""
    with running_apogee() as address:
        yield address


@pytest.fixture(scope="session")
def session_worker(broker: str, django_db_setup: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with running_worker(tmp_path_factory.mktemp("worker"), broker) as child:
        yield child


@pytest.fixture
def celery_worker_process(session_worker: Child, transactional_db: Any) -> Child:
    """A real Celery worker on this test's database: what the test commits, it sees; what it sends, the worker does."""
    assert session_worker.poll() is None, "The Celery worker has ended."
    return session_worker


@pytest.fixture
def staff(client: Client) -> Client:
    """A browser in which someone of the CEMU, the account ``cemu``, reads English."""
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.STAFF, user__username="cemu").user)
    client.cookies["django_language"] = "en"
    return client
