"""The nights as the home page tells them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from courses.overview.nights import (
    chart_description,
    is_missing,
    last_due_on,
    last_night,
    next_night_at,
    nights_until,
    usual_length,
)
from enrolhub.sync.models import Run
from enrolhub.web.svg import Night
from tests.factories import NIGHT, HoldFactory, PhaseFactory, RunFactory, ScopeFactory

MORNING = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def night(**fields: Any) -> Run:
    """A night that is not saved."""
    run: Run = RunFactory.build(**fields)
    return run


def test_figures_of_a_date_are_those_of_its_nights() -> None:
    runs = [
        night(arrivals=5, departures=2, held=1),
        night(arrivals=3, started_at=NIGHT + timedelta(hours=9)),
        night(started_at=NIGHT - DAY, state=Run.State.REFUSED),
        night(started_at=NIGHT - 2 * DAY, arrivals=9, state=Run.State.RUNNING),
        night(started_at=NIGHT - 40 * DAY, arrivals=1000),
    ]
    assert nights_until(date(2026, 11, 17), runs, count=4) == [
        Night(date(2026, 11, 14)),
        Night(date(2026, 11, 15)),
        Night(date(2026, 11, 16), refused=True),
        Night(date(2026, 11, 17), arrivals=8, departures=2, held=1),
    ]


def test_a_date_that_a_second_night_saved_is_not_refused() -> None:
    runs = [night(state=Run.State.REFUSED), night(arrivals=4, started_at=NIGHT + timedelta(hours=5))]
    assert nights_until(date(2026, 11, 17), runs, count=1) == [Night(date(2026, 11, 17), arrivals=4)]


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (datetime(2026, 11, 17, 2, 29, tzinfo=UTC), datetime(2026, 11, 17, 2, 30, tzinfo=UTC)),
        (datetime(2026, 11, 17, 2, 30, tzinfo=UTC), datetime(2026, 11, 18, 2, 30, tzinfo=UTC)),
        (datetime(2026, 7, 17, 12, 0, tzinfo=UTC), datetime(2026, 7, 18, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_next_night_is_at_half_past_three_in_paris(now: datetime, start: datetime) -> None:
    assert next_night_at(now) == start


def test_the_last_night_that_was_due() -> None:
    assert last_due_on(NIGHT - timedelta(minutes=1)) == date(2026, 11, 16)
    assert last_due_on(NIGHT) == date(2026, 11, 17)


@pytest.mark.parametrize(
    ("started_at", "now", "missing"),
    [
        (NIGHT, MORNING, False),
        (NIGHT - DAY, NIGHT + timedelta(minutes=30), False),
        (NIGHT - DAY, MORNING, True),
        (NIGHT - 3 * DAY, NIGHT - timedelta(hours=1), True),
        (NIGHT - 3 * DAY, NIGHT + timedelta(minutes=30), True),
        (NIGHT + timedelta(hours=9), MORNING + DAY, True),
        (NIGHT + timedelta(hours=9), MORNING + timedelta(hours=9), False),
    ],
)
def test_a_night_is_missing_an_hour_after_its_time(started_at: datetime, now: datetime, missing: bool) -> None:
    assert is_missing(night(started_at=started_at), now) is missing


def test_a_night_under_way_is_not_missing() -> None:
    assert is_missing(night(started_at=NIGHT - 3 * DAY, state=Run.State.RUNNING), MORNING) is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "tone", "sentence"),
    [
        ({"arrivals": 318, "departures": 41}, "ok", "This night went well: 318 arrivals and 41 departures applied."),
        ({"arrivals": 1, "departures": 1}, "ok", "This night went well: 1 arrival and 1 departure applied."),
        ({}, "ok", "This night went well: nothing had to change."),
        ({"state": "running", "finished_at": None}, "info", "The night is under way."),
        ({"state": "source_partial"}, "wait", "The extract was incomplete: 0 arrivals and 0 departures applied."),
        ({"state": "failed"}, "bad", "The last night failed before its end."),
        (
            {"state": "refused", "message": "list_empty", "message_params": {"file": "annuaire.csv", "params": {}}},
            "bad",
            "The extract was refused, nothing was changed. annuaire.csv is empty.",
        ),
    ],
)
def test_the_last_night_in_one_sentence(fields: dict[str, Any], tone: str, sentence: str) -> None:
    said = last_night(RunFactory(**fields), MORNING)
    assert (said.tone, said.sentence) == (tone, sentence)


@pytest.mark.django_db
def test_a_night_of_the_day_before_is_not_called_this_night() -> None:
    said = last_night(RunFactory(started_at=NIGHT - DAY, arrivals=2), NIGHT - timedelta(hours=12))
    assert said.sentence == "This night went well: 2 arrivals and 0 departures applied."
    later = last_night(RunFactory(started_at=NIGHT - DAY, arrivals=2), NIGHT - timedelta(hours=1))
    assert later.sentence == "The last night went well: 2 arrivals and 0 departures applied."


@pytest.mark.django_db
def test_a_missing_night_comes_before_how_the_last_one_went() -> None:
    said = last_night(RunFactory(scheduled_on=date(2026, 11, 14), started_at=NIGHT - 3 * DAY), MORNING)
    assert said.tone == "bad"
    assert said.sentence.startswith("No night since")


@pytest.mark.django_db
def test_courses_touched_and_departures_that_wait() -> None:
    run = RunFactory()
    phase = PhaseFactory(run=run, relation="database")
    for code in ("AAA", "AAA", "BBB"):
        ScopeFactory(phase=phase, code=code)
    ScopeFactory(phase=PhaseFactory(run=run, relation="people"), code="annuaire")
    HoldFactory(scope__phase=phase, scope__code="CCC", scope__departures=14)
    HoldFactory(scope__phase=phase, scope__code="CCC", scope__departures=5, state="rejected")
    said = last_night(run, MORNING)
    assert (said.course_count, said.waiting) == (3, 14)


def test_before_the_first_night_the_next_one_is_told() -> None:
    said = last_night(None, MORNING)
    assert said.sentence == "No night has run yet. The next one starts tomorrow at 03:30."


def test_the_usual_length_needs_three_nights_that_ended() -> None:
    lengths = [timedelta(minutes=minutes) for minutes in (22, 20, 25)]
    runs = [night(finished_at=NIGHT + length) for length in lengths]
    assert usual_length(runs) == (lengths[1], lengths[2])
    assert usual_length(runs[:2]) is None
    assert usual_length([*runs[:2], night(state=Run.State.REFUSED)]) is None


def test_the_chart_in_words() -> None:
    nights = [Night(date(2026, 11, 16), 1462, 41), Night(date(2026, 11, 17), 318, 9, held=114)]
    assert chart_description(nights) == (
        "1,780 arrivals, 50 departures and 114 held departures. Most arrivals on the night of 16/11/2026: 1,462."
    )
