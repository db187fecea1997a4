"""The table of guards, row by row, one below, at and above each limit. Pure functions on counts: no database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from cohorts.extract_guards import (
    ExtractLimits,
    ListCounts,
    Part,
    judge_age,
    judge_counts,
    judge_emptiness,
    judge_shrinking,
    judge_years,
)
from cohorts.rollover import YearChange, judge_reopened, judge_rollover
from cohorts.sources.protocol import Problem
from enrolhub.sync.guards import (
    USUAL_DAYS,
    Limits,
    Reason,
    ScopeCounts,
    current_high_limit,
    exceeds,
    is_high,
    is_unusual_arrival,
    judge_run,
    judge_scope,
    twice_median,
)

LIMITS = Limits()
EXTRACT = ExtractLimits()
NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
IA, IP = "inscriptions_administratives", "inscriptions_pedagogiques"


def told(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.file) for problem in problems]


def test_the_defaults_are_those_of_the_settings() -> None:
    plan = {
        "small_size": settings.GUARD_SCOPE_SMALL_SIZE,
        "small_count": settings.GUARD_SCOPE_SMALL_COUNT,
        "medium_size": settings.GUARD_SCOPE_MEDIUM_SIZE,
        "medium_percent": settings.GUARD_SCOPE_MEDIUM_PERCENT,
        "large_percent": settings.GUARD_SCOPE_LARGE_PERCENT,
        "run_percent": settings.GUARD_RUN_PERCENT,
        "run_count": settings.GUARD_RUN_COUNT,
        "run_times": settings.GUARD_RUN_TIMES,
        "run_more_permille": settings.GUARD_RUN_MORE_PERMILLE,
        "arrivals_size": settings.GUARD_ARRIVALS_SIZE,
        "arrivals_percent": settings.GUARD_ARRIVALS_PERCENT,
    }
    assert vars(LIMITS) == plan
    assert (LIMITS.small_size, LIMITS.small_count, LIMITS.medium_size) == (10, 3, 50)
    assert (LIMITS.medium_percent, LIMITS.large_percent, LIMITS.run_percent, LIMITS.run_count) == (30, 20, 5, 50)
    assert (LIMITS.arrivals_size, LIMITS.arrivals_percent, settings.GUARD_WINDOW_DAYS) == (20, 50, 7)
    assert vars(EXTRACT) == {"shrink_percent": 10, "shrink_rows": 20, "stale_hours": 36}
    assert (settings.GUARD_EXTRACT_SHRINK_PERCENT, settings.GUARD_EXTRACT_SHRINK_ROWS) == (10, 20)
    assert (settings.GUARD_EXTRACT_WARN_HOURS, settings.GUARD_EXTRACT_STALE_HOURS) == (26, 36)
    assert current_high_limit() == (10, 1000)


class TestExtract:
    @pytest.mark.parametrize(("found", "wrong"), [(99, True), (100, False), (101, True)])
    def test_rows_are_those_of_the_manifest(self, found: int, wrong: bool) -> None:
        problems = told(judge_counts({IP: ListCounts(found, 100)}))
        assert problems == [("rows_differ", f"{IP}.csv")] * wrong

    @pytest.mark.parametrize(("unreadable", "wrong"), [(0, False), (1, True)])
    def test_a_row_that_names_nobody_might_have_confirmed_anyone(self, unreadable: int, wrong: bool) -> None:
        problems = told(judge_counts({IP: ListCounts(100, None, unreadable)}))
        assert problems == [("rows_unreadable", f"{IP}.csv")] * wrong

    @pytest.mark.parametrize(
        ("rows", "last", "wrong"),
        [(0, 1, True), (1, 1, False), (0, 0, False), (0, None, True), (1, None, False)],
    )
    def test_an_expected_list_is_not_empty(self, rows: int, last: int | None, wrong: bool) -> None:
        problems = told(judge_emptiness({IA: ListCounts(rows, None)}, None if last is None else {IA: last}))
        assert problems == [("list_empty", f"{IA}.csv")] * wrong

    @pytest.mark.parametrize("name", [IP, "elements", "groupes", "affectations_groupes"])
    def test_before_the_first_complete_extract_only_the_core_lists_are_expected(self, name: str) -> None:
        assert told(judge_emptiness({name: ListCounts(0, None)}, None)) == []

    @pytest.mark.parametrize(
        ("before", "now", "wrong"),
        [
            (1000, 901, False),
            (1000, 900, False),
            (1000, 899, True),
            (205, 184, True),  # 21 rows, 10.2 %
            (205, 185, False),  # 20 rows
            (211, 190, False),  # 21 rows, 9.95 %
            (210, 189, False),  # 21 rows, exactly 10 %
            (209, 188, True),  # 21 rows, 10.05 %
            (20, 0, False),
            (21, 0, True),
            (100, 200, False),
        ],
    )
    def test_a_list_or_a_component_s_part_of_it_shrank(self, before: int, now: int, wrong: bool) -> None:
        for part, code in (
            (Part(IP), "list_shrank"),
            (Part(IP, "2026"), "year_shrank"),
            (Part(IP, "2026", "SCI"), "component_shrank"),
        ):
            assert told(judge_shrinking({part: now}, {part: before}, EXTRACT)) == [(code, f"{IP}.csv")] * wrong

    def test_a_component_is_told_only_where_its_list_is_not(self) -> None:
        last = {Part(IP): 300, Part(IP, "2026"): 300, Part(IP, "2026", "DRO"): 100, Part(IA, "2026", "DRO"): 100}
        now = {Part(IP): 200, Part(IP, "2026"): 200, Part(IP, "2026", "DRO"): 0, Part(IA, "2026", "DRO"): 0}
        problems = list(judge_shrinking(now, last, EXTRACT))
        assert told(problems) == [("list_shrank", f"{IP}.csv"), ("component_shrank", f"{IA}.csv")]
        assert problems[1].params == {"before": 100, "now": 0, "component": "DRO", "year": "2026"}

    @pytest.mark.parametrize(("present", "wrong"), [(["2026"], True), (["2026", "2027"], False), ([], True)])
    def test_each_year_of_the_manifest_has_a_row(self, present: list[str], wrong: bool) -> None:
        years = [problem.params["year"] for problem in judge_years(["2026", "2027"], {IP: present})]
        assert years == [year for year in ("2026", "2027") if year not in present]
        assert bool(years) is wrong

    @pytest.mark.parametrize(("seconds", "wrong"), [(-1, False), (0, False), (1, True)])
    def test_after_36_hours_it_proves_nobody_gone(self, seconds: int, wrong: bool) -> None:
        extracted_at = NOW - timedelta(hours=36, seconds=seconds)
        assert told(judge_age(extracted_at, NOW, EXTRACT)) == [("stale", "")] * wrong


class TestRollover:
    @pytest.mark.parametrize(
        ("rows", "last", "changes"),
        [
            ({"2026": 100}, {}, []),
            ({"2026": 100}, {"2026": 100}, []),
            ({"2026": 100, "2027": 11}, {"2026": 100}, [YearChange("year_begun", "2027", 11, 100)]),
            ({"2026": 100, "2027": 10}, {"2026": 100}, [YearChange("year_nearly_empty", "2027", 10, 100)]),
            ({"2027": 90}, {"2026": 100, "2027": 90}, [YearChange("year_gone", "2026", before=100)]),
            (
                {"2027": 5},
                {"2026": 100},
                [YearChange("year_gone", "2026", before=100), YearChange("year_nearly_empty", "2027", 5, 100)],
            ),
            ({"2025": 100, "2026": 100}, {"2026": 100}, [YearChange("year_reopened", "2025", 100)]),
            ({"2026": 50, "2027": 90}, {"2026": 100, "2027": 90}, []),
            (
                {"2026": 49, "2027": 90},
                {"2026": 100, "2027": 90},
                [YearChange("year_emptying", "2026", 49, 100)],
            ),
            ({"2026": 0}, {"2026": 20}, []),
            ({"2026": 0}, {"2026": 21}, [YearChange("year_emptying", "2026", 0, 21)]),
        ],
    )
    def test_years_that_begin_vanish_or_come_back(
        self, rows: dict[str, int], last: dict[str, int], changes: list[YearChange]
    ) -> None:
        assert list(judge_rollover(rows, last, 20)) == changes

    @pytest.mark.parametrize(
        ("years", "last", "reopened"),
        [
            (["2026"], [], []),
            (["2026", "2027"], ["2026"], []),
            (["2027"], ["2026"], []),
            (["2025", "2026"], ["2026"], ["2025"]),
            (["2025"], ["2026", "2027"], ["2025"]),
            (["2026"], ["2025", "2027"], []),
        ],
    )
    def test_a_closed_year_that_is_named_again_removes_nobody(
        self, years: list[str], last: list[str], reopened: list[str]
    ) -> None:
        assert [problem.params["year"] for problem in judge_reopened(years, last)] == reopened


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


@pytest.mark.parametrize(("members", "held_on"), [(100, 6), (40, 7), (1000, 6)])
def test_a_slow_drain_is_held_within_the_window(members: int, held_on: int) -> None:
    """4 % of the members leave every night (2 of 40): no night is too many by itself."""
    size, applied = members, 0
    for night in range(1, held_on + 1):
        tonight = ScopeCounts(size, max(members * 4 // 100, 2), recent_departures=applied)
        assert judge_scope(tonight, LIMITS) == (Reason.WINDOW if night == held_on else None), night
        size, applied = size - tonight.departures, applied + tonight.departures


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


@pytest.mark.parametrize(
    ("departures", "usual", "reason"),
    [
        (500, [50] * USUAL_DAYS, None),
        (501, [50] * USUAL_DAYS, Reason.UNUSUAL),
        (501, [50] * (USUAL_DAYS - 1), None),  # too few days
        (5000, [50] * (USUAL_DAYS - 1), None),
        (5000, [], None),
        (2100, [600] * USUAL_DAYS, None),  # 1.5 % more than usual
        (2101, [600] * USUAL_DAYS, Reason.UNUSUAL),
        (2100, [600] * 5 + [601] * 5, None),  # 1,500 more than 600.5
        (2101, [600] * 5 + [601] * 5, Reason.UNUSUAL),
        (1667, [166] * 5 + [168] * 5, None),  # the lower of 10 × 167 and 1,667
        (1668, [166] * 5 + [168] * 5, Reason.UNUSUAL),
        (5000, [4000] * USUAL_DAYS, None),
        (50, [0] * USUAL_DAYS, None),
        (51, [0] * USUAL_DAYS, Reason.UNUSUAL),
        (505, [50] * 5 + [51] * 5, None),  # 10 × 50.5
        (506, [50] * 5 + [51] * 5, Reason.UNUSUAL),
        (501, [50] * 9 + [40_000], Reason.UNUSUAL),  # one odd day does not make it usual
        (5001, [5000] * USUAL_DAYS, Reason.RUN),
    ],
)
def test_departures_of_a_run_against_those_of_usual_days(
    departures: int, usual: list[int], reason: Reason | None
) -> None:
    assert judge_run(100_000, departures, LIMITS, usual) == reason


@pytest.mark.parametrize(
    ("current", "departures", "high"),
    [
        (1000, 100, False),
        (1000, 101, True),
        (100_000, 1000, False),
        (100_000, 1001, True),
        (9, 1, True),
        (10, 1, False),
    ],
)
def test_above_the_high_limit_a_second_person_approves(current: int, departures: int, high: bool) -> None:
    assert is_high(current, departures, *current_high_limit()) is high


@pytest.mark.parametrize(("counts", "twice"), [([3], 6), ([1, 2], 3), ([9, 1, 2], 4), ([1, 2, 4, 100], 6)])
def test_the_median_is_exact(counts: list[int], twice: int) -> None:
    assert twice_median(counts) == twice
