"""The parts of a workbook, which is a ZIP archive: checked before any is unpacked, unpacked piece by piece, never to disk."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.progress import READING, tell

PART_LIMIT = 2_000
UNPACKED_LIMIT = 128 * 1024 * 1024
PIECE = 64 * 1024
_ENTRY = b"PK\x01\x02"
_HEADER_SIZE = 30
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\[\](){}. +,&=~#@!'-]+(?:/[A-Za-z0-9_\[\](){}. +,&=~#@!'-]+)*/?")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)
_ENCRYPTED = 0x1


class Archive:
    """A ZIP archive of which no more than `UNPACKED_LIMIT` bytes are unpacked, all parts together."""

    def __init__(self, data: bytes) -> None:
        """Raises FileRefused: damaged, too many parts, overlapping, named twice, or named as no spreadsheet names them."""
        if data.count(_ENTRY) > PART_LIMIT:
            raise FileRefused(refusals.SWOLLEN, what=data.count(_ENTRY), limit=PART_LIMIT)
        self.unpacked = 0
        try:
            self.file = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            raise FileRefused(refusals.DAMAGED, part="ZIP") from error
        self.parts: dict[str, zipfile.ZipInfo] = {}
        for info in self.file.infolist():
            _check_name(info)
            if info.filename in self.parts:
                raise FileRefused(refusals.PART_TWICE, part=info.filename[:80])
            self.parts[info.filename] = info
        _check_places(list(self.parts.values()), self.file.start_dir)

    def stream(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, in pieces. Raises FileRefused: it is missing, damaged, encrypted, or too much."""
        info = self.parts.get(name)
        if info is None:
            raise FileRefused(refusals.DAMAGED, part=name[:80])
        if info.flag_bits & _ENCRYPTED:
            raise FileRefused(refusals.PROTECTED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused(refusals.DAMAGED, part=name[:80])
        try:
            before = self.unpacked
            with self.file.open(info) as part:
                while piece := part.read(PIECE):
                    self.unpacked += len(piece)
                    tell(READING, self.unpacked - before, info.file_size)
                    if self.unpacked > UNPACKED_LIMIT:
                        raise FileRefused(refusals.SWOLLEN, what=name[:80], limit=f"{UNPACKED_LIMIT >> 20} MiB")
                    yield piece
        except _BROKEN as error:
            raise FileRefused(refusals.DAMAGED, part=name[:80]) from error


def _check_name(info: zipfile.ZipInfo) -> None:
    """Nothing is ever unpacked to a path; a name made for that shows that no spreadsheet wrote the archive."""
    name = info.filename
    words = name.split("/")
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    is_strange = ".." in words or "." in words or any(_DEVICE.fullmatch(word) for word in words)
    if is_link or is_strange or info.orig_filename != name or not _PLAIN_NAME.fullmatch(name):
        raise FileRefused(refusals.STRANGE_PART, part=ascii(name[:80])[1:-1])


def _check_places(parts: list[zipfile.ZipInfo], end: int) -> None:
    """Parts that share their bytes unpack to many times what the archive holds."""
    free = 0
    for info in sorted(parts, key=lambda info: info.header_offset):
        if info.header_offset < free:
            raise FileRefused(refusals.OVERLAPPING)
        free = info.header_offset + _HEADER_SIZE + len(info.orig_filename) + info.compress_size
    if free > end:
        raise FileRefused(refusals.OVERLAPPING)
