"""The doors for the workers, called as a worker calls them: delivered twice or late, they take effect once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from courses import tasks
from courses.night import business_date, request_night
from courses.overview.nights import last_due_on
from courses.tasks import conduct, run_nightly, sweep_runs
from enrolhub.sync import start
from enrolhub.sync.lease import take_lease
from enrolhub.sync.models import Change, Run
from tests.factories import RunFactory
from tests.registers import Registers, course, enrolled, logins

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


def test_the_scheduled_night_is_one_a_date_whatever_the_clock_does(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ENROLHUB_SOURCES_DIR", registers.write())
    space = course("INF101-26", "INF101")
    for _ in range(3):
        run_nightly()
    assert enrolled(space) == CROWD
    assert list(Run.objects.values_list("state", "arrivals")) == [("applied", 12)]
    run_nightly(scheduled=False)
    assert list(Run.objects.order_by("pk").values_list("state", "arrivals")) == [("applied", 12), ("applied", 0)]


def test_a_run_delivered_twice_takes_effect_once(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    run = request_night(folder=registers.write())
    assert run is not None
    conduct(run.pk)
    changes = Change.objects.count()
    conduct(run.pk)
    assert (enrolled(space), Change.objects.count()) == (CROWD, changes)


def test_the_sweeper_takes_up_what_stalled_and_leaves_what_goes_on(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    run = request_night(folder=registers.write())
    assert run is not None
    take_lease(run.pk)
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, enrolled(space)) == ("running", [])
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, run.resumed, enrolled(space)) == ("applied", True, CROWD)


def test_one_run_that_the_database_interrupts_keeps_no_other_from_being_taken_up(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = course("INF101-26", "INF101")
    first = Run.objects.create(kind="undo", lane="undo:1", state="running", lease_until=timezone.now())
    run = request_night(folder=registers.write())
    assert run is not None
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    conduct_really = tasks.conduct

    def stumble(number: int) -> None:
        if number == first.pk:
            raise OperationalError("deadlock detected")
        conduct_really(number)

    monkeypatch.setattr(tasks, "conduct", stumble)
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, enrolled(space)) == ("applied", CROWD)


def test_a_night_that_the_clocks_message_never_began_is_begun_by_the_sweeper(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message was lost with the broker, or sent to nobody; the sweeper comes all the same."""
    space = course("INF101-26", "INF101")
    monkeypatch.setattr(settings, "ENROLHUB_SOURCES_DIR", registers.write())
    due = timezone.now() - timedelta(minutes=10)
    monkeypatch.setattr(settings, "NIGHTLY_AT", timezone.localtime(due).time())
    earlier = RunFactory(scheduled_on=business_date() - timedelta(days=3), state="applied")
    Run.objects.filter(pk=earlier.pk).update(requested_at=due - timedelta(days=3))
    for _ in range(2):
        sweep_runs()
    assert enrolled(space) == CROWD
    assert list(Run.objects.exclude(pk=earlier.pk).values_list("state", "scheduled_on")) == [
        ("applied", last_due_on(timezone.now()))
    ]


def test_pages_wake_the_task_that_conducts() -> None:
    assert conduct.name == start.CONDUCT
