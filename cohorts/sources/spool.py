"""Lists read from a server, kept in a private folder in the form of exchange files until they are landed.

So a server is asked at its own pace and let go, and its rows are hashed, counted, read in blocks and rejected by the same
code as those of a file.
"""

import csv
import hashlib
import io
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings

from cohorts.sources.csv_reading import DELIMITER, CsvReading
from cohorts.sources.protocol import COLUMNS, Beat, ListInfo, ListReading, Problem

PREFIX = "reading-"
#: A folder this old is of a process that was killed.
ABANDONED = 24 * 3600
BLOCK_ROWS = 5_000
#: A list has no line break inside a field; what no database keeps becomes a control character, which rejects its row.
CLEANED = str.maketrans({"\n": " ", "\r": " ", "\0": "\x01"})

Row = Sequence[str]


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this account reads, gone afterwards; sweeps away what killed processes left."""
    home: Path = settings.VAR_DIR / "readings"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in home.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another process has just ended with it
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=PREFIX, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class SpooledExtract:
    """An extract whose lists have been read from a server."""

    kind: str
    location: str
    extracted_at: datetime
    folder: Path
    academic_years: Sequence[str] = ()
    _lists: list[ListInfo] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)

    def lists(self) -> Sequence[ListInfo]:
        return self._lists

    def problems(self) -> Sequence[Problem]:
        return self._problems

    def read(self, info: ListInfo) -> ListReading:
        return CsvReading(self.folder / info.file, info.name, info.sha256)

    def complain(self, code: str, list_name: str, **params: object) -> None:
        """Note why the extract proves no absence."""
        self._problems.append(Problem(code, file=f"{list_name}.csv", params=params))

    def keep(self, name: str, rows: Iterable[Row], beat: Beat) -> int:
        """Write one list down; returns its rows."""
        path = self.folder / f"{name}.csv"
        digest, byte_count, row_count = hashlib.sha256(), 0, 0
        with path.open("wb") as file:
            for text, count in blocks_of(COLUMNS[name], rows):
                data = text.encode("utf-8", errors="replace")
                digest.update(data)
                byte_count += file.write(data)
                row_count += count
                beat(name, row_count)
        self._lists.append(ListInfo(name, path.name, digest.hexdigest(), byte_count, None, ""))
        return row_count

    def expect(self, name: str, declared: int) -> None:
        """Say how many rows of a list the server itself counts."""
        self._lists = [replace(info, declared_rows=declared) if info.name == name else info for info in self._lists]


def blocks_of(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
    """The header, then the rows some thousands at a time, as the text of a list and how many they are."""
    yield DELIMITER.join(columns) + "\n", 0
    source = iter(rows)
    while block := list(islice(source, BLOCK_ROWS)):
        yield text_of(block), len(block)


def text_of(rows: Sequence[Row]) -> str:
    """Rows as lines. Most blocks hold nothing to be quoted, which is seen all at once."""
    text = "\n".join(map(DELIMITER.join, rows)) + "\n"
    plain = text.count(DELIMITER) == len(rows) * (len(rows[0]) - 1) and text.count("\n") == len(rows)
    if plain and not any(mark in text for mark in '"\r\0'):
        return text
    output = io.StringIO()
    writer = csv.writer(output, delimiter=DELIMITER, lineterminator="\n")
    writer.writerows([cell.translate(CLEANED) for cell in row] for row in rows)
    return output.getvalue()
