"""``manage.py make_campus``: writes an invented university as exchange files."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.campus.making import make_campus
from courses.campus.plan import CampusError, Plan, academic_year_of, check_between, paris_moment
from courses.campus.writing import unheard


def show_progress(what: str, done: int, total: int) -> None:
    """Redraw one line of the terminal; a finished step keeps its line."""
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{what}: {done:,} / {total:,}{end}")
    sys.stderr.flush()


class Command(BaseCommand):
    """Write a believable university: the exchange folder of a night, bulk files, and the nights that follow."""

    help = "Write a believable university as exchange files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        for name, help_text in (
            ("students", "with a registration"),
            ("courses", "course spaces"),
            ("staff", "teachers and offices"),
        ):
            parser.add_argument(f"--{name}", type=int, required=True, metavar="N", help=help_text)
        parser.add_argument("--seed", type=int, required=True, metavar="S", help="the same seed gives the same bytes")
        parser.add_argument(
            "--nights", type=int, default=0, metavar="K", help="also the K following nights, in DIR/nights/01…"
        )
        parser.add_argument(
            "--churn", type=float, default=0.02, help="share of the pedagogical registrations that change in a night"
        )
        parser.add_argument("--year", type=int, help="academic year; by default the one of the extract")
        parser.add_argument("--extracted-at", metavar="ISO", help="moment of the extract, Paris time; by default now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_between("--nights", options["nights"], 0, 99)
            check_between("--churn", options["churn"], 0, 0.5)
            moment = paris_moment(options["extracted_at"])
            year = academic_year_of(moment.date()) if options["year"] is None else options["year"]
            plan = Plan(options["students"], options["courses"], options["staff"], options["seed"], year, moment)
            progress = show_progress if sys.stderr.isatty() else unheard
            make_campus(plan, options["folder"], nights=options["nights"], churn=options["churn"], progress=progress)
        except CampusError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{options['folder']}: {plan.students} students, {plan.courses} courses, {plan.staff} staff")
