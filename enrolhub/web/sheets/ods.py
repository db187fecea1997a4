"""The first sheet of an ODS workbook, row by row."""

import re
from collections.abc import Iterator

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.archive import Archive
from enrolhub.web.sheets.cells import DurationCell, ErrorCell, FormulaCell, NumberCell, TruthCell
from enrolhub.web.sheets.container import ODS
from enrolhub.web.sheets.problems import FileRefused, Problem
from enrolhub.web.sheets.serial_dates import date_of
from enrolhub.web.sheets.workbook import LAST_ROW, RowCells, check_length, say_workbook
from enrolhub.web.sheets.xml_stream import Attributes, Silence, listen, listen_to_all, whole_number

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
COLUMNS = 1_000_000
NUMBERS = ("float", "currency", "percentage")
SPACE_LIMIT = 10_000
_BLANKS = re.compile(r"[ \t\r\n]+")  # one blank, however the document is laid out


class Encryption(Silence):
    """Listens to the list of parts for one that is locked."""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "encryption-data":
            raise FileRefused(refusals.PROTECTED)


class OdsWorkbook:
    """An ODS workbook, opened."""

    kind = ODS

    def __init__(self, data: bytes) -> None:
        """Raises FileRefused: damaged, too much, macros, locked."""
        self.archive = Archive(data)
        if MANIFEST in self.archive.parts:
            listen_to_all(self.archive.stream(MANIFEST), Encryption(), MANIFEST)
        if any(name.startswith("Basic/") and name.endswith(".xml") for name in self.archive.parts):
            raise FileRefused(refusals.MACROS)
        self.table = FirstTable()
        self.last_row = 0
        self.hidden: list[int] = []

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for _ in listen(self.archive.stream(CONTENT), self.table, CONTENT):
            for first, count, cells, is_hidden in self.table.ready:
                for number in range(first, first + count):
                    self.last_row = number
                    if is_hidden:
                        self.hidden.append(number)
                    yield number, cells
            self.table.ready.clear()
        if not self.table.table_count:
            raise FileRefused(refusals.DAMAGED, part=CONTENT)

    def remarks(self) -> list[Problem]:
        return say_workbook(self.table.name, self.table.table_count - 1, self.hidden)


class FirstTable:
    """A listener that gathers the rows of the first table; ``ready`` are those complete since it was last emptied.

    A row of ``ready`` is its number, how often it is repeated, its cells, and whether it is hidden.
    """

    def __init__(self) -> None:
        self.ready: list[tuple[int, int, tuple[str, ...], bool]] = []
        self.name = ""
        self.table_count = self.depth = 0
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.next_row, self.row_repeat = 1, 1
        self.is_hidden = False
        self.column, self.repeat = 0, 1
        self.row = RowCells()
        self.cell: Attributes | None = None
        self.words: list[str] = []
        self.letters = 0
        self.paragraphs = self.aside = 0
        self.hears = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self.style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table":
            self.start_table(attributes)
        elif not self.is_first:
            return
        elif name == "table-row":
            self.start_row(attributes)
        elif name in ("table-cell", "covered-table-cell"):
            self.start_cell(attributes)
        elif self.cell is not None:
            self.start_inside(name, attributes)

    @property
    def is_first(self) -> bool:
        """Whether we are within the first table."""
        return self.depth == 1 and self.table_count == 1

    def start_table(self, attributes: Attributes) -> None:
        self.depth += 1
        if self.depth > 1:  # no spreadsheet writes a table within a table
            raise FileRefused(refusals.DAMAGED, part=CONTENT)
        self.table_count += 1
        if self.table_count == 1:
            self.name = attributes.get("name", "")
            if attributes.get("style-name", "") in self.hidden_styles:
                raise FileRefused(refusals.HIDDEN_SHEET, sheet=self.name[:80])

    def start_row(self, attributes: Attributes) -> None:
        self.row_repeat = whole_number(attributes.get("number-rows-repeated"), 1, LAST_ROW, CONTENT)
        self.is_hidden = attributes.get("visibility", "visible") != "visible"
        self.column = 0
        self.row = RowCells()

    def start_cell(self, attributes: Attributes) -> None:
        self.repeat = whole_number(attributes.get("number-columns-repeated"), 1, COLUMNS, CONTENT)
        self.cell = attributes
        self.words = []
        self.letters = 0
        self.paragraphs = self.aside = 0

    def start_inside(self, name: str, attributes: Attributes) -> None:
        if name == "annotation" or self.aside:
            self.aside += 1
        elif name == "p":
            if self.paragraphs:
                self.words.append("\n")
            self.paragraphs += 1
            self.hears = True
        elif name == "s":
            self.words.append(" " * whole_number(attributes.get("c"), 1, SPACE_LIMIT, CONTENT))
        elif name in ("tab", "line-break"):
            self.words.append("\t" if name == "tab" else "\n")

    def text(self, text: str) -> None:
        if self.hears and not self.aside and self.cell is not None:
            self.words.append(_BLANKS.sub(" ", text))
            self.letters += len(text)
            check_length(self.letters, self.next_row)

    def end(self, name: str) -> None:
        if name == "table":
            self.depth -= 1
        elif not self.is_first:
            return
        elif self.aside:
            self.aside -= 1
        elif name == "p":
            self.hears = False
        elif name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self.end_cell(self.cell)
        elif name == "table-row":
            self.end_row()

    def end_cell(self, attributes: Attributes) -> None:
        cell = cell_of(attributes, "".join(self.words))
        if cell:
            for column in range(self.column, min(self.column + self.repeat, self.column + 300)):
                self.row.put(column, cell, self.next_row)
        self.column += self.repeat
        self.cell = None

    def end_row(self) -> None:
        cells = self.row.as_tuple()
        if any(cell.strip() for cell in cells):
            self.ready.append((self.next_row, self.row_repeat, cells, self.is_hidden))
        self.next_row += self.row_repeat
        if self.next_row > 2 * LAST_ROW:
            raise FileRefused(refusals.DAMAGED, part=CONTENT)


def cell_of(attributes: Attributes, text: str) -> str:
    """What stands in a cell, by the kind that the workbook says it is of."""
    kind = attributes.get("value-type", "")
    if "formula" in attributes:
        return FormulaCell(text or "=")
    if kind == "error":
        return ErrorCell(text or "#")
    if kind in NUMBERS:
        return NumberCell(attributes.get("value", text))
    if kind == "date":
        return date_of(attributes.get("date-value", text))
    if kind == "time":
        return DurationCell(text or attributes.get("time-value", ""))
    if kind == "boolean":
        return TruthCell(attributes.get("boolean-value", text).upper())
    return text or attributes.get("string-value", "")
