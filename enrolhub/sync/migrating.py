"""No migration while a run is under way: what it planned by the old tables it would write into the new ones."""

from typing import Any

from django.core.management import CommandError
from django.db import connections
from django.utils.translation import gettext as _

from enrolhub.sync.attempts import can_take_up
from enrolhub.sync.models import Run


def refuse_migration(using: str, plan: Any = (), **_signal: Any) -> None:
    """Before the first migration of a plan: raise CommandError while somebody conducts a run. An interrupted one may wait."""
    if not plan or Run._meta.db_table not in connections[using].introspection.table_names():
        return
    for run in Run.objects.using(using).filter(state=Run.State.RUNNING, dry_run=False).only("holder", "fence"):
        if not can_take_up(run):
            words = _("Run %(number)s is under way (%(holder)s): migrate when it has ended, or stop it first.")
            raise CommandError(words % {"number": run.pk, "holder": run.holder})
