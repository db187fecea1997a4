"""A Celery worker in a process of its own, on the test's database and broker."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from enrolhub.processes import Child, start_child, stop_child, wait_until


def address_of_database() -> str:
    """The DATABASE_URL of the database that this test process uses, for another process to join it."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    place = connection.settings_dict
    return f"postgresql://{place['USER']}@{place['HOST']}:{place['PORT']}/{name}"


def environment_of_site(redis_url: str) -> dict[str, str]:
    """What another process of the site needs to work on the same database as this test process."""
    return {
        "DJANGO_SETTINGS_MODULE": "enrolhub.settings",
        "DATABASE_URL": address_of_database(),
        "REDIS_URL": redis_url,
        "ENROLHUB_VAR_DIR": str(settings.VAR_DIR),
        "ENROLHUB_SOURCES_DIR": str(settings.ENROLHUB_SOURCES_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
    }


@contextmanager
def running_worker(folder: Path, redis_url: str) -> Iterator[Child]:
    """A worker of this broker that has said it is ready; its log is worker.log in `folder`. Stopped afterwards."""
    log = folder / "worker.log"
    with log.open("wb") as output:
        child = start_child(command_of_worker(), environment=environment_of_site(redis_url), output=output)
    try:
        wait_until(lambda: b" ready." in log.read_bytes(), child=child, name="The Celery worker", log=log)
        yield child
    finally:
        stop_child(child)


def command_of_worker() -> list[str]:
    """One task at a time, in a child process as in production."""
    options = ["--loglevel", "INFO", "--concurrency", "1", "--without-mingle", "--without-gossip"]
    return [sys.executable, "-m", "celery", "-A", "enrolhub.celery", "worker", *options]
