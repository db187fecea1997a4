"""The exit codes of FORMATS.md §2 for `approve`, `reject`, `undo`, `resume`, `runs` and `explain`, in one table."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.db import OperationalError, connection
from django.utils import timezone

from enrolhub.sync.models import Run
from tests.factories import UserFactory
from tests.registers import Registers, course

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"


def code_of(*words: str) -> int:
    """What the command would leave behind in a shell."""
    try:
        call_command(*words)
    except CommandError as error:
        return int(error.returncode)
    except SystemExit as error:
        return int(error.code or 0)
    return 0


@contextmanager
def broken_database() -> Iterator[None]:
    """Within, the server is gone as soon as a row is to be deleted."""

    def fail(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("DELETE", "WITH")) and "DELETE" in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def free(run: Run) -> str:
    """The number of a run whose conductor is gone."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    return str(run.pk)


@pytest.mark.slow
def test_every_command_ends_as_the_contract_says(registers: Registers) -> None:
    course("INF101-26", "INF101")
    UserFactory(username="someone")
    registers.person("elsewhere")
    quiet = str(registers.night().pk)
    registers.leave(1, 2, 3, 4, 5)
    held = str(registers.night().pk)
    last = lambda: Run.objects.latest("pk")  # noqa: E731  # what the line before has made
    table: list[tuple[Callable[[], list[str]] | list[str], int, AbstractContextManager[None] | None]] = [
        (["explain", "INF101-26", "e6"], 0, None),
        (["explain", "INF101-26", "elsewhere"], 3, None),
        (["explain", "NOWHERE", "e6"], 2, None),
        (["explain", "INF101-26", "nobody"], 2, None),
        (["runs"], 0, None),
        (["runs", "--format", "json"], 0, None),
        (["runs", "--limit", "0"], 2, None),
        (["approve", "999999"], 2, None),
        (["approve", held, "--as", "nobody"], 2, None),
        (["approve", held, "--as", "someone"], 2, None),
        (["approve", held, "--scope", "NOWHERE"], 2, None),
        (["approve", quiet], 2, None),
        (["reject", "999999"], 2, None),
        (["reject", held, "--as", "someone"], 2, None),
        (["approve", held, "--scope", L1], 1, broken_database()),
        (["approve", held], 2, None),  # that approval is under way
        (lambda: ["resume", free(last())], 0, None),
        (["approve", held, "--scope", L1], 2, None),  # used once
        (["reject", held, "--scope", "INF101-26"], 0, None),
        (["reject", held], 2, None),
        (["undo", "999999"], 2, None),
        (["undo", held, "--as", "someone"], 2, None),
        (["undo", held, "--scope", "NOWHERE"], 2, None),
        (["undo", quiet, "--dry-run"], 0, None),
        (["undo", quiet], 1, broken_database()),
        (["undo", quiet], 2, None),  # it is being taken back
        (lambda: ["resume", str(last().pk)], 2, None),  # somebody conducts it, as far as one knows
        (lambda: ["resume", free(last())], 1, broken_database()),
        (lambda: ["resume", free(last())], 0, None),
        (["undo", quiet], 2, None),  # done already
        (["resume", "999999"], 2, None),
        (["resume", quiet], 2, None),  # it has come to its end
    ]
    found = []
    for words, _code, fault in table:
        line = words() if callable(words) else words
        with fault or broken_by_nothing():
            found.append((line, code_of(*line)))
    assert found == [(line, code) for (line, _found), (_words, code, _fault) in zip(found, table, strict=True)]


@contextmanager
def broken_by_nothing() -> Iterator[None]:
    yield


@pytest.mark.parametrize("name", ["approve", "reject", "undo", "resume", "explain", "runs"])
def test_a_mistake_in_the_line_ends_with_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = load_command_class("courses", name)
    command._called_from_command_line = True  # type: ignore[attr-defined]  # as the shell sets it
    parser = command.create_parser("manage.py", name)
    with pytest.raises(SystemExit) as left:
        parser.parse_args(["--merry"])
    assert (left.value.code, "usage" in capsys.readouterr().err.lower()) == (2, True)
