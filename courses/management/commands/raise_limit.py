"""`raise_limit`: raise a guard's limit for some days; the setting comes back by itself."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.terminal import REFUSED, account_named
from enrolhub.access.rules import is_operator
from enrolhub.sync.limits import raise_limit
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.wording import say_message


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Raise a limit of the guards from now to the end of a day, at most seven days away. It reverts by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("limit", metavar="LIMIT", help="name of the setting: GUARD_RUN_PERCENT, …")
        parser.add_argument("value", type=int, metavar="NUMBER", help="the limit for these days")
        parser.add_argument("--until", required=True, metavar="YYYY-MM-DD", help="the last day on which it is raised")
        parser.add_argument(
            "--because", required=True, metavar="TEXT", help="why; kept, and told in the runs it judges"
        )
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="the account that raises it")

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_named(options["username"])
        if account and not is_operator(account):
            words = _("%(name)s may not raise limits.") % {"name": account.username}
            raise CommandError(words, returncode=REFUSED)
        try:
            last_on = date.fromisoformat(options["until"])
        except ValueError:
            words = _("--until takes a day as 2026-11-30, not %(given)s.") % {"given": options["until"]}
            raise CommandError(words, returncode=REFUSED) from None
        try:
            raised = raise_limit(options["limit"], options["value"], last_on, options["because"], account)
        except RunRefused as refused:
            raise CommandError(say_message(refused.code, refused.params), returncode=REFUSED) from None
        figures = {"limit": raised.limit, "value": raised.value, "until": raised.ends_at.isoformat()}
        self.stdout.write(json.dumps(figures))
