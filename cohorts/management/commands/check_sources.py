"""`check_sources`: reaches each configured source, says what it would read, its age and completeness (FORMATS §2)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.formats import number_format
from django.utils.translation import gettext

from cohorts.list_labels import list_label, reading_reporter, say_problem_and_line, source_label
from cohorts.source_check import SourceCheck, check_source
from cohorts.sources.configured import configured_sources
from enrolhub.web.dates import exact

REFUSED = 4


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Reach each configured source and say what it would give, without changing anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sources", type=Path, metavar="DIR", help="folder of exchange files, read alone")

    def handle(self, *args: Any, **options: Any) -> None:
        beat = reading_reporter(self.stderr)
        checks = [check_source(source, beat) for source in configured_sources(options["sources"])]
        for check in checks:
            self.tell(check)
        sys.exit(REFUSED if any(check.refused for check in checks) else 0)

    def tell(self, check: SourceCheck) -> None:
        self.say(source_label(check.source.kind), check.source.location, indent="")
        if check.refused:
            self.say(gettext("Refused"), say_problem_and_line(check.refused.as_json()))
            return
        assert check.extracted_at is not None, "what is not refused has its moment"
        years = ", ".join(check.academic_years) or "—"
        words = gettext("Extracted %(at)s, academic years: %(years)s")
        self.stdout.write("  " + words % {"at": exact(check.extracted_at), "years": years})
        for name, counts in check.counts.items():
            self.say(list_label(name), number_format(counts.rows, force_grouping=True))
        if not check.problems:
            self.stdout.write("  " + gettext("Complete: what is missing from it is gone."))
            return
        self.stdout.write("  " + gettext("Incomplete: it may add, it removes nobody."))
        for problem in check.problems:
            self.stdout.write(f"    {say_problem_and_line(problem.as_json())}")

    def say(self, label: str, value: str, indent: str = "  ") -> None:
        self.stdout.write(indent + gettext("%(label)s: %(value)s") % {"label": label, "value": value})
