"""`nightly`: the whole night in the foreground, no broker needed (FORMATS §2)."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.demo import refresh_demo_extract
from courses.night import PARTS, request_night
from courses.terminal import describe_end, phase_reporter, print_scopes
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run

EXIT_CODES = {
    Run.State.APPLIED: 0,
    Run.State.APPLIED_WITH_HOLDS: 3,
    Run.State.SOURCE_PARTIAL: 3,
    Run.State.REFUSED: 4,
}


class Command(BaseCommand):
    help = "Run the whole night in the foreground: read the sources, reconcile people, cohorts and enrolments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="plan and print, write nothing else")
        parser.add_argument("--sources", type=Path, metavar="DIR", help="folder of exchange files")
        parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        only = [part for part in options["only"].split(",") if part]
        if not only or set(only) - set(PARTS):
            raise CommandError(f"--only takes some of {','.join(PARTS)}, not {options['only']}", returncode=1)
        run = request_night(dry_run=options["dry_run"], folder=options["sources"], only=only)
        if run is None:
            raise CommandError("A night is under way already; `runs` shows it.", returncode=1)
        if options["sources"] is None and not options["dry_run"]:
            refresh_demo_extract()
        try:
            run = attempt_run(run, phase_reporter(self.stderr))
        except (LeaseLost, RunBusy) as error:
            raise CommandError(f"The night was taken over: {error}", returncode=1) from error
        self.report(run)

    def report(self, run: Run) -> None:
        for line in describe_end(run):
            self.stderr.write(line)
        if run.state == Run.State.FAILED:
            sys.exit(1)
        if run.dry_run:
            print_scopes(self.stdout, run)
        self.stdout.write(json.dumps(figures(run)))
        sys.exit(exit_code(run))


def figures(run: Run) -> dict[str, int | str]:
    """What the last line of stdout says: integers and words, counting enrolments."""
    return {
        "run": run.pk,
        "state": run.state,
        "arrivals": run.arrivals,
        "departures": run.departures,
        "alterations": run.alterations,
        "unchanged": run.unchanged,
        "held": run.held,
        "findings": run.finding_count,
    }


def exit_code(run: Run) -> int:
    if run.state != Run.State.PLANNED:
        return EXIT_CODES.get(Run.State(run.state), 1)
    return 3 if run.partial or run.phases.filter(held__gt=0).exists() else 0
