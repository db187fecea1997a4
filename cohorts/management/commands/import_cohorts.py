from typing import Any

from cohorts.bulk.cohorts_file import CohortsFile
from enrolhub.web.sheets.command import FileCommand, FileImport


class Command(FileCommand):
    help = "Add people to hand-kept cohorts, or take them out, from a file."

    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        return CohortsFile(data, name, **how)
