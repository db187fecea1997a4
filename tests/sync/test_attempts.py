"""Runs that failed, were given up, or whose process is gone: what is told of them, and which of them may go on."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone, translation

from cohorts.models import ExtractFile, StagedPerson
from enrolhub.sync import apply
from enrolhub.sync.attempts import ATTEMPTS, attempt_run, end_dead_rehearsals, reopen_run
from enrolhub.sync.bulk_load import load_rows
from enrolhub.sync.lease import this_process
from enrolhub.sync.models import Finding, Phase, Run
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.wording import say_message
from tests.dumps import effects, facts, report
from tests.factories import RunFactory
from tests.registers import Registers, course, enrolled, logins
from tests.sync.test_conduct import uninterrupted
from tests.sync.universities import settle, stir, stir_courses

pytestmark = pytest.mark.django_db


class Stumbles:
    """A progress listener that fails in a phase, as long as the cause is there."""

    def __init__(self, error: Exception, relation: str = "cohort_sync") -> None:
        self.error, self.relation = error, relation

    def __call__(self, phase: Phase) -> None:
        if phase.relation == self.relation:
            raise self.error


def failing(registers: Registers, error: Exception) -> Run:
    """A night that met this error."""
    with pytest.raises(type(error)):
        registers.read(Stumbles(error))
    return Run.objects.latest("pk")


@pytest.mark.slow
def test_a_failed_night_whose_cause_is_gone_goes_on_where_it_stands(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "CHUNK", 3)
    settle(registers)
    stir(registers)
    stir_courses()
    registers.write()
    expected, _ = uninterrupted(registers)
    run = failing(registers, ZeroDivisionError())
    assert run.state == Run.State.FAILED
    reopen_run(run)
    ended = attempt_run(run, asked=True)
    assert {"facts": facts(), "report": report(ended), "effects": effects(ended)} == expected
    assert (ended.message, ended.message_params, ended.resumed) == ("", {}, True)


class TestReopening:
    def test_a_run_that_was_given_up_has_another_try_when_a_person_asks(self, registers: Registers) -> None:
        space = course("INF101-26", "INF101")
        registers.write()
        run = Run.objects.create(
            kind="night", lane="night", fence=ATTEMPTS, options={"sources": str(registers.folder), "folder_alone": True}
        )
        assert attempt_run(run).message == "gave_up"
        reopen_run(run)
        assert attempt_run(run, asked=True).state == Run.State.APPLIED
        assert enrolled(space) == logins(range(1, 13))

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"state": "applied"}, "resume_ended"),
            ({"state": "refused"}, "resume_ended"),
            ({"state": "failed", "dry_run": True}, "resume_ended"),
        ],
    )
    def test_what_came_to_its_end_has_nothing_to_go_on_with(self, fields: dict[str, Any], code: str) -> None:
        with pytest.raises(RunRefused, match=code):
            reopen_run(RunFactory(**fields))

    @pytest.mark.parametrize("state", ["failed", "stopped"])
    def test_what_others_overtook_is_started_anew(self, state: str) -> None:
        """Its plan knows nothing of what they did; a dry run has done nothing."""
        run = RunFactory(state=state)
        RunFactory(dry_run=True, state="planned")
        later = RunFactory(kind="hand", lane="hand:1", state="applied")
        with pytest.raises(RunRefused, match="resume_overtaken"):
            reopen_run(run)
        later.delete()
        reopen_run(run)
        run.refresh_from_db()
        assert (run.state, run.finished_at, run.message) == (Run.State.WAITING, None, "")

    def test_an_earlier_run_that_is_still_under_way_comes_first(self) -> None:
        RunFactory(kind="hand", lane="hand:1", state="running")
        with pytest.raises(RunRefused, match="resume_overtaken"):
            reopen_run(RunFactory(state="failed"))

    def test_what_an_approval_left_is_approved_again(self) -> None:
        held = RunFactory(state="applied_with_holds")
        with pytest.raises(RunRefused, match="resume_approval"):
            reopen_run(RunFactory(kind="approval", lane="approval:1", state="failed", approves=held))


def test_what_the_database_said_last_is_told_when_a_run_is_given_up(registers: Registers) -> None:
    registers.write()
    run = failing(registers, OperationalError("disk\nis full"))
    assert (run.state, run.message, run.message_params) == ("running", "", {"error": "OperationalError: disk is full"})
    Run.objects.filter(pk=run.pk).update(fence=ATTEMPTS)
    run.refresh_from_db()
    ended = attempt_run(run)
    with translation.override("en"):
        words = say_message(ended.message, ended.message_params)
    assert (ended.state, words) == (
        "failed",
        "The run was taken up 5 times and never came to its end. The database said last: OperationalError: disk is full.",
    )


def test_a_run_that_ends_well_after_all_keeps_nothing_of_what_interrupted_it(registers: Registers) -> None:
    registers.write()
    run = failing(registers, OperationalError("deadlock detected"))
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run.refresh_from_db()
    assert attempt_run(run).message_params == {}


def test_dry_runs_whose_process_is_gone_do_not_wait_for_ever() -> None:
    """The half of a report that one left is forgotten; who lives, here or elsewhere, is left alone, for half a day."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True)
    dead = RunFactory(dry_run=True, state="waiting", holder=f"{socket.gethostname()}:{int(gone.stdout)}")
    Phase.objects.create(run=dead, position=1, relation="people", started_at=timezone.now())
    Finding.objects.create(run=dead, code="old", level="info")
    living = RunFactory(dry_run=True, state="waiting", holder=this_process())
    elsewhere = RunFactory(dry_run=True, state="running", holder=f"elsewhere:{os.getpid()}")
    asked = RunFactory(dry_run=True, state="waiting", holder="")
    old = RunFactory(dry_run=True, state="waiting", holder="elsewhere:1")
    fresh = [living.pk, elsewhere.pk, asked.pk, dead.pk]
    Run.objects.filter(pk__in=fresh).update(requested_at=timezone.now())
    Run.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(hours=13))
    end_dead_rehearsals()
    ended = Run.objects.filter(state="failed", message="rehearsal_died").order_by("pk")
    assert list(ended) == [dead, old]
    assert (dead.phases.count(), dead.findings.count()) == (0, 0)


def test_an_error_while_a_list_is_loaded_is_known_as_the_databases() -> None:
    """Else a connection cut in the middle of a list would end the night as a failure of the program."""
    file = ExtractFile.objects.create(list_name="annuaire", sha256="0", byte_count=1)
    with pytest.raises(IntegrityError):
        load_rows(StagedPerson, ("file", "line"), [(file.pk, None)], transaction.atomic)
