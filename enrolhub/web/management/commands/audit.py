"""`audit`: the audit trail on a terminal or as a file, and whether it is as it was written."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from enrolhub.access.models import Event
from enrolhub.access.sealing import seal_events
from enrolhub.access.trail import record_event
from enrolhub.access.verifying import knows_head, verify_trail
from enrolhub.web.exports import Export, csv_pieces, json_pieces
from enrolhub.web.list_page import filter_problems
from enrolhub.web.log_lines import one_line
from enrolhub.web.trail.files import HEADINGS, rows_of
from enrolhub.web.trail.listing import EventFilters

FILTERS = ("actor", "target", "action", "outcome", "since", "until")
BROKEN, BAD_FILTER = 1, 2
PIECES = {"csv": csv_pieces, "json": json_pieces}
#: The columns of the text.
SHOWN = ("at", "actor", "action", "target", "count", "detail")


class Command(BaseCommand):
    help = "Print events of the audit trail, newest first; or verify that none was changed or taken out (--verify)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--actor", metavar="TEXT", help="part of a user name")
        parser.add_argument("--target", metavar="TEXT", help="part of what it was done to: a course, a run, a file")
        parser.add_argument("--action", metavar="CODE", help="sign_in, export, access_refused, approve…")
        parser.add_argument("--outcome", metavar="OUTCOME", help="done or refused")
        parser.add_argument("--since", metavar="DATE", help="the first day, YYYY-MM-DD (Europe/Paris)")
        parser.add_argument("--until", metavar="DATE", help="the last day")
        parser.add_argument("--limit", type=int, metavar="N", help="how many at most, the newest; all by default")
        parser.add_argument("--format", choices=["text", *PIECES], default="text")
        parser.add_argument(
            "--verify", action="store_true", help="follow the chain of seals; exit code 1 when it breaks"
        )
        parser.add_argument(
            "--head", metavar="PRINT", help="with --verify: a print of the chain that was kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            self.verify(options["head"])
            return
        events = found(options)
        told = "&".join(f"{name}={options[name]}" for name in FILTERS if options[name])
        count = events.count()
        record_event("", "export", "audit", count=count, filter=told, format=options["format"], by="command")
        if options["format"] == "text":
            for row in rows_of(events):
                named = dict(zip(HEADINGS, row, strict=True))
                self.stdout.write(one_line("  ".join(named[name] or "-" for name in SHOWN)))
            return
        for piece in PIECES[options["format"]](Export("audit", HEADINGS, rows_of(events))):
            self.stdout.write(piece, ending="")

    def verify(self, head: str | None) -> None:
        """Say whether the chain is whole: one JSON line, and the first event at which it breaks on stderr."""
        seal_events()
        verdict = verify_trail()
        is_known = head is None or knows_head(head)
        figures = {"sealed": verdict.sealed, "rewritten": verdict.rewritten, "unsealed": verdict.unsealed}
        self.stdout.write(json.dumps({"whole": verdict.fault is None and is_known, **figures, "head": verdict.head}))
        if verdict.fault:
            code, number = verdict.fault
            self.stderr.write(_("The trail breaks at event %(number)s: %(code)s.") % {"number": number, "code": code})
        elif not is_known:
            self.stderr.write(
                _("The chain has never been at this print: it was made anew, or the print is of another site.")
            )
        if verdict.fault or not is_known:
            sys.exit(BROKEN)


def found(options: dict[str, Any]) -> QuerySet[Event]:
    """The events that the options ask for, newest first. A value that no filter understands ends the command, named."""
    asked = QueryDict(mutable=True)
    asked.update({name: options[name] for name in FILTERS if options[name]})
    filters = EventFilters(asked, queryset=Event.objects.all())
    for problem in filter_problems(filters, asked):
        raise CommandError(f"--{problem.parameter}: {problem.message}", returncode=BAD_FILTER)
    limit = options["limit"]
    if limit is not None and limit < 1:
        raise CommandError(_("--limit takes a number from 1."), returncode=BAD_FILTER)
    events: QuerySet[Event] = filters.qs.order_by("-at", "-pk")
    # What is written meanwhile, the trace of this reading among it, is not in it.
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    events = events.filter(pk__lte=last)
    return events.filter(pk__in=list(events.values_list("pk", flat=True)[:limit])) if limit else events
