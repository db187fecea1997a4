"""Is an extract to be believed? Pure functions on counts and times, exact arithmetic (DESIGN §8, rows « extract »)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cohorts.sources.protocol import FIRST_EXPECTED, Problem
from enrolhub.sync.guards import exceeds


@dataclass(frozen=True)
class ListCounts:
    """One landed list: rows found, rows its manifest declares, rejected rows that name nobody."""

    rows: int
    declared: int | None
    unreadable: int = 0


class Part(NamedTuple):
    """A list as a whole, its rows of one academic year, or those of one component in it: what is empty is not narrowed."""

    list_name: str
    academic_year: str = ""
    component: str = ""


@dataclass(frozen=True)
class ExtractLimits:
    shrink_percent: int = 10
    shrink_rows: int = 20
    stale_hours: int = 36


def judge_counts(lists: Mapping[str, ListCounts]) -> Iterator[Problem]:
    """Rows against the manifest, and rows that could have confirmed anyone."""
    for name, counts in lists.items():
        if counts.declared is not None and counts.declared != counts.rows:
            params = {"declared": counts.declared, "found": counts.rows}
            yield Problem("rows_differ", file=f"{name}.csv", params=params)
        if counts.unreadable:
            yield Problem("rows_unreadable", file=f"{name}.csv", params={"rows": counts.unreadable})


def judge_emptiness(lists: Mapping[str, ListCounts], last: Mapping[str, int] | None) -> Iterator[Problem]:
    """An expected list without rows: one that had rows in the last complete extract, or a core list before any."""
    expected = FIRST_EXPECTED if last is None else [name for name, rows in last.items() if rows]
    for name in expected:
        if name in lists and not lists[name].rows:
            yield Problem("list_empty", file=f"{name}.csv")


def judge_shrinking(rows: Mapping[Part, int], last: Mapping[Part, int], limits: ExtractLimits) -> Iterator[Problem]:
    """A list, or one component's part of it, that lost too much since the last complete extract.

    What only one of the extracts speaks of (an academic year, a list) is no loss: leave it out. A component is told
    where its list as a whole is not.
    """
    told: set[tuple[str, str]] = set()
    for part, before in sorted(last.items(), key=lambda item: (bool(item[0].component), item[0])):
        now = rows.get(part, 0)
        lost = before - now
        if lost <= limits.shrink_rows or not exceeds(lost, before, limits.shrink_percent):
            continue
        if told.isdisjoint({(part.list_name, part.academic_year), (part.list_name, "")}):
            yield _shrank(part, before, now)
        if not part.component:
            told.add((part.list_name, part.academic_year))


def _shrank(part: Part, before: int, now: int) -> Problem:
    params = {"before": before, "now": now, "component": part.component, "year": part.academic_year}
    code = "component_shrank" if part.component else "year_shrank" if part.academic_year else "list_shrank"
    return Problem(code, file=f"{part.list_name}.csv", params=params)


def judge_years(years: Collection[str], found: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """An academic year of the manifest without a row in a list that is kept by year."""
    for name, present in found.items():
        for year in years:
            if year not in present:
                yield Problem("year_without_rows", file=f"{name}.csv", params={"year": year})


def judge_age(extracted_at: datetime, now: datetime, limits: ExtractLimits) -> Iterator[Problem]:
    """An extract too old to prove that anyone has left."""
    age = now - extracted_at
    if age > timedelta(hours=limits.stale_hours):
        yield Problem("stale", params={"hours": int(age.total_seconds() // 3600), "limit": limits.stale_hours})
