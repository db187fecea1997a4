"""A private PostgreSQL in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from enrolhub.processes import Child, find_program, free_port, start_child, stop_child, wait_until

# For tests only: the data may be lost, so nothing waits for the disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off"}
# A test's rows are never committed: statistics taken meanwhile would call its tables empty, and its joins slow.
CARELESS["autovacuum"] = "off"


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: Debian keeps them off PATH, one folder a version; the newest counts."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda path: int(path.parent.name))
    initdb = find_program("initdb")
    if initdb is None:
        raise RuntimeError("PostgreSQL's server programs are not installed (Debian: postgresql).")
    return initdb.parent


def user_for_server() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as then; None for oneself."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class Postgres:
    """A server of its own in a folder, which a test may stop and start."""

    def __init__(self, folder: Path, *, careless: bool = True) -> None:
        self.programs, self.user = find_postgres(), user_for_server()
        self.folder = folder
        if self.user:
            shutil.chown(folder, self.user, self.user)
        make_cluster(self.programs, folder / "data", self.user)
        self.port = free_port()
        self.settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "max_connections": "60",
            "shared_buffers": "256MB",
            **(CARELESS if careless else {}),
        }
        self.child: Child | None = None

    @property
    def place(self) -> str:
        """The address of the server, without a database."""
        return f"postgresql://enrolhub@127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.place}/postgres"

    def start(self) -> None:
        words = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        log = self.folder / "server.log"
        command: list[str | Path] = [self.programs / "postgres", "-D", self.folder / "data", *words]
        with log.open("ab") as output:
            self.child = start_child(command, output=output, user=self.user, folder=self.folder)
        wait_until(lambda: answers(self.url), child=self.child, name="PostgreSQL", log=log)

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends sessions and closes the files, SIGQUIT only ends at once, as a crash does."""
        if self.child is not None:
            stop_child(self.child, gently=how)


@contextmanager
def postgres_in_folder(*, careless: bool = True) -> Iterator[Postgres]:
    """A fresh server, stopped and removed afterwards. `careless` gives up durability for speed."""
    folder = Path(tempfile.mkdtemp(prefix="enrolhub-postgres-"))
    try:
        server = Postgres(folder, careless=careless)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres(*, careless: bool = True) -> Iterator[str]:
    """The DATABASE_URL of a fresh server, stopped and removed afterwards. `careless` gives up durability for speed."""
    with postgres_in_folder(careless=careless) as server:
        yield server.url


def answers(url: str) -> bool:
    """Whether the server takes connections; it listens before it does."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def make_cluster(programs: Path, data: Path, user: str | None) -> None:
    """Create the cluster in `data`, with the one locale that every Debian has."""
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "enrolhub",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=data.parent,
    )
