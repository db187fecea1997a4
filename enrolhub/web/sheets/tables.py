"""A file opened: what kind it is, and its lines with their numbers, each as text (CSV) or as cells (workbook)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.container import CSV, ODS, kind_of
from enrolhub.web.sheets.decoding import LINE_END, WINDOWS, lines_of, read_text_of
from enrolhub.web.sheets.ods import OdsWorkbook
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem
from enrolhub.web.sheets.progress import READING, told
from enrolhub.web.sheets.recognition import SEPARATORS, Column, Reading, separator_of
from enrolhub.web.sheets.workbook import Workbook
from enrolhub.web.sheets.xlsx import XlsxWorkbook

#: A line that some spreadsheets write before the header: it would be one that is neither header nor row.
DECLARATION = re.compile(r"\ufeff?sep=.{0,2}", re.IGNORECASE)
_FIRST_ODD_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")
ASSUMED_ENCODING = Cause(
    "assumed_encoding",
    _("The file is no UTF-8 and was read as %(encoding)s; line %(line)s says “%(word)s”."),
    _("If that is wrong, say how it is encoded, or save it again as CSV (UTF-8)."),
)
#: A line of a CSV file is its text; a row of a workbook is its cells, up to the last that is filled.
Line = str | tuple[str, ...]


class Table(Protocol):
    """A file opened. Its lines can be read once."""

    @property
    def kind(self) -> str: ...
    @property
    def encoding(self) -> str:
        """Empty for a workbook."""

    @property
    def separator(self) -> str: ...
    @property
    def written_separator(self) -> str:
        """What stands between the cells in the file itself: nothing in a workbook."""

    def lines(self) -> Iterator[tuple[int, Line]]:
        """The lines in order; those of a workbook that hold nothing are left out. Raises FileRefused on the way."""

    def line_count(self) -> int:
        """How many lines there are, counted apart from reading them. Asked after the last line."""

    def remarks(self) -> list[Problem]:
        """What is to be told of the file as a whole. Asked after the last line."""


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A text with one of `SEPARATORS` between its cells."""

    text: str
    encoding: str
    separator: str
    is_assumed: bool = False
    kind: str = CSV

    @property
    def written_separator(self) -> str:
        return self.separator

    def lines(self) -> Iterator[tuple[int, Line]]:
        return told(lines_of(self.text), READING, self.line_count())

    def line_count(self) -> int:
        ends = sum(1 for _ in LINE_END.finditer(self.text))
        return ends if self.text.endswith(("\n", "\r")) else ends + 1

    def remarks(self) -> list[Problem]:
        """An encoding that nothing in the file proves is shown by the first word for which it matters."""
        found = _FIRST_ODD_WORD.search(self.text) if self.is_assumed else None
        if found is None:
            return []
        line = sum(1 for _ in LINE_END.finditer(self.text, 0, found.start())) + 1
        params = {"encoding": self.encoding, "line": line, "word": found.group()[:40]}
        return [Problem(ASSUMED_ENCODING, params)]


@dataclass(frozen=True, slots=True)
class WorkbookTable:
    """The first sheet of a workbook."""

    workbook: Workbook
    encoding: str = ""
    separator: str = ";"
    written_separator: str = ""

    @property
    def kind(self) -> str:
        return self.workbook.kind

    def lines(self) -> Iterator[tuple[int, Line]]:
        return self.workbook.rows()

    def line_count(self) -> int:
        return self.workbook.last_row

    def remarks(self) -> list[Problem]:
        return self.workbook.remarks()


def open_table(
    data: bytes, name: str, columns: Sequence[Column], reading: Reading, *, wants_known: bool = True
) -> Table:
    """Open a file. Raises FileRefused: of another type, undecodable, or (`wants_known`) without a header that is known."""
    kind = kind_of(data, name)
    if kind != CSV:
        return WorkbookTable(OdsWorkbook(data) if kind == ODS else XlsxWorkbook(data))
    text, encoding = read_text_of(data, reading.encoding)
    is_assumed = reading.encoding is None and encoding == WINDOWS
    return CsvTable(text, encoding, _separator(text, columns, reading, wants_known=wants_known), is_assumed)


def _separator(text: str, columns: Sequence[Column], reading: Reading, *, wants_known: bool) -> str:
    if reading.separator is not None:
        if reading.separator not in SEPARATORS:
            raise FileRefused(refusals.WRONG_READING, what=reading.separator[:10])
        return reading.separator
    number, line = next((number, line) for number, line in lines_of(text) if line.strip())
    if DECLARATION.fullmatch(line):
        raise FileRefused(refusals.SEPARATOR_LINE, line=number)
    try:
        return separator_of(line, number, columns)
    except FileRefused:
        if wants_known and reading.columns is None:
            raise
        return max(SEPARATORS, key=line.count)
