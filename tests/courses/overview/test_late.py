"""A scheduled night that nobody began at its hour begins late: once, and for its own date."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.overview.late import PATIENCE, request_late_night
from enrolhub.sync.models import Run
from tests.factories import RunFactory

pytestmark = pytest.mark.django_db
#: 03:30 in Paris, and the date of the night that is due then.
DUE, ON = datetime.fromisoformat("2026-11-26T03:30:00+01:00"), date(2026, 11, 26)


def night(on: date | None = None, at: datetime = DUE - timedelta(days=1), **fields: Any) -> Run:
    run: Run = RunFactory(scheduled_on=on, state="applied", **fields)
    Run.objects.filter(pk=run.pk).update(requested_at=at)
    return run


@pytest.fixture
def yesterday() -> Run:
    """The night of the day before: nights are scheduled here."""
    return night(ON - timedelta(days=1))


@pytest.mark.usefixtures("yesterday")
@pytest.mark.parametrize("late", [PATIENCE, timedelta(hours=5), timedelta(hours=23, minutes=59)])
def test_a_lost_night_begins_late_and_once(late: timedelta) -> None:
    run = request_late_night(DUE + late)
    assert run is not None
    assert (run.scheduled_on, run.state, run.kind) == (ON, Run.State.WAITING, "night")
    assert request_late_night(DUE + late + timedelta(minutes=1)) is None


@pytest.mark.usefixtures("yesterday")
def test_the_clocks_own_message_is_given_its_time() -> None:
    assert request_late_night(DUE + PATIENCE - timedelta(seconds=1)) is None
    assert request_late_night(DUE - timedelta(seconds=1)) is None


@pytest.mark.usefixtures("yesterday")
def test_after_three_days_without_a_machine_one_night_begins() -> None:
    later = DUE + timedelta(days=3, hours=4)
    run = request_late_night(later)
    assert run is not None
    assert run.scheduled_on == ON + timedelta(days=3)
    run.state = Run.State.APPLIED
    run.save()
    assert request_late_night(later + timedelta(hours=1)) is None


@pytest.mark.usefixtures("yesterday")
@pytest.mark.parametrize(
    "begun",
    [{"on": ON}, {"at": DUE + timedelta(minutes=1)}, {"at": DUE + timedelta(hours=2)}],
    ids=["tonight's", "by hand at once", "by hand later"],
)
def test_a_night_that_was_begun_is_not_begun_again(begun: dict[str, Any]) -> None:
    night(**begun)
    assert request_late_night(DUE + timedelta(hours=4)) is None


@pytest.mark.usefixtures("yesterday")
def test_one_that_is_under_way_is_let_end_first() -> None:
    RunFactory(state="running", lane="night", lease_until=timezone.now())
    Run.objects.filter(state="running").update(requested_at=DUE - timedelta(hours=1))
    assert request_late_night(DUE + timedelta(hours=1)) is None


def test_where_nights_are_started_by_hand_none_is_late() -> None:
    night()
    assert request_late_night(DUE + timedelta(hours=4)) is None
