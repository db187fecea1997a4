"""The doors for the workers, called as a worker calls them: delivered twice or late, they take effect once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from courses.night import request_night
from courses.tasks import conduct, run_nightly, sweep_runs
from enrolhub.sync import start
from enrolhub.sync.lease import take_lease
from enrolhub.sync.models import Change, Run
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


def test_pages_wake_the_task_that_conducts() -> None:
    assert conduct.name == start.CONDUCT
