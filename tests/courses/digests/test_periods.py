"""Which days a digest is about: by the calendar of Paris, each while it is news."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from courses.digests.periods import due_periods

SEVEN = time(7, 0)


def due(now: str) -> list[str]:
    return [period.key for period in due_periods(datetime.fromisoformat(now), SEVEN)]


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        ("2026-11-17T05:59:59+00:00", ["weekly:2026-11-16"]),
        ("2026-11-17T06:00:00+00:00", ["daily:2026-11-17", "weekly:2026-11-16"]),
        ("2026-11-17T17:59:59+00:00", ["daily:2026-11-17", "weekly:2026-11-16"]),
        ("2026-11-17T18:00:00+00:00", ["weekly:2026-11-16"]),
        ("2026-11-18T05:59:00+00:00", ["weekly:2026-11-16"]),
        ("2026-11-18T06:00:00+00:00", ["daily:2026-11-18"]),
        ("2026-11-22T12:00:00+00:00", ["daily:2026-11-22"]),
        ("2026-11-23T05:59:00+00:00", []),
        ("2026-11-23T06:00:00+00:00", ["daily:2026-11-23", "weekly:2026-11-23"]),
        ("2026-07-06T05:00:00+00:00", ["daily:2026-07-06", "weekly:2026-07-06"]),  # 07:00 in summer
    ],
)
def test_what_is_due(now: str, keys: list[str]) -> None:
    assert due(now) == keys


def test_periods_follow_each_other_without_a_gap() -> None:
    """Also over the nights on which clocks are changed, when a day has 23 or 25 hours."""
    first = datetime(2026, 3, 20, 8, tzinfo=UTC)
    days = [due_periods(first + timedelta(days=number), SEVEN) for number in range(230)]
    for often, length in (("daily", 230), ("weekly", 33)):
        found = sorted({(each.since, each.until) for day in days for each in day if each.often == often})
        assert len(found) in (length, length + 1)
        assert all(before[1] == after[0] for before, after in pairwise(found))
