"""``manage.py explain COURSE PERSON``: why a person is, or is not, in a course (FORMATS.md §2)."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.explain.explaining import explain
from courses.explain.report import as_json, as_text
from courses.explain.whom import PersonUnknown, find_person
from courses.management.commands.participants import find_course, shown

NOT_ENROLLED, UNKNOWN = 3, 2


class Command(BaseCommand):
    help = (
        "Say why a person is, or is not, in a course: the whole chain, its source rows, and who can mend what breaks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", help="code of the course")
        parser.add_argument("person", help="username, student or staff number, or mail")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        course = find_course(options["course"], None)
        try:
            person = find_person(shown(options["person"]))
        except PersonUnknown as unknown:
            raise CommandError(str(unknown), returncode=UNKNOWN) from unknown
        explanation = explain(course, person, timezone.now())
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(explanation), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(as_text(explanation)))
        if not explanation.is_enrolled:
            sys.exit(NOT_ENROLLED)
