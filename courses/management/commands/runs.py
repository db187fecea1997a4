"""`runs`: the recent runs, the last one first (FORMATS §2)."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from enrolhub.sync.models import Run
from enrolhub.sync.states import badge_of, marks_of
from enrolhub.sync.wording import known_kinds

FIGURES = ("arrivals", "departures", "held", "findings")
NOTHING = "—"


class Command(BaseCommand):
    help = "List the recent runs, the last one first: nights, files, undos; what they did and held."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most (20)")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit takes a number from 1", returncode=2)
        runs = list(Run.objects.order_by("-pk")[: options["limit"]])
        if options["format"] == "json":
            self.stdout.write(json.dumps([describe_run(run) for run in runs], ensure_ascii=False))
        else:
            self.stdout.write("\n".join(aligned([headings(), *map(cells, runs)])))


def describe_run(run: Run) -> dict[str, Any]:
    """One run as JSON says it: its start ISO 8601, its duration in seconds (both null before it started)."""
    ended = run.finished_at or timezone.now()
    duration = int((ended - run.started_at).total_seconds()) if run.started_at else None
    counts = (run.arrivals, run.departures, run.held, run.finding_count)
    return {
        "run": run.pk,
        "kind": run.kind,
        "dry_run": run.dry_run,
        "state": run.state,
        "state_words": badge_of(run).word,
        "partial": run.partial,
        "resumed": run.resumed,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "duration": duration,
        **dict(zip(FIGURES, counts, strict=True)),
    }


def headings() -> list[str]:
    words = [_("Run"), _("Kind"), _("State"), _("Started"), _("Duration")]
    return [*words, _("Arrivals"), _("Departures"), _("Held"), _("Findings")]


def cells(run: Run) -> list[str]:
    """One run as the text says it; its start is a time of Paris."""
    told = describe_run(run)
    kind = known_kinds().get(run.kind, run.kind)
    started = timezone.localtime(run.started_at).strftime("%Y-%m-%d %H:%M") if run.started_at else NOTHING
    duration = NOTHING if told["duration"] is None else f"{told['duration']} s"
    state = ", ".join([told["state_words"], *marks_of(run)])
    return [str(run.pk), kind, state, started, duration, *(str(told[name]) for name in FIGURES)]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns stand under each other, two blanks apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
