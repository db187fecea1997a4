"""The first sheet of an XLSX workbook, row by row, each cell as the digits and letters that the workbook stores."""

import re
from collections.abc import Iterator

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.archive import Archive
from enrolhub.web.sheets.cells import ErrorCell, FormulaCell, NumberCell, TruthCell
from enrolhub.web.sheets.container import XLSX
from enrolhub.web.sheets.problems import FileRefused, Problem
from enrolhub.web.sheets.serial_dates import date_of, read_serial
from enrolhub.web.sheets.workbook import LAST_ROW, RowCells, check_length, say_workbook
from enrolhub.web.sheets.xlsx_parts import Outline, SharedStrings, Styles, unescape
from enrolhub.web.sheets.xml_stream import Attributes, listen, listen_to_all, whole_number

WORKBOOK = "xl/workbook.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class XlsxWorkbook:
    """An XLSX workbook, opened."""

    kind = XLSX

    def __init__(self, data: bytes) -> None:
        """Raises FileRefused: damaged, too much, no workbook, macros, another type, a first sheet that is hidden."""
        self.archive = Archive(data)
        if any(name.lower().endswith("vbaproject.bin") for name in self.archive.parts):
            raise FileRefused(refusals.MACROS)
        self.outline = Outline(self.archive, WORKBOOK)
        first = self.outline.first
        if first.is_hidden:
            raise FileRefused(refusals.HIDDEN_SHEET, sheet=first.name[:80])
        self.part = first.part
        self.last_row = 0
        self.hidden: list[int] = []

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        strings, styles = SharedStrings(), Styles()
        listeners: dict[str, SharedStrings | Styles] = {"sharedStrings": strings, "styles": styles}
        for kind, listener in listeners.items():
            if part := self.outline.parts.get(kind):
                listen_to_all(self.archive.stream(part), listener, part)
        rows = SheetRows(strings.texts, styles.dates(), self.part, since_1904=self.outline.since_1904)
        for _ in listen(self.archive.stream(self.part), rows, self.part):
            for number, cells, is_hidden in rows.ready:
                if any(cell.strip() for cell in cells):
                    self.last_row = number
                    if is_hidden:
                        self.hidden.append(number)
                    yield number, cells
            rows.ready.clear()

    def remarks(self) -> list[Problem]:
        return say_workbook(self.outline.first.name, self.outline.sheet_count - 1, self.hidden)


class SheetRows:
    """A listener that gathers the rows of a sheet; ``ready`` are those complete since it was last emptied."""

    def __init__(self, strings: list[str], dates: set[int], part: str, *, since_1904: bool) -> None:
        self.strings = strings
        self.dates = dates
        self.part = part
        self.since_1904 = since_1904
        self.ready: list[tuple[int, tuple[str, ...], bool]] = []
        self.number = 0
        self.is_hidden = False
        self.in_data = self.hears = self.has_formula = False
        self.column = -1
        self.row = RowCells()
        self.columns: dict[str, int] = {}
        self.kind, self.style = "n", 0
        self.words: list[str] = []
        self.letters = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheetData":
            self.in_data = True
        elif not self.in_data:
            return
        elif name == "c":
            self.start_cell(attributes)
        elif name == "row":
            self.start_row(attributes)
        elif name in ("v", "t"):
            self.hears = True
        elif name == "f":
            self.has_formula = True
        elif name == "rPh":
            self.kind = "phonetic"

    def start_row(self, attributes: Attributes) -> None:
        number = whole_number(attributes.get("r"), self.number + 1, LAST_ROW, self.part)
        if number <= self.number:
            raise FileRefused(refusals.DAMAGED, part=self.part[:80])
        self.number = number
        self.is_hidden = attributes.get("hidden") in ("1", "true")
        self.column = -1
        self.row = RowCells()

    def start_cell(self, attributes: Attributes) -> None:
        column = self.column_of(attributes.get("r"))
        if column <= self.column:
            raise FileRefused(refusals.DAMAGED, part=self.part[:80])
        self.column = column
        self.kind = attributes.get("t", "n")
        self.style = whole_number(attributes.get("s"), 0, 1_000_000, self.part)
        self.has_formula = False
        self.words = []
        self.letters = 0

    def column_of(self, reference: str | None) -> int:
        if reference is None:
            return self.column + 1
        found = _REFERENCE.fullmatch(reference)
        if found is None or int(found[2]) != self.number:
            raise FileRefused(refusals.DAMAGED, part=self.part[:80])
        letters = found[1]
        if letters not in self.columns:
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            self.columns[letters] = column - 1
        return self.columns[letters]

    def text(self, text: str) -> None:
        if self.hears and self.kind != "phonetic":
            self.words.append(text)
            self.letters += len(text)
            check_length(self.letters, self.number)

    def end(self, name: str) -> None:
        if not self.in_data:
            return
        if name in ("v", "t"):
            self.hears = False
        elif name == "c":
            if self.words or self.has_formula:
                self.row.put(self.column, self.cell("".join(self.words)), self.number)
        elif name == "row":
            if self.row.cells:
                self.ready.append((self.number, self.row.as_tuple(), self.is_hidden))
        elif name == "rPh":
            self.kind = "inlineStr"
        elif name == "sheetData":
            self.in_data = False

    def cell(self, text: str) -> str:
        """What stands in the cell, by the kind that the workbook says it is of."""
        if self.has_formula:
            return FormulaCell(text or "=")
        if self.kind == "s":
            at = whole_number(text.strip(), 0, 1_000_000_000, self.part)
            if at >= len(self.strings):
                raise FileRefused(refusals.DAMAGED, part=self.part[:80])
            return self.strings[at]
        if self.kind in ("inlineStr", "str"):
            return unescape(text)
        if self.kind == "b":
            return TruthCell("TRUE" if text.strip() in ("1", "true") else "FALSE")
        if self.kind == "e":
            return ErrorCell(text)
        if self.kind == "d":
            return date_of(text)
        if self.style in self.dates:
            return read_serial(text, since_1904=self.since_1904)
        return NumberCell(text)
