"""A migrated database and copies of it: a file on SQLite, a template on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psycopg
from psycopg.errors import ObjectInUse
from psycopg.sql import SQL, Composed, Identifier, Literal


@dataclass(frozen=True)
class Copies:
    """Where copies are made: a folder of files, or beside the database at the address.

    ``outlive_crashes``: the sequences of a template are copied with values that they keep in memory only, so that a
    crash would give numbers out a second time; a checkpoint makes them write the next one down.
    """

    vendor: str
    place: str
    outlive_crashes: bool = False

    def address(self, name: str) -> str:
        """The DATABASE_URL of a copy."""
        return f"sqlite:///{self.place}/{name}" if self.vendor == "sqlite" else f"{self.place}/{name}"

    def name_of(self, name: str) -> str:
        """What Django calls a copy in its settings."""
        return f"{self.place}/{name}" if self.vendor == "sqlite" else name

    def copy(self, template: str, name: str) -> None:
        """Nobody may be connected to the template; a session whose process has just ended is waited for."""
        if self.vendor == "sqlite":
            shutil.copyfile(f"{self.place}/{template}", f"{self.place}/{name}")
            return
        for _ in range(100):
            with suppress(ObjectInUse):
                self._order(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
                if self.outlive_crashes:
                    self._order(SQL("CHECKPOINT").format())
                return
            Event().wait(0.1)
        raise RuntimeError(f"{template} is in use.")

    def create(self, name: str) -> None:
        """An empty database."""
        if self.vendor != "sqlite":
            self._order(SQL("CREATE DATABASE {}").format(Identifier(name)))

    def drop(self, name: str) -> None:
        if self.vendor == "sqlite":
            for path in Path(self.place).glob(f"{name}*"):
                path.unlink()
        else:
            self._order(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    @contextmanager
    def copied(self, template: str, name: str) -> Iterator[str]:
        """A copy that is dropped afterwards: its name in Django's settings."""
        self.copy(template, name)
        try:
            yield self.name_of(name)
        finally:
            self.drop(name)

    def end_session(self, number: int) -> None:
        """Cut a connection of another process, by the number of its server process."""
        self._order(SQL("SELECT pg_terminate_backend({})").format(Literal(number)))

    def _order(self, words: Composed) -> None:
        with psycopg.connect(f"{self.place}/postgres", autocommit=True) as connection:
            connection.execute(words)
