from typing import Any

from courses.bulk.courses_file import CoursesFile
from enrolhub.web.sheets.command import FileCommand, FileImport


class Command(FileCommand):
    help = "Create course spaces, or bring them up to date, from a file."

    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        return CoursesFile(data, name, **how)
