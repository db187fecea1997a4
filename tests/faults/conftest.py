"""A migrated database that nobody uses, and the trials that are made on copies of it, in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.copies import Copies
from tests.registers import registers

__all__ = ["registers"]
#: Its server is a private one: once is enough, in the run of the tests that is about PostgreSQL.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_postgres.py"]
BASE = "faults_base"
Watch = Callable[[Path], None]


@dataclass(frozen=True)
class Told:
    """What the trials of a story tell: every point that there was, and what became of the run at those that were struck."""

    points: list[str]
    trials: list[dict[str, Any]]

    def endings(self) -> set[str]:
        """How the struck processes ended."""
        return {trial["ending"] for trial in self.trials}

    def labels(self) -> list[str]:
        return [trial["label"] for trial in self.trials]

    def wrong(self) -> list[str]:
        """The trials that left a course half written, or that ended otherwise than the run that nothing struck."""
        found = [trial for trial in self.trials if trial["half_written"] or trial["differing"]]
        return [f"{t['point']}: {t['label']}: {t['half_written']} {sorted(t['differing'])}" for t in found]


def environment_of(address: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "enrolhub.settings",
        "DATABASE_URL": address,
        "ENROLHUB_VAR_DIR": str(settings.VAR_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
    }


def make_base(copies: Copies) -> Copies:
    """An empty, migrated database in this place."""
    copies.create(BASE)
    words = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(words, check=True, env=environment_of(copies.address(BASE)))
    return copies


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """Where copies of the migrated database are made: on the server of the tests, or in a folder."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        yield make_base(Copies("sqlite", str(tmp_path_factory.mktemp("copies"))))
        return
    made = Copies("postgresql", f"postgresql://{place['USER']}@{place['HOST']}:{place['PORT']}")
    yield make_base(made)
    made.drop(BASE)


@pytest.fixture
def trials_of(copies: Copies, tmp_path: Path) -> Callable[..., Told]:
    """Strike a story by a deed at every ``step``-th point."""

    def tried(story: str, deed: str, step: int = 1) -> Told:
        return try_story(copies, tmp_path, story, deed, step)

    return tried


def try_story(
    copies: Copies, folder: Path, story: str, deed: str, step: int, watching: Watch = lambda folder: None
) -> Told:
    """Make the trials in a process of their own; ``watching`` is called again and again meanwhile."""
    template, log = f"{story}_template", folder / "trials.log"
    with copies.copied(BASE, template), log.open("wb") as output:
        words = [sys.executable, "-m", "tests.faults.trials", story, deed, copies.vendor, copies.place, folder, step]
        environment = environment_of(copies.address(template))
        with subprocess.Popen([str(word) for word in words], env=environment, stderr=output) as trials:
            while trials.poll() is None:
                watching(folder)
                Event().wait(0.05)
    assert trials.returncode == 0, log.read_text(encoding="utf-8", errors="replace")[-5000:]
    found = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return Told(found["points"], found["trials"])
