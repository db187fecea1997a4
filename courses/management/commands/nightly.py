"""`nightly`: the whole night in the foreground, no broker needed (FORMATS §2)."""

import json
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from cohorts.landing import heard_by
from cohorts.list_labels import reading_reporter
from courses.demo import refresh_demo_extract
from courses.expiry.notices import tell_endings
from courses.expiry.runs import apply_expiries
from courses.night import KIND, PARTS, request_night
from courses.terminal import describe_end, phase_reporter, print_scopes
from enrolhub.sync.attempts import attempt_run, interrupted_run
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Run
from enrolhub.sync.wording import run_name, say_message

logger = logging.getLogger(__name__)
EXIT_CODES = {
    Run.State.APPLIED: 0,
    Run.State.APPLIED_WITH_HOLDS: 3,
    Run.State.SOURCE_PARTIAL: 3,
    Run.State.REFUSED: 4,
}


class Command(BaseCommand):
    # Deployments run `check`; a night needs not.
    requires_system_checks = ()
    help = "Run the whole night in the foreground: read the sources, reconcile people, cohorts and enrolments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="plan and print, write nothing else")
        parser.add_argument("--sources", type=Path, metavar="DIR", help="folder of exchange files")
        parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        only = [part.strip() for part in options["only"].split(",") if part.strip()]
        if not only or set(only) - set(PARTS):
            raise CommandError(f"--only takes some of {','.join(PARTS)}, not {options['only']}", returncode=1)
        run = self.request(dry_run=options["dry_run"], folder=options["sources"], only=only)
        if options["sources"] is None and not options["dry_run"]:
            refresh_demo_extract()
        run = self.conduct(run)
        if not run.dry_run and "enrolments" in only:
            self.end_enrolments()
        self.report(run)

    def request(self, **asked: Any) -> Run:
        """The night asked for; one that was interrupted is brought to its end before."""
        run = request_night(**asked)
        interrupted = None if run else interrupted_run(KIND)
        if interrupted:
            self.stderr.write(f"Night {interrupted.pk} was interrupted: it is brought to its end first.")
            self.describe(self.conduct(interrupted))
            run = request_night(**asked)
        if run is None:
            raise CommandError("A night is under way already; `runs` shows it.", returncode=1)
        return run

    def conduct(self, run: Run) -> Run:
        try:
            with heard_by(reading_reporter(self.stderr)):
                return attempt_run(run, phase_reporter(self.stderr))
        except (LeaseLost, RunBusy) as error:
            raise CommandError(f"The night was taken over: {error}", returncode=1) from error
        except KeyboardInterrupt:
            raise CommandError(say_message("stopped_by_hand"), returncode=1) from None
        except (DatabaseError, InterfaceError) as error:
            logger.exception("night %s was interrupted by the database", run.pk)
            raise CommandError(f"The database interrupted the night: {error}", returncode=1) from error

    def end_enrolments(self) -> None:
        """What has ended by itself becomes what its method says, in a run of its own; the hourly pass does what fails here."""
        try:
            run = apply_expiries()
            tell_endings()
        except (DatabaseError, InterfaceError):
            logger.exception("the ends of enrolments were interrupted by the database")
            return
        if run is not None:
            self.stderr.write(run_name(run))
            self.describe(run)

    def describe(self, run: Run) -> None:
        for line in describe_end(run):
            self.stderr.write(line)

    def report(self, run: Run) -> None:
        self.describe(run)
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
