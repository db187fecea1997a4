"""One academic year gives way to another: what an extract shows of it. Pure functions on counts, exact arithmetic.

A year that the extract does not name is closed: nothing of it is compared, so nobody leaves its courses and cohorts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cohorts.sources.protocol import Problem
from enrolhub.sync.guards import exceeds

#: A year with no more than this share of the registrations of the year before is nearly empty.
NEARLY_EMPTY_PERCENT = 10
#: A year that lost a larger share of its registrations is on its way out of the register.
EMPTYING_PERCENT = 50


@dataclass(frozen=True)
class YearChange:
    """What happened to one academic year: administrative registrations of it now (``rows``) and ``before``, or of the year before."""

    code: str
    year: str
    rows: int = 0
    before: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge_rollover(rows: Mapping[str, int], last: Mapping[str, int], least_lost: int) -> Iterator[YearChange]:
    """How the years of an extract differ from those of the last complete one, each with its administrative registrations.

    Without a last extract nothing changed. Up to ``least_lost`` registrations may go without a word.
    """
    for year in sorted({*rows, *last} if last else ()):
        now, before = rows.get(year, 0), last.get(year, 0)
        if year not in rows:
            yield YearChange("year_gone", year, before=before)
        elif year not in last:
            yield _begun(year, now, last)
        elif before - now > least_lost and exceeds(before - now, before, EMPTYING_PERCENT):
            yield YearChange("year_emptying", year, now, before)


def _begun(year: str, rows: int, last: Mapping[str, int]) -> YearChange:
    if year < min(last):
        return YearChange("year_reopened", year, rows)
    newest = last[max(last)]
    sparse = not exceeds(rows, newest, NEARLY_EMPTY_PERCENT)
    return YearChange("year_nearly_empty" if sparse else "year_begun", year, rows, newest)


def judge_reopened(years: Collection[str], last: Collection[str]) -> Iterator[Problem]:
    """A year before all those of the last accepted extract: it was closed. For one night its extract removes nobody."""
    for year in sorted(years):
        if last and year < min(last):
            yield Problem("year_reopened", file="manifest.json", params={"year": year})
