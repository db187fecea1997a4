"""The days that a study lives through, and the spoiled extracts that come before each of its nights."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.study_poisons import POISONS


class Season(NamedTuple):
    """A part of the year: its share of the nights, and of the registrations that change in one day, half of which leave."""

    name: str
    share: float
    churn: float


YEAR = (
    Season("September", 0.15, 0.015),
    Season("teaching weeks", 0.4, 0.002),
    Season("semester change", 0.15, 0.0075),
    Season("teaching weeks", 0.3, 0.002),
)
SEPTEMBER, TEACHING, SEMESTER, _AGAIN = YEAR
#: Days that say what is usual, then a rush, then as many of the other one (decision 125).
RUSHES = ((TEACHING, 11), (SEMESTER, 4), (SEPTEMBER, 11))
#: The poisons that only their size tells from a true night, by their numbers.
SMALL = tuple(number for number, poison in enumerate(POISONS) if poison.small)


class Day(NamedTuple):
    """One day: its part of the year, what changes, and the numbers of the poisons that spoil its extract beforehand."""

    season: str
    churn: float
    poisons: Sequence[int] = ()


def whole_year(nights: int, poisoned: int) -> list[Day]:
    """So many nights of all the year; the poisons in turn, spread evenly over them."""
    days: list[Day] = []
    ends = [sum(season.share for season in YEAR[: number + 1]) * nights for number in range(len(YEAR))]
    for night in range(nights):
        season = next(season for season, end in zip(YEAR, ends, strict=True) if night < end - 1e-9)
        due = range(poisoned * night // nights, poisoned * (night + 1) // nights)
        days.append(Day(season.name, season.churn, due))
    return days


def rushes() -> list[Day]:
    """Two rushes after quiet days; each small poison before one of the last nights of either rush."""
    days: list[Day] = []
    for season, nights in RUSHES:
        spoiled: list[Sequence[int]] = [()] * nights
        if season is not TEACHING:
            spoiled[-len(SMALL) :] = [[number] for number in SMALL]
        days += [Day(season.name, season.churn, poisons) for poisons in spoiled]
    return days
