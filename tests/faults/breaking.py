"""Where a process can be struck: each of its commits and each call to the world outside, counted as they come.

Nothing of the product knows of this: the database's wrapper is watched from outside, and Python tells what is opened.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

#: Statements that write by themselves when no transaction is open.
WRITING = ("INSERT", "UPDATE", "DELETE", "WITH", "COPY")
Deed = Callable[[], None]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    """Freeze until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


@dataclass
class Points:
    """The points reached so far; at the one numbered ``at`` (from 1; 0: at none) the deed is done.

    ``after`` strikes when the point's commit has returned rather than before it is sent; a call outside has no after.
    """

    at: int = 0
    deed: Deed = kill
    after: bool = False
    labels: list[str] = field(default_factory=list)
    statement: str = ""

    def reach(self, label: str) -> None:
        self.labels.append(label)
        if len(self.labels) == self.at and not self.after:
            self.deed()

    def leave(self) -> None:
        """The commit reached last has returned."""
        if len(self.labels) == self.at and self.after:
            self.deed()


def watch(points: Points, folder: Path) -> None:
    """From now on, count the commits of this process and the files it opens in the folder."""
    _watch_commits(points)
    _watch_statements(points)
    _watch_files(points, folder)


def _watch_commits(points: Points) -> None:
    commit = BaseDatabaseWrapper.commit

    @wraps(commit)
    def watched(wrapper: BaseDatabaseWrapper) -> None:
        points.reach(f"commit after {points.statement}")
        commit(wrapper)
        points.leave()

    BaseDatabaseWrapper.commit = watched  # type: ignore[assignment, method-assign]


def _watch_statements(points: Points) -> None:
    def watched(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).split("/*")[0].strip()
        writes = text.upper().startswith(WRITING)
        if writes:
            points.statement = text[:60]
        if not writes or connection.in_atomic_block:
            return execute(sql, params, many, context)
        points.reach(f"statement {points.statement}")
        answer = execute(sql, params, many, context)
        points.leave()
        return answer

    connection.execute_wrappers.append(watched)


def _watch_files(points: Points, folder: Path) -> None:
    within = f"{folder}{os.sep}"

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(within):
            points.reach(f"opening of {Path(str(arguments[0])).name}")

    sys.addaudithook(heard)
