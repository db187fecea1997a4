"""``manage.py participants COURSE [QUERYSTRING]``: the participant list of one course (FORMATS.md §2)."""

import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.history.scopes import asked_day, read_asked, scope_on
from courses.models import Course
from courses.participants.conditions import Conditions, read_conditions
from courses.participants.exports import HEADINGS, exported_list, filter_of, record_export
from courses.participants.vocabulary import Vocabulary
from courses.queries import courses_for, groups_seen_by
from enrolhub.access.models import User
from enrolhub.web.exports import WRITERS, Export, TooManyRows, check_fits, csv_pieces, json_pieces

TEXTS = {"csv": csv_pieces, "json": json_pieces}
FAILED, BAD_INPUT = 1, 2


class Command(BaseCommand):
    help = "Print the participant list of a course: every row of the filter, in the order of the page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", help="code of the course")
        parser.add_argument("query", nargs="?", default="", help="the filter, as in the address of the page")
        parser.add_argument("--format", choices=[*TEXTS, *WRITERS], default="csv", help="csv by default")
        parser.add_argument("--as", dest="username", help="print what this account would see")
        parser.add_argument("--on", metavar="DATE", help="as it was at the end of that day, YYYY-MM-DD (Europe/Paris)")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, user = options["format"], find_account(options["username"])
        course = find_course(options["course"], user)
        binary = self.binary_output(kind) if kind in WRITERS else None
        day = day_of(options["on"], options["query"])
        with scope_on(course, day, groups_seen_by(user, course) if user else None) as scope:
            conditions = conditions_of(options["query"], scope.vocabulary)
            listed = exported_list(scope, conditions)
            check_length(listed.count, kind)
            if day:
                listed = listed.read_now()
        asked = filter_of(QueryDict(options["query"].removeprefix("?")))
        how = {"by": "command", **({"on": day.isoformat()} if day else {})}
        record_export(options["username"] or "", scope, asked, kind, listed.count, **how)
        export = Export("participants", list(HEADINGS), listed.rows)
        with complaining_of_output():
            if binary:
                write_workbook(export, kind, binary)
            else:
                self.write_text(export, kind)

    def binary_output(self, kind: str) -> IO[bytes]:
        """Where a workbook goes: into a file or a pipe, for a terminal can do nothing with it."""
        output: IO[bytes] | None = getattr(self.stdout._out, "buffer", None)
        if output is None or self.stdout.isatty():
            message = _("%(format)s is no text: send it into a file, as in “… > participants.%(format)s”.")
            raise CommandError(message % {"format": kind}, returncode=BAD_INPUT)
        return output

    def write_text(self, export: Export, kind: str) -> None:
        self.stdout.ending = ""
        if hasattr(self.stdout._out, "reconfigure"):
            self.stdout._out.reconfigure(encoding="utf-8", newline="\n")
        for piece in TEXTS[kind](export):
            self.stdout.write(piece)
        self.stdout.flush()


def write_workbook(export: Export, kind: str, output: IO[bytes]) -> None:
    """Write the whole workbook, which a pipe cannot be gone back in, then copy it out."""
    with TemporaryFile(prefix="enrolhub-export-") as file:
        WRITERS[kind](export, file)
        file.seek(0)
        shutil.copyfileobj(file, output)
        output.flush()


def check_length(count: int, kind: str) -> None:
    """End the command when a workbook cannot be that long."""
    try:
        check_fits(count, kind)
    except TooManyRows as refusal:
        raise CommandError(str(refusal), returncode=BAD_INPUT) from refusal


@contextmanager
def complaining_of_output() -> Iterator[None]:
    """End the command in one sentence when its output cannot be written: nobody reads it any more, the disk is full."""
    try:
        yield
    except OSError as error:
        # Or Python tries once more when it ends, and fails with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandError(
            _("The list could not be written whole: %(reason)s.") % {"reason": error.strerror}, returncode=FAILED
        ) from error


def find_account(username: str | None) -> User | None:
    """The account to look through, or None for the operator at the shell, who sees everyone."""
    if username is None:
        return None
    user = User.objects.filter(username=writable(username)).first()
    if user is None:
        raise CommandError(_("--as: unknown account “%(name)s”.") % {"name": shown(username)}, returncode=BAD_INPUT)
    return user


def find_course(code: str, user: User | None) -> Course:
    """The course, which for an account is one that it may see: somebody else's does not exist either."""
    courses = Course.objects.all() if user is None else courses_for(user)
    course = courses.filter(code=writable(code)).first()
    if course is None:
        raise CommandError(_("Unknown course “%(code)s”.") % {"code": shown(code)}, returncode=BAD_INPUT)
    return course


def day_of(option: str | None, query: str) -> date | None:
    """The day of ``--on``, or else of the query's ``on``; None for now. A day without a list ends the command."""
    asked = asked_day(query_of(query)) if option is None else read_asked([option])
    for complaint in asked.complaints:
        name = "--on" if option is not None else complaint.parameter
        raise CommandError(f"{name} “{shown(complaint.value)}”: {complaint.message}.", returncode=BAD_INPUT)
    return asked.day


def query_of(query: str) -> QueryDict:
    """The parameters of a query string; too many of them end the command."""
    try:
        return QueryDict(query.removeprefix("?"))
    except SuspiciousOperation as error:
        raise CommandError(_("The filter has too many parameters."), returncode=BAD_INPUT) from error


def conditions_of(query: str, words: Vocabulary) -> Conditions:
    """The conditions of a query string without a fault; its faults end the command, each naming its parameter."""
    conditions = read_conditions(query_of(query), words)
    if conditions.complaints:
        lines = [f"{each.parameter} “{shown(each.value)}”: {each.message}" for each in conditions.complaints]
        raise CommandError("\n".join(lines), returncode=BAD_INPUT)
    return conditions


def writable(text: str) -> str:
    """The text as a database can be asked for it; one that no database can hold becomes one that nobody bears."""
    return shown(text).replace("\x00", "\\0")


def shown(text: str) -> str:
    """The text as any terminal can print it."""
    return text.encode("utf-8", "backslashreplace").decode()
