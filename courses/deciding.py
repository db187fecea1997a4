"""What `approve` and `reject` share: whose decision, on which run, about which courses and cohorts."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.terminal import REFUSED, account_named, run_numbered
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import Decider
from enrolhub.sync.models import Run
from enrolhub.sync.rules import can_decide_holds
from enrolhub.sync.wording import say_message

#: Characters of a comment that are kept.
COMMENT = 500


class DecisionCommand(BaseCommand, ABC):
    """A command that decides on the holds of a run."""

    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="number of the run, as `nightly` and `runs` show it")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="CODE", help="only this course or cohort; may be repeated"
        )
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="the account that decides")
        parser.add_argument("--because", default="", metavar="TEXT", help="why, kept with the decision")

    def handle(self, *args: Any, **options: Any) -> None:
        run, account = run_numbered(options["run"]), account_named(options["username"])
        if account and not can_decide_holds(account):
            words = _("%(name)s may not decide on held departures.") % {"name": account.username}
            raise CommandError(words, returncode=REFUSED)
        try:
            self.decide(run, options["scope"], Decider(account, options["because"][:COMMENT]))
        except RunRefused as refused:
            raise CommandError(say_message(refused.code, refused.params), returncode=REFUSED) from None

    @abstractmethod
    def decide(self, run: Run, codes: list[str], decider: Decider) -> None:
        """Decide on the holds of these codes, or on all that wait. Raises RunRefused."""
