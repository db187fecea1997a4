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

from enrolhub.processes import find_program, free_port, start_child, stop_child, wait_until

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


@contextmanager
def running_postgres(*, careless: bool = True) -> Iterator[str]:
    """The DATABASE_URL of a fresh server, stopped and removed afterwards. `careless` gives up durability for speed."""
    programs, user = find_postgres(), user_for_server()
    folder = Path(tempfile.mkdtemp(prefix="enrolhub-postgres-"))
    try:
        if user:
            shutil.chown(folder, user, user)
        make_cluster(programs, folder / "data", user)
        port = free_port()
        settings = {
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "max_connections": "60",
            "shared_buffers": "256MB",
            **(CARELESS if careless else {}),
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = folder / "server.log"
        with log.open("wb") as output:
            child = start_child(
                [programs / "postgres", "-D", folder / "data", *words], output=output, user=user, folder=folder
            )
        url = f"postgresql://enrolhub@127.0.0.1:{port}/postgres"
        try:
            wait_until(lambda: answers(url), child=child, name="PostgreSQL", log=log)
            yield url
        finally:
            stop_child(child, gently=signal.SIGINT)
    finally:
        shutil.rmtree(folder)


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
