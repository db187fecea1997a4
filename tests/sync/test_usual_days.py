"""What is usual is read from the days before: complete runs of the same kind, those of one day added up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from enrolhub.sync.guards import USUAL_DAYS, Reason
from enrolhub.sync.held import HeldDepartures
from enrolhub.sync.judge import judge_whole_run, usual_departures
from enrolhub.sync.models import Hold, Run, Scope
from tests.factories import NIGHT, PhaseFactory, RunFactory, ScopeFactory

pytestmark = pytest.mark.django_db


def night(days_ago: int, departures: int, **fields: Any) -> Run:
    """A night that was asked for so many days before tonight's."""
    fields = {"kind": "night", "state": Run.State.APPLIED, "partial": False, "dry_run": False} | fields
    run: Run = RunFactory(departures=departures, **fields)
    return asked_at(run, NIGHT - timedelta(days=days_ago))


def asked_at(run: Run, when: datetime) -> Run:
    Run.objects.filter(pk=run.pk).update(requested_at=when)
    run.refresh_from_db()
    return run


def usual(departures: Sequence[int]) -> None:
    for days_ago, count in enumerate(departures, 1):
        night(days_ago, count)


def test_the_last_ten_days_count() -> None:
    for days_ago in range(USUAL_DAYS + 3, 0, -1):
        night(days_ago, days_ago)
    assert usual_departures(night(0, 0)) == list(range(1, USUAL_DAYS + 1))


def test_runs_of_one_day_are_added_up_and_today_s_are_not_counted() -> None:
    night(2, 5)
    night(1, 40)
    night(1, 2)
    night(0, 99)
    assert usual_departures(night(0, 0)) == [42, 5]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "file"},
        {"dry_run": True, "state": Run.State.PLANNED},
        {"partial": True, "state": Run.State.SOURCE_PARTIAL},
        {"state": Run.State.FAILED},
        {"state": Run.State.REFUSED},
    ],
)
def test_what_is_no_complete_night_says_nothing(fields: dict[str, Any]) -> None:
    night(1, 40, **fields)
    assert usual_departures(night(0, 0)) == []


@pytest.mark.parametrize(("departures", "held"), [(60, 0), (61, 1)])
def test_more_than_ten_times_as_many_are_held(departures: int, held: int) -> None:
    usual([6] * USUAL_DAYS)
    run = night(0, 0, state=Run.State.RUNNING)
    scope = ScopeFactory(phase=PhaseFactory(run=run, relation="database"), departures=departures, departed_at=None)
    judge_whole_run(run, 100_000, ["database"])
    assert Scope.objects.filter(pk=scope.pk, verdict=Scope.Verdict.HOLD).count() == held
    with translation.override("en"):
        told = [(line.why, line.limit) for line in HeldDepartures(run).lines]
    words = "far more departures in the whole run than on a usual day", "limit 60 departures; a usual day has 6"
    assert told == [words] * held
    params = list(Hold.objects.filter(reason=Reason.UNUSUAL).values_list("params", flat=True))
    assert params == [{"departures": 61, "current": 100_000, "usual": 6, "most": 60}] * held


def test_in_a_rush_much_more_than_usual_is_held_though_not_ten_times_as_many() -> None:
    usual([600] * USUAL_DAYS)
    told = {}
    for departures in (2_100, 2_101):
        run = night(0, 0, state=Run.State.RUNNING)
        ScopeFactory(phase=PhaseFactory(run=run, relation="database"), departures=departures, departed_at=None)
        judge_whole_run(run, 100_000, ["database"])
        told[departures] = list(Hold.objects.values_list("reason", "params"))
    params = {"departures": 2_101, "current": 100_000, "usual": 600, "most": 2_100}
    assert told == {2_100: [], 2_101: [(Reason.UNUSUAL, params)]}


def test_a_hold_of_before_that_knows_no_limit_tells_ten_times_a_usual_day() -> None:
    run = night(0, 0)
    scope = ScopeFactory(phase=PhaseFactory(run=run, relation="database"), departures=61, departed_at=None)
    params = {"departures": 61, "current": 100_000, "usual": 6}
    Hold.objects.create(scope=scope, reason=Reason.UNUSUAL, params=params, digest="")
    Scope.objects.filter(pk=scope.pk).update(verdict=Scope.Verdict.HOLD)
    with translation.override("en"):
        assert [line.limit for line in HeldDepartures(run).lines] == ["limit 60 departures; a usual day has 6"]


def test_a_summer_in_which_nobody_leaves_lets_fifty_go() -> None:
    usual([0] * USUAL_DAYS)
    run = night(0, 0, state=Run.State.RUNNING)
    ScopeFactory(phase=PhaseFactory(run=run, relation="database"), departures=50, departed_at=None)
    judge_whole_run(run, 100_000, ["database"])
    assert not Hold.objects.exists()
