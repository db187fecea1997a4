from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.models import Course
from enrolhub.web.sheets.command import REFUSED, FileCommand, FileImport


class Command(FileCommand):
    help = "Enrol people by hand, change or remove them, in one course or in many, from a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--course", metavar="CODE", help="the course of all rows; the file needs no such column")
        parser.add_argument("--create-groups", action="store_true", help="create the groups that a course lacks")

    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        course, code = None, options["course"]
        if code is not None:
            course = Course.objects.filter(code=code).first()
            if course is None:
                raise CommandError(_("No course has the code %(code)s.") % {"code": code}, returncode=REFUSED)
        return EnrolmentsFile(data, name, course=course, creates_groups=options["create_groups"], **how)
