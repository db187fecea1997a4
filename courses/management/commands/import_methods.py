from typing import Any

from courses.bulk.methods_file import MethodsFile
from enrolhub.web.sheets.command import FileCommand, FileImport


class Command(FileCommand):
    help = "Add, change and delete cohort synchronisations and meta-course links from a file."

    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        return MethodsFile(data, name, **how)
