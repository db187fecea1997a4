"""The two laws of every sync: a dry run changes nothing; a dry run says exactly what the real one then does."""

from typing import Any

import pytest

from enrolhub.sync.models import Run
from tests.dumps import facts, report, tables
from tests.registers import Registers
from tests.sync.universities import settle_and_stir
from tests.worlds import once

pytestmark = pytest.mark.django_db


@pytest.fixture
def stirred(registers: Registers) -> Registers:
    once(settle_and_stir, registers)
    return registers


def said(run: Run) -> dict[str, Any]:
    """What a run says it does, but for the word for how it ended and what it left undone."""
    found = report(run)
    found["figures"].pop("state")
    found["holds"] = [row[:-1] for row in found["holds"]]
    return found


def test_a_dry_run_changes_nothing_and_says_what_the_real_one_does(stirred: Registers) -> None:
    before = tables()
    rehearsal = stirred.read(dry_run=True)
    assert tables(without_run=rehearsal.pk) == before
    assert (rehearsal.state, rehearsal.lease_until, rehearsal.dry_run) == ("planned", None, True)
    real = stirred.read()
    assert real.state == "applied_with_holds"
    assert said(rehearsal) == said(real)
    assert real.arrivals > 0 < real.departures


def test_the_first_night_of_all_can_be_rehearsed(registers: Registers) -> None:
    registers.write()
    before = tables()
    rehearsal = registers.read(dry_run=True)
    assert tables(without_run=rehearsal.pk) == before
    assert said(rehearsal) == said(registers.read())


def test_a_rehearsal_of_a_refused_extract_says_so_and_keeps_nothing(stirred: Registers) -> None:
    (stirred.folder / "annuaire.csv").write_bytes(b"")
    before = tables()
    rehearsal = stirred.read(dry_run=True)
    assert tables(without_run=rehearsal.pk) == before
    assert (rehearsal.state, rehearsal.message) == ("refused", "column_missing")
    real = stirred.read()
    assert (real.state, real.message, real.message_params) == ("refused", rehearsal.message, rehearsal.message_params)


def test_a_rehearsal_that_fails_keeps_nothing_and_ends_as_failed(stirred: Registers) -> None:
    before = tables()

    def stumble(phase: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stirred.read(stumble, dry_run=True)
    rehearsal = Run.objects.latest("pk")
    assert (rehearsal.state, rehearsal.dry_run) == ("failed", True)
    assert tables(without_run=rehearsal.pk) == before


@pytest.mark.slow
def test_a_rehearsal_of_a_partial_extract_says_what_is_withheld(stirred: Registers) -> None:
    (stirred.folder / "groupes.csv").unlink()
    rehearsal, real = stirred.read(dry_run=True), stirred.read()
    assert said(rehearsal) == said(real)
    assert (rehearsal.state, real.state) == ("planned", "source_partial")
    assert sum(phase.withheld for phase in rehearsal.phases.all()) > 0


@pytest.mark.slow
def test_a_night_may_go_on_in_parts(stirred: Registers) -> None:
    """People, then cohorts, then enrolments, each by a night of its own, come to what one night does."""
    whole = stirred.read(dry_run=True)
    parts = [stirred.read(only=[part]) for part in ("people", "cohorts", "enrolments")]
    assert [[phase.relation for phase in run.phases.filter(position__gt=0)][:1] for run in parts] == [
        ["people"],
        ["cohort_members"],
        ["database"],
    ]
    again = stirred.read()
    assert (again.arrivals, again.departures, again.alterations) == (0, 0, 0)
    assert sum(run.arrivals for run in parts) == whole.arrivals
    state = facts()
    stirred.read()
    assert facts() == state
