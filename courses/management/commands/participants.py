"""``manage.py participants COURSE [QUERYSTRING]``: the participant list of one course (FORMATS.md §2)."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Course
from courses.participants.conditions import Conditions, read_conditions
from courses.participants.exports import exported_rows, write_csv, write_json
from courses.participants.queries import Scope
from courses.participants.vocabulary import Vocabulary, vocabulary_of
from courses.queries import courses_for, groups_seen_by
from enrolhub.access.models import User

WRITERS = {"csv": write_csv, "json": write_json}
BAD_INPUT = 2


class Command(BaseCommand):
    help = "Print the participant list of a course: every row of the filter, in the order of the page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", help="code of the course")
        parser.add_argument("query", nargs="?", default="", help="the filter, as in the address of the page")
        parser.add_argument("--format", choices=sorted(WRITERS), default="csv", help="csv by default")
        parser.add_argument("--as", dest="username", help="print what this account would see")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_account(options["username"])
        course = find_course(options["course"], user)
        words = vocabulary_of(course)
        conditions = conditions_of(options["query"], words)
        scope = Scope(words, timezone.now(), groups_seen_by(user, course) if user else None)
        self.stdout.ending = ""
        if hasattr(self.stdout._out, "reconfigure"):
            self.stdout._out.reconfigure(encoding="utf-8")
        WRITERS[options["format"]](exported_rows(scope, conditions), self.stdout)


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


def conditions_of(query: str, words: Vocabulary) -> Conditions:
    """The conditions of a query string without a fault; its faults end the command, each naming its parameter."""
    try:
        conditions = read_conditions(QueryDict(query.removeprefix("?")), words)
    except SuspiciousOperation as error:
        raise CommandError(_("The filter has too many parameters."), returncode=BAD_INPUT) from error
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
