"""`undo`: take a run back, whole or some courses and cohorts of it (FORMATS §2)."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.terminal import REFUSED, account_named, conduct_here, describe_end, print_scopes, run_numbered
from enrolhub.access.trail import record_event
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.rules import can_undo_codes
from enrolhub.sync.undo import request_undo
from enrolhub.sync.wording import say_message


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Take a run back: what it brought leaves, what it took away comes back. The undo is a run that can be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="number of the run, as `runs` shows it")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="CODE", help="only this course or cohort; may be repeated"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, write nothing else")
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="the account that does it")

    def handle(self, *args: Any, **options: Any) -> None:
        run, account = run_numbered(options["run"]), account_named(options["username"])
        if account and not can_undo_codes(account, run, options["scope"]):
            raise CommandError(
                _("%(name)s may not take this run back.") % {"name": account.username}, returncode=REFUSED
            )
        try:
            undo = request_undo(run, account, codes=options["scope"], dry_run=options["dry_run"])
        except RunRefused as refused:
            raise CommandError(say_message(refused.code, refused.params), returncode=REFUSED) from None
        self.report(conduct_here(undo, self.stderr))
        if not undo.dry_run:
            name = account.username if account else ""
            record_event(name, "undo", f"run:{run.pk}", scopes=options["scope"], run=undo.pk)

    def report(self, undo: Run) -> None:
        for line in describe_end(undo):
            self.stderr.write(line)
        if undo.state not in (Run.State.APPLIED, Run.State.PLANNED):
            sys.exit(REFUSED if undo.state == Run.State.REFUSED else 1)
        if undo.dry_run:
            print_scopes(self.stdout, undo)
        counts = {name: getattr(undo, name) for name in ("arrivals", "departures", "alterations")}
        self.stdout.write(json.dumps({"run": undo.pk, "state": undo.state, **counts, "conflicts": undo.finding_count}))
