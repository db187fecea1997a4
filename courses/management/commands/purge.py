"""`purge`: forget what is past its time, as the settings say (docs/privacy.md)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from courses.privacy.purge import purge
from courses.privacy.retention import Kind


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Forget what is past its time: ledger, audit trail, messages, sign-ins, accounts, people who have left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be forgotten, forget nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = purge(timezone.now(), self.tell, dry_run=options["dry_run"])
        except DatabaseError as error:
            raise CommandError(f"The database interrupted the purge: {error}", returncode=1) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped by hand. The next purge goes on from there.", returncode=1) from None
        self.stdout.write(json.dumps({"dry_run": options["dry_run"], **counts}))

    def tell(self, kind: Kind, count: int) -> None:
        kept = f" (kept {kind.days} days)" if kind.days is not None else ""
        self.stderr.write(f"{kind.code}: {count}{kept}")
