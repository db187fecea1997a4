"""Somebody is excluded by hand while a night is under way: after it was planned, before it is written."""

from typing import Any

import pytest

from cohorts.models import Person
from courses.models import Course, Method
from enrolhub.sync import conduct
from enrolhub.sync.apply import apply_arrivals
from enrolhub.sync.digest import digest_changes
from enrolhub.sync.models import Change, Phase, Scope
from enrolhub.sync.plan import changes_of_run
from tests.registers import Registers, course, enrolled, figures, logins, method_of

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


def exclude_between(monkeypatch: pytest.MonkeyPatch, method: Method, *usernames: str) -> None:
    """Let these people be excluded from the method right before the arrivals of its kind are written."""
    write = apply_arrivals

    def exclude_first(lease: Any, phase: Phase, *args: Any) -> None:
        if phase.relation == method.kind:
            for person in Person.objects.filter(username__in=usernames):
                method.exclusions.get_or_create(person=person)
        write(lease, phase, *args)

    monkeypatch.setattr(conduct, "apply_arrivals", exclude_first)


def test_whoever_is_excluded_meanwhile_does_not_come_in(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    space, other = course("INF101-26", "INF101"), course("INF101-B", "INF101")
    exclude_between(monkeypatch, method_of(space), "e1", "e5")
    run = registers.night()
    rest = [name for name in CROWD if name not in ("e1", "e5")]
    assert (run.state, enrolled(space), enrolled(other)) == ("applied", rest, CROWD)
    # The ledger, its figures and its digest tell what took effect, and nothing else.
    told = Change.objects.filter(scope__phase__run=run, scope__phase__relation="database").order_by("person")
    assert sorted(told.filter(scope__code=space.code).values_list("person", flat=True)) == rest
    scopes = Scope.objects.filter(phase__run=run, phase__relation="database").order_by("code")
    assert list(scopes.values_list("arrivals", flat=True)) == [10, 12]
    assert (figures(run), run.phases.get(relation="database").arrivals) == ({"arrivals": 22}, 22)
    assert run.digest == digest_changes(changes_of_run(run))
    assert figures(registers.night()) == {"unchanged": 22}


def test_a_course_from_which_everybody_is_excluded_meanwhile(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    space: Course = course("INF101-26", "INF101")
    exclude_between(monkeypatch, method_of(space), *CROWD)
    run = registers.night()
    assert (run.state, enrolled(space), figures(run)) == ("applied", [], {})
    assert figures(registers.night()) == {}
