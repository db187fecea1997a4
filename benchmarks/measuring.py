"""A command as a whole process: its time, its memory, what it said, and how long others had to wait to write."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Measure:
    """What one command cost. Times are seconds of wall clock, memory is the peak of its largest process."""

    seconds: float
    megabytes: float
    report: dict[str, Any] = field(default_factory=dict)
    #: The longest wait of another writer on SQLite; None on PostgreSQL, where nobody waits.
    longest_wait: float | None = None


def measure_command(*words: str, database_url: str, accept: tuple[int, ...] = (0,)) -> Measure:
    """Run `manage.py` with `words`; RuntimeError with its messages when it ends with a code that is not accepted."""
    # As on a server, the modules are compiled once and kept.
    own = {"DATABASE_URL": database_url, "LOG_LEVEL": "WARNING", "PYTHONDONTWRITEBYTECODE": ""}
    environment = {**os.environ, **own}
    with writer_waiting(database_url) as waits:
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *words],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accept:
        raise RuntimeError(f"{' '.join(words)} ended with code {child.returncode}:\n{output}")
    return Measure(seconds, usage.ru_maxrss / 1024, last_json(output), max(waits, default=None))


def last_json(output: str) -> dict[str, Any]:
    """The JSON object on the last line of a command's output, if it is one."""
    last = output.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    report: dict[str, Any] = json.loads(last)
    return report


@contextmanager
def writer_waiting(database_url: str) -> Iterator[list[float]]:
    """On SQLite, another writer that asks for its turn all the time: how long it waited each time."""
    waits: list[float] = []
    if not database_url.startswith("sqlite:"):
        yield waits
        return
    over = threading.Event()
    writer = threading.Thread(target=ask_for_turns, args=(database_url.removeprefix("sqlite:///"), over, waits))
    writer.start()
    try:
        yield waits
    finally:
        over.set()
        writer.join()


def ask_for_turns(file: str, over: threading.Event, waits: list[float]) -> None:
    """Take and leave the right to write, ten times a second, and note each wait."""
    connection = sqlite3.connect(file, timeout=120, isolation_level=None)
    while not over.wait(0.1):
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        waits.append(time.perf_counter() - start)
        connection.execute("ROLLBACK")
    connection.close()
