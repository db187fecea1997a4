"""`runs`: the recent runs, in words and as JSON."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from enrolhub.sync.models import Run
from tests.factories import NIGHT, RunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runs() -> list[Run]:
    """A night that held, a file, a rehearsal, a night that waits; the oldest first."""
    return [
        RunFactory(state=Run.State.APPLIED_WITH_HOLDS, arrivals=12, departures=3, held=4, finding_count=2),
        RunFactory(kind="file", state=Run.State.APPLIED, arrivals=1, finished_at=NIGHT + timedelta(seconds=3.9)),
        RunFactory(state=Run.State.PLANNED, dry_run=True),
        RunFactory(state=Run.State.WAITING, started_at=None, finished_at=None),
    ]


def said(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    with translation.override("en"):
        call_command("runs", *options)
    return capsys.readouterr().out


def test_the_last_run_comes_first(runs: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys).splitlines()
    held, file, rehearsal, waiting = (run.pk for run in runs)
    assert [line.split() for line in lines] == [
        ["Run", "Kind", "State", "Started", "Duration", "Arrivals", "Departures", "Held", "Findings"],
        [str(waiting), "Night", "Waiting", "—", "—", "0", "0", "0", "0"],
        [str(rehearsal), "Night", "Dry", "run", "2026-11-17", "03:30", "1320", "s", "0", "0", "0", "0"],
        [str(file), "File", "Done", "2026-11-17", "03:30", "3", "s", "1", "0", "0", "0"],
        [str(held), "Night", "4", "departures", "held", "2026-11-17", "03:30", "1320", "s", "12", "3", "4", "2"],
    ]
    assert (
        len({line.index(word) for line, word in zip(lines, ["State", "Waiting", "Dry", "Done", "4 d"], strict=True)})
        == 1
    )


def test_json_has_the_same_rows(runs: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(capsys, "--format", "json", "--limit", "3"))
    assert [row["run"] for row in rows] == [run.pk for run in reversed(runs[1:])]
    assert rows[0] == {
        "run": runs[3].pk, "kind": "night", "dry_run": False, "state": "waiting", "state_words": "Waiting",
        "partial": False, "resumed": False, "started_at": None, "duration": None, "arrivals": 0, "departures": 0, "held": 0, "findings": 0,
    }  # fmt: skip
    assert (rows[2]["started_at"], rows[2]["duration"]) == ("2026-11-17T02:30:00+00:00", 3)


def test_without_a_run_there_are_headings_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys).splitlines() == ["Run  Kind  State  Started  Duration  Arrivals  Departures  Held  Findings"]
    assert json.loads(said(capsys, "--format", "json")) == []


def test_no_run_at_all_cannot_be_asked_for() -> None:
    with pytest.raises(CommandError, match="--limit"):
        call_command("runs", "--limit", "0")
