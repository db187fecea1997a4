"""A run is the same run however often it is interrupted, and its plan the same plan whatever the order of the rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from courses.models import Enrolment
from courses.night import request_night
from enrolhub.sync import apply
from enrolhub.sync.attempts import attempt_run, stalled_runs
from enrolhub.sync.models import Change, Phase, Run
from tests.dumps import effects, facts, ledger, report
from tests.registers import Registers
from tests.sync.universities import settle_and_stir
from tests.worlds import once

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What no handler of ours sees: the process is gone."""


class Counter:
    """A progress listener that dies at its `fatal` call."""

    def __init__(self, fatal: int = 0) -> None:
        self.calls, self.fatal = 0, fatal

    def __call__(self, phase: Phase) -> None:
        self.calls += 1
        if self.calls == self.fatal:
            raise Killed


@pytest.fixture
def stirred(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> Registers:
    """A settled university before a night of changes, written in chunks of a few rows."""
    monkeypatch.setattr(apply, "CHUNK", 3)
    once(settle_and_stir, registers)
    return registers


def everything(run: Run) -> dict[str, Any]:
    return {"facts": facts(), "report": report(run), "effects": effects(run)}


def uninterrupted(registers: Registers) -> tuple[dict[str, Any], int]:
    """The night without interruption, taken back afterwards; how often it reported progress."""
    counter = Counter()
    with transaction.atomic():
        found = everything(registers.read(counter))
        transaction.set_rollback(True)
    return found, counter.calls


def interrupted(registers: Registers, fatal: int, times: int = 1) -> dict[str, Any]:
    """The same night whose conductor dies at that report of progress, again and again, until a last one ends it."""
    with transaction.atomic():
        run = request_night(folder=registers.folder)
        assert run is not None
        for _ in range(times):
            with pytest.raises(Killed):
                attempt_run(run, Counter(fatal))
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            assert list(stalled_runs()) == [run]
        found = everything(attempt_run(run))
        transaction.set_rollback(True)
    return found


@pytest.mark.slow
def test_an_interrupted_night_ends_in_the_same_state(stirred: Registers) -> None:
    """The night has something of everything; it dies while planning, arriving, departing, and several times over."""
    expected, calls = uninterrupted(stirred)
    figures = expected["report"]["figures"]
    assert (figures["state"], figures["held"]) == ("applied_with_holds", 3)
    assert min(figures[name] for name in ("arrivals", "departures", "alterations", "unchanged", "finding_count")) > 0
    for fatal in (calls // 3, calls // 2, calls):
        assert interrupted(stirred, fatal) == expected, f"interrupted at report {fatal} of {calls}"
    assert interrupted(stirred, 4, times=4) == expected


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_night_interrupted_anywhere_ends_in_the_same_state(stirred: Registers) -> None:
    expected, calls = uninterrupted(stirred)
    for fatal in range(1, calls + 1):
        assert interrupted(stirred, fatal) == expected, f"interrupted at report {fatal}"


def test_scopes_are_written_whole(stirred: Registers) -> None:
    """At every report of progress, the arrivals of a scope are all written or none is."""
    seen: set[tuple[int, int]] = set()

    def look(phase: Phase) -> None:
        for scope in phase.scopes.filter(phase__relation="database", arrivals__gt=0):
            arriving = Change.objects.filter(scope=scope, action="A").values("member")
            written = Enrolment.objects.filter(method=scope.ref, person__in=arriving).count()
            assert written == (scope.arrivals if scope.arrived_at else 0)
            seen.add((scope.arrivals, written))

    stirred.read(look)
    assert {(4, 0), (4, 4), (1, 0), (1, 1)} <= seen


@pytest.mark.slow
def test_the_same_inputs_give_the_same_plan_and_digest_and_others_others(stirred: Registers) -> None:
    first, _ = uninterrupted(stirred)
    for rows in stirred.lists.values():
        rows.reverse()
    stirred.write()
    second, _ = uninterrupted(stirred)
    assert second["facts"] == first["facts"]
    assert second["report"]["figures"] == first["report"]["figures"]
    without_lines = [[row[:-1] for row in found["report"]["changes"]] for found in (first, second)]
    assert without_lines[0] == without_lines[1]
    stirred.student(50)
    stirred.write()
    third, _ = uninterrupted(stirred)
    assert third["report"]["figures"]["digest"] != first["report"]["figures"]["digest"]


def test_the_plan_of_what_was_applied_is_empty(stirred: Registers) -> None:
    applied = stirred.read()
    again = stirred.read()
    held = [row for row in ledger(applied) if row[3] == "hold" and row[4] == "D"]
    assert [row[4:7] for row in ledger(again)] == [row[4:7] for row in held]
    assert (again.arrivals, again.departures, again.alterations, again.held) == (0, 0, 0, applied.held)


@pytest.mark.slow
def test_an_error_of_ours_ends_the_run_as_failed_and_the_next_one_mends_all(stirred: Registers) -> None:
    expected, _ = uninterrupted(stirred)

    def stumble(phase: Phase) -> None:
        if phase.relation == "cohort_sync":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stirred.read(stumble)
    failed = Run.objects.latest("pk")
    assert (failed.state, failed.message, failed.message_params) == ("failed", "failed", {"error": "ZeroDivisionError"})
    assert (failed.lease_until, stalled_runs().exists()) == (None, False)
    stirred.read()
    assert facts() == expected["facts"]
