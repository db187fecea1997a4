"""The purge forgets what is past its time, nothing else, and says so."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from cohorts.models import Person
from courses.history.days import first_day
from courses.models import Delivery, Digest, EndNotice, Message
from courses.privacy import purge as purging
from courses.privacy.purge import last_purge, log_kind, purge
from courses.privacy.retention import KINDS, Kind
from courses.tasks import purge_past
from enrolhub.access.models import Attempts, Event, User
from enrolhub.access.trail import record_event
from enrolhub.schedule import beat_schedule
from enrolhub.sync.models import Change, Hold, LimitRaise, Notice, Run, Scope
from tests.dumps import tables
from tests.factories import (
    ChangeFactory,
    DeliveryFactory,
    EnrolmentFactory,
    FindingFactory,
    HoldFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    SiteRoleFactory,
    SnapshotFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
#: Older than everything is kept by default, and younger than anything.
LONG_AGO, LATELY = 500, 20


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        yield


def make_session() -> Any:
    ends = timezone.now() + timedelta(days=30)
    return Session.objects.create(session_key=f"key{ends:%s}", session_data="", expire_date=ends)


def make_attempts() -> Any:
    AccessAttempt.objects.create(username="e1", get_data="", post_data="", failures_since_start=1)
    return Attempts.objects.create(bucket=f"bucket{timezone.now():%s}", since=timezone.now())


def make_message() -> Any:
    return DeliveryFactory.create(state=Delivery.State.SENT).message


def make_notices() -> Any:
    now = timezone.now()
    enrolment = EnrolmentFactory.create()
    EndNotice.objects.create(method=enrolment.method, person=enrolment.person, ends_at=now, told_at=now)
    times = {"since": now, "until": now, "claimed_at": now}
    return Digest.objects.create(user=UserFactory(), period=f"daily:{now:%F}", state=Digest.State.SENT, **times)


def make_night_notice() -> Any:
    return Notice.objects.create(key=f"night:{timezone.now():%s}", claimed_at=timezone.now())


def make_run(**fields: Any) -> Any:
    """A run with everything that hangs on one."""
    now = timezone.now()
    run = RunFactory.create(**{"started_at": now} | fields)
    held = {"scope__phase": PhaseFactory(run=run), "scope__arrived_at": now, "state": Hold.State.REJECTED}
    scope = HoldFactory.create(**held).scope
    ChangeFactory.create_batch(3, scope=scope)
    FindingFactory(run=run)
    return run


def make_event() -> Any:
    return record_event("somebody", "export", "CRS1", count=3)


def make_account() -> Any:
    return UserFactory.create()


MAKERS: dict[str, Callable[[], Any]] = {
    "sessions": make_session,
    "sign_ins": make_attempts,
    "messages": make_message,
    "notices": make_notices,
    "night_notices": make_night_notice,
    "ledger": make_run,
    "events": make_event,
    "accounts": make_account,
}
BY_CODE = {kind.code: kind for kind in KINDS}
#: How many rows of a kind one maker leaves, where it is more than one.
COUNTS = {"sign_ins": 2, "notices": 2}


def ignore(kind: Kind, count: int) -> None:
    """Nobody listens."""


def test_every_kind_is_tried_here() -> None:
    assert [*MAKERS, "people"] == list(BY_CODE)


@pytest.mark.parametrize("code", MAKERS)
def test_what_is_past_its_time_goes_and_nothing_else(code: str) -> None:
    kind, now = BY_CODE[code], timezone.now()
    with days_ago(LONG_AGO):
        old = MAKERS[code]()
    with days_ago(LATELY):
        young = MAKERS[code]()
    expected = COUNTS.get(code, 1)
    assert kind.count(now) == expected
    before = tables()
    kind.forget(now)
    assert kind.count(now) == 0
    model = type(old)
    assert list(model._default_manager.filter(pk__in=[old.pk, young.pk])) == [young]
    after = tables()
    lost = {name for name, rows in before.items() if len(rows) > len(after[name])}
    assert {"cohorts.Person", "courses.Course", "courses.Enrolment"}.isdisjoint(lost)
    assert kind.forget(now) == 0, "forgetting twice is forgetting once"


def test_a_run_leaves_nothing_behind() -> None:
    with days_ago(LONG_AGO):
        make_run()
    BY_CODE["ledger"].forget(timezone.now())
    assert [model.objects.count() for model in (Run, Scope, Change, Hold)] == [0, 0, 0, 0]


def test_the_undo_window_is_never_touched() -> None:
    with days_ago(399):
        kept = make_run()
    with days_ago(401):
        make_run()
    BY_CODE["ledger"].forget(timezone.now())
    assert list(Run.objects.all()) == [kept]
    assert Change.objects.filter(scope__phase__run=kept).count() == 3


def old_run(**fields: Any) -> Run:
    with days_ago(LONG_AGO):
        run: Run = make_run(**fields)
    return run


def undone_by_a_standing_undo() -> None:
    with days_ago(LONG_AGO):
        undone = make_run()
        make_run(kind="undo", undoes=undone)


def undone_lately() -> None:
    make_run(kind="undo", undoes=old_run(), state=Run.State.FAILED)


def approved_lately() -> None:
    make_run(kind="approval", approves=old_run())


def held_and_waiting() -> None:
    HoldFactory(scope__phase=PhaseFactory(run=old_run(), relation="cohort_sync"), state=Hold.State.WAITING)


def still_live() -> None:
    old_run(state=Run.State.RUNNING)


@pytest.mark.parametrize(
    "story", [undone_by_a_standing_undo, undone_lately, approved_lately, held_and_waiting, still_live]
)
def test_a_run_that_something_rests_on_stays(story: Callable[[], None]) -> None:
    story()
    runs = Run.objects.count()
    assert (BY_CODE["ledger"].forget(timezone.now()), Run.objects.count()) == (0, runs)


def test_what_rests_on_an_old_run_goes_with_it() -> None:
    with days_ago(LONG_AGO):
        night = make_run()
        make_run(kind="approval", approves=night)
        make_run(kind="undo", undoes=make_run(), state=Run.State.FAILED)
    assert BY_CODE["ledger"].forget(timezone.now()) == 4


def test_an_undo_of_long_ago_counts_no_more() -> None:
    with days_ago(1_100):
        make_run(kind="undo", undoes=make_run())
    assert BY_CODE["ledger"].forget(timezone.now()) == 2


def test_dry_runs_go_sooner() -> None:
    with days_ago(40):
        kept, gone = make_run(), make_run(dry_run=True, state=Run.State.PLANNED)
    BY_CODE["ledger"].forget(timezone.now())
    assert list(Run.objects.filter(pk__in=[kept.pk, gone.pk])) == [kept]


def test_a_message_whose_mails_wait_stays() -> None:
    with days_ago(LONG_AGO):
        DeliveryFactory()
    assert (BY_CODE["messages"].forget(timezone.now()), Message.objects.count()) == (0, 1)


def with_a_role() -> User:
    return SiteRoleFactory.create().user


def with_a_run_that_is_kept() -> User:
    user: User = UserFactory.create()
    with days_ago(0):
        RunFactory(author=user)
    return user


def superuser() -> User:
    return UserFactory.create(is_superuser=True)


def who_raised_a_limit() -> User:
    user: User = UserFactory.create()
    now = timezone.now()
    LimitRaise.objects.create(
        limit="GUARD_RUN_COUNT", value=99, starts_at=now, ends_at=now, author=user, reason="a reason"
    )
    return user


def who_signed_in_lately() -> User:
    return UserFactory.create(last_login=timezone.now() + timedelta(days=LONG_AGO - LATELY))


@pytest.mark.parametrize(
    "story", [with_a_role, with_a_run_that_is_kept, superuser, who_raised_a_limit, who_signed_in_lately]
)
def test_an_account_that_counts_stays(story: Callable[[], User]) -> None:
    with days_ago(LONG_AGO):
        account = story()
    BY_CODE["accounts"].forget(timezone.now())
    assert User.objects.filter(pk=account.pk).exists()


def test_the_history_begins_where_the_ledger_is_whole() -> None:
    assert first_day() is None
    held_and_waiting()
    kept = timezone.localdate() - timedelta(days=399)
    assert first_day() == kept, "a single old run that is kept does not make the days around it known"


def everything_old() -> None:
    SnapshotFactory(academic_years=["2026"])
    with days_ago(LONG_AGO):
        for make in MAKERS.values():
            make()
        PersonFactory(username="gone", account_state=Person.AccountState.INACTIVE)


def test_the_command_says_what_it_did_and_so_does_the_trail(capsys: pytest.CaptureFixture[str]) -> None:
    everything_old()
    before = tables()
    call_command("purge", "--dry-run")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (tables(), told.pop("dry_run")) == (before, True)
    assert all(told[code] >= 1 for code in BY_CODE)
    assert last_purge() is None
    call_command("purge")
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    event = last_purge()
    assert event is not None
    assert (done.pop("dry_run"), event.detail.pop("complete")) == (False, True)
    assert event.detail == done
    assert {code: done[code] for code in ("ledger", "messages", "people")} == {"ledger": 1, "messages": 1, "people": 1}


def test_cut_short_it_says_how_far_it_came_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    everything_old()

    def cut(now: object) -> int:
        raise OperationalError("the disk is full")

    broken = [Kind(k.code, k.label, k.setting, k.count, cut) if k.code == "ledger" else k for k in KINDS]
    monkeypatch.setattr(purging, "KINDS", tuple(broken))
    with pytest.raises(CommandError, match="the disk is full"):
        call_command("purge")
    event = last_purge()
    assert event is not None
    assert (event.detail["complete"], event.detail["messages"], "ledger" in event.detail) == (False, 1, False)
    monkeypatch.undo()
    counts = purge(timezone.now(), log_kind)
    assert (counts["messages"], counts["ledger"], counts["people"]) == (0, 1, 1)


def test_the_clock_starts_it_after_the_night(caplog: pytest.LogCaptureFixture) -> None:
    assert beat_schedule["purge"]["task"] == purge_past.name
    with caplog.at_level("INFO", logger=purging.__name__):
        purge_past()
    assert len(caplog.records) == len(KINDS)
    assert Event.objects.filter(action="purge").count() == 1
