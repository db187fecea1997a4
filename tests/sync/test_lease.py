"""Who conducts a run: one at a time, and nobody writes for a run that is no longer theirs."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.night import business_date, request_night
from enrolhub.sync.attempts import ATTEMPTS, attempt_run, stalled_runs
from enrolhub.sync.lease import LEASE, Lease, LeaseLost, RunBusy, take_lease
from enrolhub.sync.models import Finding, Run

pytestmark = pytest.mark.django_db


def new_run(lane: str = "night", **fields: object) -> Run:
    return Run.objects.create(kind="night", lane=lane, **fields)


def let_expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_second_conductor_is_refused_until_the_lease_has_ended() -> None:
    run = new_run()
    first = take_lease(run.pk)
    with pytest.raises(RunBusy):
        take_lease(run.pk)
    let_expire(run)
    second = take_lease(run.pk)
    run.refresh_from_db()
    assert (first.fence, second.fence, run.fence, run.state, run.resumed) == (1, 2, 2, "running", True)


def test_a_stale_conductor_writes_nothing() -> None:
    run = new_run()
    stale = take_lease(run.pk)
    let_expire(run)
    take_lease(run.pk)
    with pytest.raises(LeaseLost), stale.transaction():
        Finding.objects.create(run=run, code="never", level="info")
    assert not Finding.objects.exists()


@pytest.mark.parametrize("state", [Run.State.APPLIED, Run.State.FAILED, Run.State.REFUSED, Run.State.STOPPED])
def test_nothing_is_written_for_a_run_that_has_ended(state: str) -> None:
    run = new_run()
    lease = take_lease(run.pk)
    Run.objects.filter(pk=run.pk).update(state=state)
    with pytest.raises(LeaseLost), lease.transaction():
        Finding.objects.create(run=run, code="never", level="info")
    with pytest.raises(RunBusy):
        take_lease(run.pk)
    assert not Finding.objects.exists()


def test_a_write_renews_the_lease() -> None:
    run = new_run()
    lease = take_lease(run.pk)
    let_expire(run)
    with lease.transaction():
        """Nothing to write."""
    run.refresh_from_db()
    assert run.lease_until is not None
    assert timezone.now() < run.lease_until <= timezone.now() + LEASE


def test_a_write_that_took_long_renews_the_lease_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or whoever saw it end meanwhile would take over a run that goes on."""
    run = new_run()
    lease = take_lease(run.pk)
    monkeypatch.setattr("enrolhub.sync.lease.RENEWED", timedelta(0))
    with lease.transaction():
        let_expire(run)
    run.refresh_from_db()
    assert run.lease_until is not None
    assert run.lease_until > timezone.now()
    with lease.transaction():
        Run.objects.filter(pk=run.pk).update(state=Run.State.APPLIED, lease_until=None)
    run.refresh_from_db()
    assert run.lease_until is None


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=-365)])
def test_a_machine_whose_clock_is_wrong_takes_nobodys_run(ahead: timedelta) -> None:
    """Leases go by the database's clock: whatever the machine believes, they last a minute, and end after it."""
    run = new_run()
    with time_machine.travel(timezone.now() + ahead, tick=False):
        lease = take_lease(run.pk)
    run.refresh_from_db()
    assert run.lease_until is not None
    assert abs(run.lease_until - timezone.now() - LEASE) < timedelta(seconds=30)
    with time_machine.travel(timezone.now() + ahead, tick=False):
        with pytest.raises(RunBusy):
            take_lease(run.pk)
        assert not stalled_runs().exists()
        with lease.transaction():
            """Its conductor still holds it."""
    let_expire(run)
    with time_machine.travel(timezone.now() + ahead, tick=False):
        assert list(stalled_runs()) == [run]
        assert take_lease(run.pk).fence == 2


def test_what_fails_inside_is_rolled_back() -> None:
    run = new_run()
    lease = take_lease(run.pk)

    def write_and_fail() -> None:
        with lease.transaction():
            Finding.objects.create(run=run, code="never", level="info")
            raise RunBusy

    with pytest.raises(RunBusy):
        write_and_fail()
    assert not Finding.objects.exists()


def test_an_unknown_run_has_no_lease() -> None:
    with pytest.raises(RunBusy):
        take_lease(0)
    with pytest.raises(Run.DoesNotExist), Lease(0, 1).transaction():
        """Never reached."""


def test_one_live_run_a_lane_and_lanes_do_not_wait_for_each_other() -> None:
    new_run()
    new_run("undo:1")
    new_run(dry_run=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        new_run()
    Run.objects.update(state=Run.State.APPLIED)
    new_run()
    assert Run.objects.count() == 4


def test_one_scheduled_night_a_business_date() -> None:
    first = request_night(scheduled=True)
    assert first is not None
    assert first.scheduled_on == business_date()
    Run.objects.update(state=Run.State.APPLIED)
    assert request_night(scheduled=True) is None
    assert request_night() is not None
    assert Run.objects.count() == 2


def test_the_business_date_is_that_of_paris() -> None:
    for instant, date in {
        "2026-11-16T22:59:00+00:00": "2026-11-16",
        "2026-11-16T23:01:00+00:00": "2026-11-17",
        "2026-07-14T22:01:00+00:00": "2026-07-15",
    }.items():
        with time_machine.travel(instant, tick=False):
            assert str(business_date()) == date


def test_the_sweeper_finds_what_stalled_and_only_that() -> None:
    now = timezone.now()
    old, past, future = now - timedelta(minutes=2), now - timedelta(seconds=1), now + timedelta(seconds=30)
    wanted = [
        new_run("a", state="running", lease_until=past),
        new_run("b", state="waiting"),
        new_run("c", state="running", lease_until=past, fence=ATTEMPTS),
    ]
    Run.objects.filter(pk=wanted[1].pk).update(requested_at=old)
    new_run("d", state="running", lease_until=future)
    new_run("e", state="waiting")
    new_run("f", state="applied", lease_until=past)
    new_run("g", state="running", lease_until=past, dry_run=True)
    assert list(stalled_runs()) == wanted


def test_a_run_that_lost_its_conductor_too_often_is_given_up() -> None:
    run = new_run(fence=ATTEMPTS)
    ended = attempt_run(run)
    assert (ended.state, ended.message, ended.message_params) == ("failed", "gave_up", {"attempts": str(ATTEMPTS)})
    assert request_night() is not None
