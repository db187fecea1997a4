"""The rejected rows as a file of their own: the same columns and `erreur`, to be mended and loaded again."""

import csv
import re
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

from enrolhub.web.formulas import as_text
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.recognition import ERROR_COLUMN, heading_key

#: A cell of a workbook may hold several lines; here one row is one line.
LINE_BREAKS = re.compile(r"[\r\n]+")


class Writable(Protocol):
    """A file opened with ``newline=""``, or what takes its place."""

    def write(self, text: str, /) -> Any: ...


def write_rejected(sheet: Sheet, file: Writable) -> None:
    """Write the rejected rows in the order of their lines, cells as they were read, with every reason of theirs.

    Without a rejection only the header is written.
    """
    kept = [index for index, title in enumerate(sheet.header) if heading_key(title) != ERROR_COLUMN]
    writer = csv.writer(file, delimiter=sheet.separator, lineterminator="\n")
    writer.writerow([*(sheet.header[index] for index in kept), ERROR_COLUMN])
    for line, rejections in groupby(sorted(sheet.rejections, key=attrgetter("line")), key=attrgetter("line")):
        cells = sheet.cells_of(line)
        row = [cells[index] if index < len(cells) else "" for index in kept] + cells[len(sheet.header) :]
        row = [as_text(LINE_BREAKS.sub(" ", cell)) for cell in row]
        writer.writerow([*row[: len(kept)], " ".join([*map(str, rejections), *row[len(kept) :]])])
