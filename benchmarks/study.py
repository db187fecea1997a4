"""`python -m benchmarks.study`: how often guards stop a night that is right, and what they let through of one that is wrong.

A campus lives through days of ordinary change; every morning somebody decides on what the night held. Before some of
these nights the same extract, spoiled in one way, is given to a dry run: what it would have applied and the true
night does not even propose are wrongful departures. The same arguments give the same study.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django
import time_machine
from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import leave, open_database
from benchmarks.study_calendar import Day, rushes, whole_year

if TYPE_CHECKING:
    from benchmarks.study_nights import Departures

FIRST_DAY = datetime.fromisoformat("2026-09-01T02:10:00+02:00")
READ_AFTER = timedelta(hours=1, minutes=20)


@dataclass
class Period:
    """The nights of one part of the year."""

    nights: int = 0
    leaving: int = 0
    holding: int = 0
    held: Counter[str] = field(default_factory=Counter)
    most: int = 0


@dataclass
class Outcome:
    """What came of the nights that one poison spoiled; ``wrongful``: departures of enrolments that got through."""

    nights: int = 0
    states: Counter[str] = field(default_factory=Counter)
    held: int = 0
    wrongful: int = 0
    wrongful_members: int = 0
    small: bool = False


@dataclass
class Study:
    """A study under way: its arguments, and what it found so far."""

    options: argparse.Namespace
    folder: Path
    days: Sequence[Day]
    periods: dict[str, Period] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def conduct(self) -> None:
        from benchmarks.study_nights import conduct, furnish

        current = self.make_campus()
        with time_machine.travel(FIRST_DAY + READ_AFTER):
            conduct(current)
            furnish(current)
            conduct(current)
        for number, day in enumerate(self.days, 1):
            current = self.pass_day(current, number, day)

    def make_campus(self) -> Path:
        from courses.campus.making import make_campus
        from courses.campus.plan import Plan

        sizes = (self.options.students, self.options.courses, max(self.options.courses // 2, 1))
        make_campus(Plan(*sizes, self.options.seed, FIRST_DAY.year, FIRST_DAY), self.folder / "000")
        return self.folder / "000"

    def pass_day(self, previous: Path, number: int, day: Day) -> Path:
        """The next day's extract, spoiled first by the poisons of the day, then as it is."""
        from benchmarks.study_nights import conduct_night
        from courses.campus.nights import write_next_night

        extracted_at, begun = FIRST_DAY + timedelta(days=number), time.perf_counter()
        folder = self.folder / f"{number:03}"
        write_next_night(previous, folder, extracted_at=extracted_at, churn=day.churn, seed=self.options.seed)
        with time_machine.travel(extracted_at + READ_AFTER):
            tried = [self.poison(folder, poison) for poison in day.poisons]
            night = conduct_night(folder)
        self.note_night(self.periods.setdefault(day.season, Period()), night.enrolments_leaving, night.held)
        for name, small, state, held, applied in tried:
            self.note_poisoned(
                self.outcomes.setdefault(name, Outcome(small=small)), state, held, applied - night.departures
            )
        if previous.name != "000":
            shutil.rmtree(previous)
        told = [f"{name}: {state}, {len(applied - night.departures)} wrongful" for name, _, state, _, applied in tried]
        words = [f"night {number}, {day.season}", night.run.state, f"{night.held.total()} held", *told]
        print(f"{' · '.join(words)} · {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        return folder

    def poison(self, source: Path, number: int) -> "tuple[str, bool, str, int, Departures]":
        from benchmarks.study_nights import conduct_poisoned
        from benchmarks.study_poisons import poison

        spoiled = self.folder / "spoiled"
        chosen = poison(source, spoiled, number, self.options.seed)
        run, held, applied = conduct_poisoned(spoiled)
        shutil.rmtree(spoiled)
        state = "partial" if run.partial else "held" if held else str(run.state)
        return chosen.name, chosen.small, state, held, applied

    def note_night(self, period: Period, leaving: int, held: Counter[str]) -> None:
        period.nights += 1
        period.leaving += leaving
        period.held += held
        period.holding += bool(held)
        period.most = max(period.most, held.total())

    def note_poisoned(self, outcome: Outcome, state: str, held: int, wrongful: "Departures") -> None:
        members = sum(relation == "cohort_members" for relation, _, _ in wrongful)
        outcome.nights += 1
        outcome.states[state] += 1
        outcome.held += held
        outcome.wrongful += len(wrongful) - members
        outcome.wrongful_members += members


def show(study: Study, console: Console) -> None:
    """The two tables of docs/benchmarks.md, of as many nights as there were."""
    holds = Table(
        "period",
        "nights",
        "leave a night",
        "nights that held",
        "scopes held",
        "a night",
        "most",
        "why",
        title="Right nights",
    )
    for name, period in study.periods.items():
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(period.held.items()))
        figures = (period.nights, period.leaving // period.nights, period.holding, period.held.total())
        mean = f"{period.held.total() / period.nights:.2f}"
        holds.add_row(name, *map(str, figures), mean, str(period.most), why)
    through = Table(
        "spoiled how",
        "nights",
        "ended",
        "scopes held",
        "wrongful enrolments",
        "wrongful members",
        title="Spoiled nights",
    )
    for name, each in study.outcomes.items():
        ended = ", ".join(f"{state} {count}" for state, count in sorted(each.states.items()))
        through.add_row(
            f"{name}{' *' if each.small else ''}",
            str(each.nights),
            ended,
            str(each.held),
            str(each.wrongful),
            str(each.wrongful_members),
        )
    console.print(holds)
    console.print(through)
    console.print("* smaller than every limit: nothing but its size tells it from a true night")


def main() -> None:
    signal.signal(signal.SIGTERM, leave)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--students", type=int, default=40_000)
    parser.add_argument("--courses", type=int, default=8_000)
    parser.add_argument("--nights", type=int, default=100)
    parser.add_argument("--poisoned", type=int, default=100)
    parser.add_argument("--rushes", action="store_true", help="26 days with the small losses of decision 125 instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    options = parser.parse_args()
    with open_database(options.database) as url, tempfile.TemporaryDirectory(prefix="enrolhub-study-") as place:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings", "LOG_LEVEL": "WARNING"}
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        days = rushes() if options.rushes else whole_year(options.nights, options.poisoned)
        study = Study(options, Path(place), days)
        try:
            study.conduct()
        finally:
            show(study, Console(width=None if sys.stdout.isatty() else 160))


if __name__ == "__main__":
    main()
