"""A copy of the test's database, made and brought back as docs/operations.md says, and the site's commands on it."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from tests.faults.conftest import environment_of
from tests.faults.copies import Copies
from tests.house.tree import ROOT
from tests.servers.postgres import find_postgres
from tests.servers.worker import address_of_database

STATE = "import django; django.setup(); import json; from tests.faults.state import whole_state; print(json.dumps(whole_state()))"


def back_up(folder: Path) -> Path:
    """A finished copy in the folder, made while others may write."""
    copy = folder / "enrolhub.copy"
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        return copy
    words = ["--format=custom", f"--file={copy}", address_of_database()]
    subprocess.run([find_postgres() / "pg_dump", *words], check=True)
    return copy


@dataclass(frozen=True)
class Restored:
    """A site on the database that was brought back."""

    address: str

    def run(self, *words: str) -> tuple[int, str]:
        """A command of manage.py: its exit code, and what it says."""
        done = self._python("manage.py", *words)
        return done.returncode, done.stdout

    def figures(self, *words: str) -> tuple[int, dict[str, Any]]:
        """The same of a command whose last line is JSON."""
        code, said = self.run(*words)
        return code, json.loads(said.splitlines()[-1])

    def state(self) -> dict[str, str]:
        """Everything that lasts, as `tests.faults.state` tells it."""
        done = self._python("-c", STATE)
        assert done.returncode == 0, done.stderr
        told: dict[str, str] = json.loads(done.stdout)
        return told

    def _python(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environment = environment_of(self.address)
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )


@contextmanager
def restored(copy: Path) -> Iterator[Restored]:
    """A new database of what the copy holds, dropped afterwards."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        yield Restored(f"sqlite:///{copy}")
        return
    copies = Copies("postgresql", f"postgresql://{place['USER']}@{place['HOST']}:{place['PORT']}")
    name = f"{place['NAME']}_restored"
    copies.create(name)
    try:
        words = ["--no-owner", "--exit-on-error", f"--dbname={copies.address(name)}", str(copy)]
        subprocess.run([find_postgres() / "pg_restore", *words], check=True)
        yield Restored(copies.address(name))
    finally:
        copies.drop(name)
