"""Loading bulk files as a person at the shell does: a file, a command, its exit code, its last line, what it complains of."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

NAMES = ("rows", "accepted", "rejected", "arrivals", "departures", "alterations", "unchanged")


@dataclass(frozen=True)
class Loaded:
    """What a command answered. `figures` are those of its JSON line that are not 0, in its order."""

    code: int
    figures: dict[str, int]
    stdout: str
    stderr: str

    @property
    def result(self) -> tuple[int, dict[str, int]]:
        return self.code, self.figures


Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Load:
    """`load(command, content, *options, name=…)`: the content (text is written as UTF-8) becomes a file, and is loaded."""

    def load_file(command: str, content: str | bytes, *options: str, name: str = "fichier.csv") -> Loaded:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run(command, str(path), *options)

    def run(*words: str) -> Loaded:
        code, complaint = 0, ""
        try:
            call_command(*words)
        except SystemExit as error:
            code = int(error.code or 0)
        except CommandError as error:
            code, complaint = error.returncode, str(error)
        output = capsys.readouterr()
        figures: dict[str, int] = {}
        if code in (0, 3):
            figures = json.loads(output.out.splitlines()[-1])
            assert tuple(figures) == NAMES
            assert figures["rows"] == figures["accepted"] + figures["rejected"]
        return Loaded(code, {k: v for k, v in figures.items() if v}, output.out, output.err + complaint)

    return load_file


def read_csv(path: Path, delimiter: str = ";") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))
