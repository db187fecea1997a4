from typing import Any

from courses.bulk.last_access_file import LastAccessFile
from enrolhub.web.sheets.command import FileCommand, FileImport


class Command(FileCommand):
    help = "Load when people last opened which course."

    def prepare(self, data: bytes, name: str, how: dict[str, Any], options: dict[str, Any]) -> FileImport:
        return LastAccessFile(data, name, **how)
