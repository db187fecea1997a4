"""`nightly` as an operator uses it: exit codes, the last line, messages, interruptions."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from courses.night import KIND, request_night
from enrolhub.processes import start_child, stop_child, wait_until
from enrolhub.sync.conduct import Conductor
from enrolhub.sync.lease import take_lease
from enrolhub.sync.models import Run
from tests.registers import Registers, course, enrolled, logins
from tests.servers.worker import environment_of_site

KEYS = ["run", "state", "arrivals", "departures", "alterations", "unchanged", "held", "findings"]
CROWD = logins(range(1, 13))


@dataclass(frozen=True)
class Answer:
    """What the command answered: its exit code, the JSON of its last line (empty when there is none), its messages."""

    code: int
    figures: dict[str, Any]
    lines: list[str]
    messages: str


@pytest.fixture
def nightly(registers: Registers, capsys: pytest.CaptureFixture[str], db: None) -> Any:
    """`nightly(*options)` over what the registers say now."""

    def run(*options: str, write: bool = True) -> Answer:
        if write:
            registers.write()
        code, complaint = 0, ""
        try:
            call_command("nightly", "--sources", str(registers.folder), *options)
        except SystemExit as error:
            code = int(error.code or 0)
        except CommandError as error:
            code, complaint = error.returncode, str(error)
        output = capsys.readouterr()
        *lines, last = output.out.splitlines() or [""]
        return Answer(code, figures_of(last) if last else {}, lines, output.err + complaint)

    return run


def figures_of(line: str) -> dict[str, Any]:
    """The figures of a last line that has exactly the keys of the contract, integers and one word."""
    found: dict[str, Any] = json.loads(line)
    assert list(found) == KEYS
    assert {key: type(value) for key, value in found.items()} == {**dict.fromkeys(KEYS, int), "state": str}
    return found


def of_note(figures: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in figures.items() if value and key != "run"}


def test_a_night_that_goes_well(nightly: Any) -> None:
    space = course("INF101-26", "INF101")
    first, second = nightly(), nightly()
    assert (first.code, of_note(first.figures)) == (0, {"state": "applied", "arrivals": 12})
    assert (second.code, of_note(second.figures)) == (0, {"state": "applied", "unchanged": 12})
    assert (first.lines, enrolled(space)) == ([], CROWD)
    assert "database" in first.messages
    assert second.figures["run"] == Run.objects.latest("pk").pk > first.figures["run"]


def test_departures_held_are_told_and_exit_3(nightly: Any, registers: Registers) -> None:
    course("INF101-26", "INF101")
    nightly()
    registers.leave(1, 2, 3, 4)
    answer = nightly()
    expected = {"state": "applied_with_holds", "unchanged": 8, "held": 4}
    assert (answer.code, of_note(answer.figures)) == (3, expected)
    assert "4 held" in answer.messages


def test_a_partial_source_exits_3_and_says_why(nightly: Any, registers: Registers) -> None:
    registers.write()
    (registers.folder / "groupes.csv").unlink()
    answer = nightly(write=False)
    assert (answer.code, of_note(answer.figures)) == (3, {"state": "source_partial", "findings": 1})
    assert "groupes.csv" in answer.messages


def test_a_refused_source_exits_4_and_names_the_place(nightly: Any, registers: Registers) -> None:
    registers.write()
    path = registers.folder / "etapes.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"L3INF;1;L3;SCI;UFR\n', encoding="utf-8")
    answer = nightly(write=False)
    assert (answer.code, of_note(answer.figures)) == (4, {"state": "refused"})
    assert all(word in answer.messages for word in ("etapes.csv", "4"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", ["extracted_at", "None"]),
        ('{"extracted_at": "hier"}', ["extracted_at", "hier"]),
        ("{", ["manifest.json", "1", "2"]),
    ],
)
def test_a_manifest_that_cannot_be_is_shown(nightly: Any, registers: Registers, content: str, words: list[str]) -> None:
    registers.write()
    (registers.folder / "manifest.json").write_text(content, encoding="utf-8")
    answer = nightly(write=False)
    assert (answer.code, [word for word in words if word not in answer.messages]) == (4, [])


def test_a_folder_that_is_not_there_exits_4_and_is_named(nightly: Any, registers: Registers) -> None:
    answer = nightly(write=False)
    assert (answer.code, of_note(answer.figures)) == (4, {"state": "refused"})
    assert str(registers.folder) in answer.messages


@pytest.mark.slow
def test_a_dry_run_prints_its_plan_scope_by_scope(nightly: Any, registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    nightly()
    registers.leave(1, 2, 3, 4)
    registers.student(30)
    answer = nightly("--dry-run")
    expected = {"state": "planned", "arrivals": 1, "unchanged": 8, "held": 4}
    assert (answer.code, of_note(answer.figures)) == (3, expected)
    assert answer.lines == [
        "people annuaire 12 +1 -0 ~0",
        "cohort_members 2026-L1INF 12 +1 -4 ~0 held",
        "database INF101-26 12 +1 -4 ~0 held",
    ]
    assert enrolled(space) == CROWD
    assert of_note(nightly().figures) == expected | {"state": "applied_with_holds"}


def test_a_dry_run_of_a_refused_or_partial_source_says_so(nightly: Any, registers: Registers) -> None:
    registers.write()
    (registers.folder / "groupes.csv").unlink()
    assert nightly("--dry-run", write=False).code == 3
    (registers.folder / "annees.csv").write_bytes(b"")
    answer = nightly("--dry-run", write=False)
    assert (answer.code, of_note(answer.figures)) == (4, {"state": "refused"})


def test_a_night_may_be_limited_to_parts(nightly: Any) -> None:
    course("INF101-26", "INF101")
    first = nightly("--only", "people, cohorts")
    second = nightly("--only", "enrolments")
    assert (of_note(first.figures), of_note(second.figures)) == (
        {"state": "applied"},
        {"state": "applied", "arrivals": 12},
    )


@pytest.mark.parametrize("only", ["everything", "people,everything", ",", ""])
def test_an_unknown_part_gets_one_clear_line(nightly: Any, only: str) -> None:
    answer = nightly("--only", only)
    assert (answer.code, answer.figures, len(answer.messages.splitlines())) == (1, {}, 1)
    assert "people,cohorts,enrolments" in answer.messages
    assert not Run.objects.exists()


def test_one_night_at_a_time(nightly: Any, registers: Registers) -> None:
    run = request_night(folder=registers.folder)
    assert run is not None
    take_lease(run.pk)
    answer = nightly()
    assert (answer.code, answer.figures, len(answer.messages.splitlines())) == (1, {}, 1)
    assert Run.objects.count() == 1
    assert nightly("--dry-run").code == 0


@pytest.mark.parametrize("how", ["lease_ended", "process_gone", "never_taken_up"])
def test_a_night_that_was_interrupted_is_brought_to_its_end_first(nightly: Any, registers: Registers, how: str) -> None:
    space = course("INF101-26", "INF101")
    run = request_night(folder=registers.write())
    assert run is not None
    ago = timezone.now() - timedelta(minutes=2)
    if how == "never_taken_up":
        Run.objects.filter(pk=run.pk).update(requested_at=ago)
    else:
        take_lease(run.pk)
        gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True)
        holder = f"{socket.gethostname()}:{int(gone.stdout)}"
        changed = {"lease_until": ago} if how == "lease_ended" else {"holder": holder}
        Run.objects.filter(pk=run.pk).update(**changed)
    answer = nightly()
    assert (answer.code, of_note(answer.figures)) == (0, {"state": "applied", "unchanged": 12})
    run.refresh_from_db()
    assert (run.state, run.arrivals, enrolled(space)) == ("applied", 12, CROWD)
    assert str(run.pk) in answer.messages


def test_a_night_conducted_by_another_machine_is_left_alone(nightly: Any, registers: Registers) -> None:
    run = request_night(folder=registers.write())
    assert run is not None
    take_lease(run.pk)
    Run.objects.update(holder="elsewhere:1")
    assert (nightly().code, Run.objects.count()) == (1, 1)


def stumble(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """From now on the departures of a night meet this error (a person's Ctrl-C, a database that goes away)."""

    def depart(*_: object) -> None:
        raise error

    monkeypatch.setattr(Conductor, "depart", depart)


@pytest.mark.slow
def test_stopped_by_hand_it_says_so_and_the_next_night_goes_on(
    nightly: Any, registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = course("INF101-26", "INF101")
    nightly()
    registers.leave(1)
    registers.student(30)
    with monkeypatch.context() as patch:
        stumble(patch, KeyboardInterrupt())
        answer = nightly()
    assert (answer.code, answer.figures) == (1, {})
    run = Run.objects.latest("pk")
    assert (run.state, run.message, run.lease_until) == ("stopped", "stopped_by_hand", None)
    assert enrolled(space) == sorted([*CROWD, "e30"])
    assert nightly().code == 0
    assert enrolled(space) == sorted({*CROWD, "e30"} - {"e1"})


def test_interrupted_by_the_database_it_is_left_to_whoever_comes_next(
    nightly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = course("INF101-26", "INF101")
    with monkeypatch.context() as patch:
        stumble(patch, OperationalError("database is locked"))
        answer = nightly()
    assert (answer.code, answer.figures) == (1, {})
    assert "database is locked" in answer.messages
    run = Run.objects.latest("pk")
    assert (run.state, enrolled(space)) == ("running", CROWD)
    Run.objects.update(lease_until=timezone.now())
    assert nightly().code == 0
    run.refresh_from_db()
    assert run.state == "applied"


def command(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def ask(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; never with a traceback."""
    environment = {**os.environ, **environment_of_site(settings.REDIS_URL)}
    done = subprocess.run(command(*words), check=False, capture_output=True, text=True, env=environment, timeout=100)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_in_a_process_of_its_own(registers: Registers, tmp_path: Path) -> None:
    """Results on stdout, messages on stderr, exit codes; killed in its middle, the next one goes on at once."""
    space = course("INF101-26", "INF101")
    words = ("nightly", "--sources", str(registers.write()))
    log = tmp_path / "nightly.log"
    with log.open("wb") as output:
        child = start_child(command(*words), environment=environment_of_site(settings.REDIS_URL), output=output)
    wait_until(lambda: Run.objects.filter(kind=KIND, state="running").exists(), child=child, name="The night", log=log)
    stop_child(child, gently=signal.SIGKILL)
    done = ask(*words)
    assert (done.returncode, figures_of(done.stdout)["state"]) == (0, "applied")
    assert (enrolled(space), Run.objects.filter(state="applied").count()) == (CROWD, 2)
    (registers.folder / "manifest.json").unlink()
    refused = ask(*words)
    assert (refused.returncode, figures_of(refused.stdout)["state"]) == (4, "refused")
    unknown = ask("nightly", "--only", "x")
    assert (unknown.returncode, unknown.stdout, len(unknown.stderr.splitlines())) == (1, "", 1)
