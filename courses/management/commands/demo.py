from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.campus.plan import CampusError
from courses.demo import DEMO_ACCOUNTS, NotEmpty, load_demo


class Command(BaseCommand):
    help = "Load the demo university into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_demo(self.stderr.write)
        except NotEmpty:
            raise CommandError(
                "The database is not empty and holds no demo: nothing was written.", returncode=2
            ) from None
        except CampusError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write("The demo university is loaded." if loaded else "The demo university is there already.")
        for account in DEMO_ACCOUNTS:
            self.stdout.write(f"{account.username}  {account.password}  {account.label}")
