"""Guards are pure: one departure below, at and above each limit."""

import pytest

from enrolhub.sync.guards import Limits, Reason, ScopeCounts, exceeds, is_unusual_arrival, judge_run, judge_scope

LIMITS = Limits()


@pytest.mark.parametrize(
    ("size", "departures", "reason"),
    [
        (10, 2, None),
        (10, 3, None),
        (10, 4, Reason.SMALL),
        (4, 3, None),
        (11, 3, None),
        (11, 4, Reason.MEDIUM),
        (20, 6, None),
        (20, 7, Reason.MEDIUM),
        (50, 14, None),
        (50, 15, None),
        (50, 16, Reason.MEDIUM),
        (51, 10, None),
        (51, 11, Reason.LARGE),
        (55, 10, None),
        (55, 11, None),
        (55, 12, Reason.LARGE),
        (100, 20, None),
        (100, 21, Reason.LARGE),
        (1000, 200, None),
        (1000, 201, Reason.LARGE),
    ],
)
def test_departures_by_size(size: int, departures: int, reason: Reason | None) -> None:
    assert judge_scope(ScopeCounts(size, departures), LIMITS) == reason


@pytest.mark.parametrize(("size", "departures"), [(1, 1), (2, 2), (3, 3), (12, 12), (500, 500)])
def test_a_scope_that_had_members_is_not_emptied(size: int, departures: int) -> None:
    assert judge_scope(ScopeCounts(size, departures), LIMITS) == Reason.EMPTIED


def test_a_scope_whose_members_are_replaced_is_not_emptied() -> None:
    assert judge_scope(ScopeCounts(size=2, departures=2, arrivals=1), LIMITS) is None
    assert judge_scope(ScopeCounts(size=2, departures=1), LIMITS) is None


def test_without_a_departure_nothing_is_held() -> None:
    assert judge_scope(ScopeCounts(size=0, departures=0, recent_departures=100), LIMITS) is None
    assert judge_scope(ScopeCounts(size=10, departures=0, arrivals=50, recent_departures=9), LIMITS) is None


@pytest.mark.parametrize(
    ("size", "departures", "recent", "reason"),
    [
        (81, 1, 19, None),  # 20 of 100
        (80, 1, 20, Reason.WINDOW),  # 21 of 100
        (45, 1, 10, None),  # 11 of 55
        (45, 2, 10, Reason.WINDOW),  # 12 of 55
        (8, 1, 2, None),  # 3 of 10
        (8, 2, 2, Reason.WINDOW),  # 4 of 10
        (8, 1, 3, Reason.WINDOW),  # 4 of 11 is over 30 %
        (80, 17, 20, Reason.LARGE),  # tonight alone is too many
    ],
)
def test_a_week_of_departures(size: int, departures: int, recent: int, reason: Reason | None) -> None:
    assert judge_scope(ScopeCounts(size, departures, recent_departures=recent), LIMITS) == reason


@pytest.mark.parametrize(
    ("current", "departures", "reason"),
    [
        (100, 50, None),
        (1020, 51, None),
        (1019, 51, Reason.RUN),
        (1000, 51, Reason.RUN),
        (10_000, 500, None),
        (10_000, 501, Reason.RUN),
        (50, 50, None),
        (51, 51, Reason.RUN),
    ],
)
def test_departures_of_a_whole_run(current: int, departures: int, reason: Reason | None) -> None:
    assert judge_run(current, departures, LIMITS) == reason


@pytest.mark.parametrize(
    ("size", "arrivals", "unusual"),
    [(20, 1000, False), (21, 10, False), (21, 11, True), (100, 50, False), (100, 51, True)],
)
def test_unusual_arrivals(size: int, arrivals: int, unusual: bool) -> None:
    assert is_unusual_arrival(ScopeCounts(size, 0, arrivals), LIMITS) is unusual


def test_percentages_are_exact() -> None:
    assert not exceeds(11, 55, 20)
    assert exceeds(12, 55, 20)
    big = 10**18
    assert not exceeds(big, 5 * big, 20)
    assert exceeds(big + 1, 5 * big, 20)
