"""The rejected rows as a file of their own: the same columns and `erreur`, to be mended and loaded again."""

import csv
import re
from typing import TextIO

from enrolhub.web.formulas import as_text
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.recognition import ERROR_COLUMN, heading_key

#: A cell of a workbook may hold several lines; here one row is one line.
LINE_BREAKS = re.compile(r"[\r\n]+")


def write_rejected(sheet: Sheet, file: TextIO) -> None:
    """Write the rejected rows in the order of their lines, cells as they were read, with every reason of theirs.

    `file` is opened with ``newline=""``. Without a rejection only the header is written.
    """
    reasons: dict[int, list[str]] = {}
    for rejection in sheet.rejections:
        reasons.setdefault(rejection.line, []).append(str(rejection))
    kept = [index for index, title in enumerate(sheet.header) if heading_key(title) != ERROR_COLUMN]
    writer = csv.writer(file, delimiter=sheet.separator, lineterminator="\n")
    writer.writerow([*(sheet.header[index] for index in kept), ERROR_COLUMN])
    for line in sorted(reasons):
        cells = sheet.cells_of(line)
        row = [cells[index] if index < len(cells) else "" for index in kept] + cells[len(sheet.header) :]
        row = [as_text(LINE_BREAKS.sub(" ", cell)) for cell in row]
        writer.writerow([*row[: len(kept)], " ".join(reasons[line] + row[len(kept) :])])
