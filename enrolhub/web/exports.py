"""Lists as files (FORMATS.md §5): CSV, JSON, XLSX and ODS, row by row, so that memory does not follow the length of the list.

No cell is run as a formula. A CSV file has no types: there, such a cell begins with an apostrophe. In a workbook every
cell is of type and format text, and holds its content as it is.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain, islice
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from enrolhub.web.formulas import as_text
from enrolhub.web.opendocument import write_ods_archive

CONTENT_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
BOM = "\ufeff"
ROWS_AT_ONCE = 500
TEXT_FORMAT = 49  # of those that every spreadsheet knows by number
SHEET_ROWS, LONGEST_CELL = 1_048_576, 32_767  # what Excel and LibreOffice open; a length in UTF-16 units
NEEDS_QUOTES = re.compile('[;"\r\n]')
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


class TooManyRows(Exception):
    """The list is longer than a sheet of a workbook can be; the message says what to do."""


@dataclass(frozen=True)
class Export:
    """A list to write: what it is called, the words of its header, and its rows, read once."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str]]


def csv_pieces(export: Export, *, bom: bool = False) -> Iterator[str]:
    """The list as CSV with ``;``, piece by piece. Excel knows UTF-8 by the ``bom``."""
    yield f"{BOM if bom else ''}{_csv_line(export.headings)}"
    rows = iter(export.rows)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield "".join(map(_csv_line, some))


def json_pieces(export: Export) -> Iterator[str]:
    """The list as JSON, piece by piece: a list of objects with the headings as keys, one object a line."""
    start = "[\n"
    for row in export.rows:
        yield start + json.dumps(dict(zip(export.headings, row, strict=True)), ensure_ascii=False)
        start = ",\n"
    yield "[]\n" if start == "[\n" else "\n]\n"


def write_xlsx(export: Export, file: IO[bytes]) -> None:
    """Write the list as a workbook of one sheet, its header in sight. Raises TooManyRows."""
    with TemporaryDirectory(prefix="enrolhub-export-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        with closing(xlsxwriter.Workbook(file, options)) as book:
            text = book.add_format({"num_format": TEXT_FORMAT})
            sheet = book.add_worksheet(sheet_name(export.title))
            sheet.set_column(0, len(export.headings) - 1, 20, text)
            sheet.freeze_panes(1, 0)
            sheet.set_row(0, None, book.add_format({"num_format": TEXT_FORMAT, "bold": True}))
            for number, row in enumerate(_sheet_rows(export)):
                for place, cell in enumerate(row):
                    if cell.startswith("<r>"):  # which the library takes for markup
                        sheet.write_rich_string(number, place, cell[:1], text, cell[1:], text)
                    elif cell:
                        sheet.write_string(number, place, cell)


def write_ods(export: Export, file: IO[bytes]) -> None:
    """Write the list as an OpenDocument spreadsheet of one sheet. Raises TooManyRows."""
    rows = _sheet_rows(export)
    write_ods_archive(file, sheet_name(export.title), len(export.headings), rows)


WRITERS = {"xlsx": write_xlsx, "ods": write_ods}


def export_response(export: Export, kind: str, name: str) -> HttpResponseBase:
    """The list as a file to keep, called ``name``, of one of the kinds of ``CONTENT_TYPES``.

    Raises TooManyRows. CSV is sent while it is read; a workbook is written to a nameless temporary file first.
    """
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(csv_pieces(export, bom=True), content_type=CONTENT_TYPES[kind])
    else:
        with ExitStack() as unless_written:
            file = unless_written.enter_context(TemporaryFile(prefix="enrolhub-export-"))
            WRITERS[kind](export, file)
            unless_written.pop_all()  # closed, and so removed, with the response
        file.seek(0)
        response = FileResponse(file, content_type=CONTENT_TYPES[kind])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def check_fits(count: int, kind: str) -> None:
    """Raise TooManyRows when that many rows and their header are more than the sheet of a workbook holds."""
    if kind in WRITERS and count >= SHEET_ROWS:
        raise TooManyRows(
            _("A spreadsheet holds %(limit)s rows at most. Export this list as CSV.") % {"limit": SHEET_ROWS - 1}
        )


def sheet_name(title: str) -> str:
    """The title as spreadsheets accept it for a sheet."""
    return FORBIDDEN_IN_NAMES.sub(" ", title).strip(" '")[:31] or "1"


def _csv_line(cells: Iterable[str]) -> str:
    # The csv module leaves a lone carriage return without quotes, which then ends the line.
    texts = map(as_text, cells)
    quoted = ('"' + text.replace('"', '""') + '"' if NEEDS_QUOTES.search(text) else text for text in texts)
    return ";".join(quoted) + "\n"


def _sheet_rows(export: Export) -> Iterator[Sequence[str]]:
    """The header and the rows, none of their cells too long."""
    for number, row in enumerate(chain([export.headings], export.rows)):
        check_fits(number, "xlsx")
        yield row if max(map(len, row)) <= LONGEST_CELL // 2 else [_shortened(cell) for cell in row]


def _shortened(cell: str) -> str:
    units = cell.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return cell
    return units[: 2 * (LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"
