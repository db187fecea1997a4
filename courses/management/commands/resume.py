"""`resume`: take up an interrupted run where it stands, or one that failed and whose cause is gone (FORMATS §2)."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.terminal import REFUSED, conduct_here, describe_end, run_numbered
from enrolhub.sync.attempts import can_take_up, reopen_run
from enrolhub.sync.models import Run
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.states import badge_of
from enrolhub.sync.wording import say_message


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Take up a run that was interrupted, stopped or failed, where it stands. "
        "What was interrupted the workers take up by themselves within two minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="number of the run, as `runs` shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_numbered(options["run"])
        self.make_ready(run)
        ended = conduct_here(run, self.stderr, asked=True)
        for line in describe_end(ended):
            self.stderr.write(line)
        self.stdout.write(json.dumps({"run": ended.pk, "state": ended.state}))
        if ended.state in (Run.State.FAILED, Run.State.REFUSED):
            sys.exit(1)

    def make_ready(self, run: Run) -> None:
        """Raises CommandError when the run has come to its end, or when somebody conducts it."""
        if not run.is_live:
            try:
                reopen_run(run)
            except RunRefused as refusal:
                words = _("Run %(number)s has ended (%(state)s). %(reason)s")
                reason = say_message(refusal.code, refusal.params)
                told = {"number": run.pk, "state": badge_of(run).word, "reason": reason}
                raise CommandError(words % told, returncode=REFUSED) from None
        elif not can_take_up(run):
            words = _("Run %(number)s is being conducted (%(holder)s): wait for its end, or stop that process.")
            raise CommandError(words % {"number": run.pk, "holder": run.holder}, returncode=REFUSED)
