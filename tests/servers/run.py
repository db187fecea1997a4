"""`python -m tests.servers.run sqlite|postgresql [pytest's arguments]`: private servers, the tests on them, and the end of all.

The servers are started once and shared by pytest's processes. A server that does not start fails the run.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.postgres import running_postgres
from tests.servers.valkey import running_valkey


@contextmanager
def sqlite_folder() -> Iterator[str]:
    """The DATABASE_URL of a SQLite file in a folder of its own, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="enrolhub-sqlite-") as folder:
        yield f"sqlite:///{Path(folder) / 'db.sqlite3'}"


DATABASES = {"sqlite": sqlite_folder, "postgresql": running_postgres}


def stop(number: int, _frame: object) -> None:
    """Leave through every `finally` when asked to end."""
    sys.exit(128 + number)


def main(database: str, arguments: list[str]) -> int:
    """Run pytest with `arguments` on a fresh `database`; its exit code."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    print(f"Tests on {database}", flush=True)
    with DATABASES[database]() as database_url, running_valkey() as redis_url:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": f"{redis_url}/0",
            "ENROLHUB_TEST_SERVERS": "yes",
        }
        with subprocess.Popen([sys.executable, "-m", "pytest", *arguments], env=environment) as tests:
            try:
                return tests.wait()
            finally:
                tests.terminate()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in DATABASES:
        sys.exit(f"Usage: python -m tests.servers.run {'|'.join(DATABASES)} [pytest's arguments]")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
