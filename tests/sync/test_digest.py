"""The digest is the same on every database: a line a change, in the ledger's order, without database numbers."""

import hashlib

import pytest

from enrolhub.sync.digest import digest_changes, digests_by_scope
from enrolhub.sync.models import Change
from enrolhub.sync.plan import changes_of_run
from tests.factories import ChangeFactory, PhaseFactory, RunFactory, ScopeFactory

pytestmark = pytest.mark.django_db


def digest_of(*lines: str) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_lines_of_people_and_facts_in_the_ledger_s_order() -> None:
    run = RunFactory.create()
    people = PhaseFactory.create(run=run, relation="people", position=1)
    database = PhaseFactory.create(run=run, relation="database", position=2)
    first, second = (
        ScopeFactory.create(phase=people, code="annuaire"),
        ScopeFactory.create(phase=database, code="L1É"),
    )
    ChangeFactory.create(scope=first, person="zoé", item="zoé", before="", after="Noël\x1f\\n\x1f'")
    ChangeFactory.create(scope=second, person="b", action=Change.Action.DEPARTURE, before="student\x1f", after="")
    ChangeFactory.create(scope=second, person="a", before="x", after="y")
    other = ScopeFactory.create(phase=PhaseFactory.create())
    ChangeFactory.create(scope=other)
    assert digest_changes(changes_of_run(run)) == digest_of(
        "people\x1eannuaire\x1eA\x1ezoé\x1ezoé\x1e\x1eNoël\x1f\\n\x1f'",
        "database\x1eL1É\x1eD\x1eb\x1e\x1estudent\x1f\x1e",
        "database\x1eL1É\x1eA\x1ea\x1e\x1ex\x1ey",
    )


def test_each_scope_has_the_digest_it_has_alone() -> None:
    phase = PhaseFactory.create()
    scopes = [ScopeFactory.create(phase=phase, code=code) for code in ("b", "a", "c")]
    for person in ("zoé", "ada"):
        for scope in scopes[:2]:
            ChangeFactory.create(scope=scope, person=person, action=Change.Action.DEPARTURE, before="student", after="")
    ChangeFactory.create(scope=scopes[2], person="eve")
    departures = Change.objects.filter(action=Change.Action.DEPARTURE)
    assert digests_by_scope(departures) == {
        scope.pk: digest_changes(scope.changes.filter(action=Change.Action.DEPARTURE)) for scope in scopes[:2]
    }


def test_a_run_without_changes_has_the_digest_of_nothing() -> None:
    assert digest_changes(changes_of_run(RunFactory.create())) == digest_of()
