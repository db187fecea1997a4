"""`end_sessions`: whoever uses one of these accounts signs in again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from enrolhub.access.ending import end_sessions
from enrolhub.access.models import User

REFUSED = 2


class Command(BaseCommand):
    help = (
        "End every session of some accounts, at their next click. To end everybody's, give the site another SECRET_KEY."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("usernames", nargs="+", metavar="USERNAME", help="the accounts")
        parser.add_argument("--as", dest="by", default="", metavar="USERNAME", help="who asks for it, for the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = list(dict.fromkeys([*options["usernames"], *filter(None, [options["by"]])]))
        accounts = User.objects.in_bulk(wanted, field_name="username")
        unknown = [name for name in wanted if name not in accounts]
        if unknown:
            raise CommandError(_("No account has the name %(name)s.") % {"name": unknown[0]}, returncode=REFUSED)
        names = list(dict.fromkeys(options["usernames"]))
        for name in names:
            end_sessions(accounts[name], options["by"])
        self.stdout.write(json.dumps({"ended": names}))
