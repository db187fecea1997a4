"""`anonymise`: make people nobody who have left, and say why somebody cannot be (docs/privacy.md)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from cohorts.models import Person
from cohorts.queries import is_writable
from courses.privacy.anonymising import anonymise
from courses.privacy.leavers import hindrances
from courses.terminal import REFUSED
from enrolhub.access.trail import record_event


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Put a pseudonym that says nothing in the place of every name of people who have left. All of those named, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("usernames", nargs="+", metavar="USERNAME", help="as the directory has it")
        parser.add_argument("--dry-run", action="store_true", help="say whether it can be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        people = self.people_named(list(dict.fromkeys(options["usernames"])))
        figures = {"people": len(people), "ledger": 0, "texts": 0, "events": 0}
        if not options["dry_run"]:
            try:
                done = anonymise(people, in_trail=True)
            except DatabaseError as error:
                raise CommandError(self.say_database(error), returncode=1) from error
            figures |= {"ledger": done.ledger_count, "texts": done.text_count, "events": done.event_count}
            record_event("", "anonymised", count=len(people))
        self.stdout.write(json.dumps(figures))

    def people_named(self, usernames: list[str]) -> list[Person]:
        """These people. Raises CommandError, naming each who is not there or cannot be made nobody, and why."""
        written = [name for name in usernames if is_writable(name)]
        known = {person.username: person for person in Person.objects.filter(username__in=written)}
        problems = []
        for name in usernames:
            reasons = hindrances(known[name]) if name in known else [_("Nobody has this username.")]
            problems += [f"{name!r}: {reason}" for reason in reasons]
        if problems:
            raise CommandError("\n".join([*problems, _("Nothing was done.")]), returncode=REFUSED)
        return list(known.values())

    def say_database(self, error: DatabaseError) -> str:
        words = _(
            "The database refused, and nothing was done: %(error)s The audit trail may only be rewritten by the owner of the"
            " tables (docs/audit.md)."
        )
        return words % {"error": error}
