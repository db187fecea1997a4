"""Guards: pure functions of counts with exact arithmetic (DESIGN §8). No database, no rounding.

None can be switched off; the limits are settings, or dated one-offs above them (`limits.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings


class Reason(StrEnum):
    """Why departures are held. Stored as is, worded when shown."""

    EMPTIED = "scope_emptied"
    SMALL = "scope_small"
    MEDIUM = "scope_medium"
    LARGE = "scope_large"
    WINDOW = "scope_window"
    RUN = "run_limit"
    UNUSUAL = "run_unusual"
    UNDONE = "undone"


#: Why the departures of a run are held all together.
OF_THE_RUN = (Reason.RUN, Reason.UNUSUAL)
#: Days that say what is usual; fewer say nothing.
USUAL_DAYS = 10


@dataclass(frozen=True)
class Limits:
    """Highest departures that pass: a count up to ``small_size`` members, a percentage beyond."""

    small_size: int = 10
    small_count: int = 3
    medium_size: int = 50
    medium_percent: int = 30
    large_percent: int = 20
    run_percent: int = 5
    run_count: int = 50
    run_times: int = 10
    run_more_permille: int = 15
    arrivals_size: int = 20
    arrivals_percent: int = 50


@dataclass(frozen=True)
class ScopeCounts:
    """A scope before the run: members, departures planned tonight, arrivals, departures of the last days."""

    size: int
    departures: int
    arrivals: int = 0
    recent_departures: int = 0


def current_high_limit() -> tuple[int, int]:
    """The percentage and the number of a run's departures beyond which its author may not approve them."""
    return settings.GUARD_HIGH_PERCENT, settings.GUARD_HIGH_COUNT


def is_high(current: int, departures: int, percent: int, count: int) -> bool:
    """Whether a run has more departures than its author may approve: beyond that number, or that share of ``current``."""
    return departures > count or exceeds(departures, current, percent)


def exceeds(part: int, whole: int, percent: int) -> bool:
    """Whether ``part`` is more than ``percent`` % of ``whole``: 11 of 55 is not more than 20 %, 12 is."""
    return part * 100 > whole * percent


def judge_size(size: int, departures: int, limits: Limits) -> Reason | None:
    """Why so many departures from a scope of so many members are too many, or nothing."""
    if size <= limits.small_size:
        return Reason.SMALL if departures > limits.small_count else None
    if size <= limits.medium_size:
        return Reason.MEDIUM if exceeds(departures, size, limits.medium_percent) else None
    return Reason.LARGE if exceeds(departures, size, limits.large_percent) else None


def judge_scope(counts: ScopeCounts, limits: Limits) -> Reason | None:
    """Why the departures of a scope are held, or nothing when they may go. No departure, no hold."""
    if not counts.departures:
        return None
    if counts.departures - counts.arrivals >= counts.size > 0:
        return Reason.EMPTIED
    tonight = judge_size(counts.size, counts.departures, limits)
    if tonight:
        return tonight
    recent = counts.recent_departures
    if recent and judge_size(counts.size + recent, counts.departures + recent, limits):
        return Reason.WINDOW
    return None


def judge_run(current: int, departures: int, limits: Limits, usual: Sequence[int] = ()) -> Reason | None:
    """Why all departures of enrolments of a run are held, or nothing.

    ``usual``: the departures of each of the last days; too few days say nothing of what is usual.
    """
    if departures <= limits.run_count:
        return None
    if exceeds(departures, current, limits.run_percent):
        return Reason.RUN
    if len(usual) >= USUAL_DAYS and departures > most_of_a_day(current, limits, usual):
        return Reason.UNUSUAL
    return None


def most_of_a_day(current: int, limits: Limits, usual: Sequence[int]) -> int:
    """So many departures are a day like the last ones, and one more is not: so many times as many as usual, and not much
    more than usual for so many enrolments (decisions 54, 125).
    """
    twice = twice_median(usual)
    return min(limits.run_times * twice // 2, (1000 * twice + 2 * limits.run_more_permille * current) // 2000)


def twice_median(counts: Sequence[int]) -> int:
    """Twice the number that half of the counts do not exceed: an integer, whatever their number."""
    ordered = sorted(counts)
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def is_unusual_arrival(counts: ScopeCounts, limits: Limits) -> bool:
    """Whether so many arrivals on an established scope deserve a warning (they are applied all the same)."""
    return counts.size > limits.arrivals_size and exceeds(counts.arrivals, counts.size, limits.arrivals_percent)
