"""`resume`: take up an interrupted run where it stands, here and now (FORMATS §2)."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.terminal import REFUSED, conduct_here, describe_end, run_numbered
from enrolhub.sync.attempts import can_take_up
from enrolhub.sync.models import Run
from enrolhub.sync.states import badge_of


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Take up an interrupted run where it stands. The workers do the same by themselves within two minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="number of the run, as `runs` shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_numbered(options["run"])
        if not run.is_live:
            words = _("Run %(number)s has ended (%(state)s): there is nothing to resume.")
            raise CommandError(words % {"number": run.pk, "state": badge_of(run).word}, returncode=REFUSED)
        if not can_take_up(run):
            words = _("Run %(number)s is being conducted (%(holder)s): wait for its end, or stop that process.")
            raise CommandError(words % {"number": run.pk, "holder": run.holder}, returncode=REFUSED)
        ended = conduct_here(run, self.stderr)
        for line in describe_end(ended):
            self.stderr.write(line)
        self.stdout.write(json.dumps({"run": ended.pk, "state": ended.state}))
        if ended.state in (Run.State.FAILED, Run.State.REFUSED):
            sys.exit(1)
