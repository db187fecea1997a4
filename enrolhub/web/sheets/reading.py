"""From lines to rows with named cells, whatever the separator and the order of the columns. Every line is accounted for."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from enrolhub.web.folding import fold
from enrolhub.web.formulas import without_mark
from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.decoding import read_lines
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem, Rejection

ROW_LIMIT = 50_000
COLUMN_LIMIT = 200
SEPARATORS = (";", ",", "\t")
ERROR_COLUMN = "erreur"

SHORT_ROW = Cause(
    "short_row",
    _("The row has %(count)s cells; the header has %(expected)s."),
    _("Add the missing cells, even empty, or remove the line."),
)
LONG_ROW = Cause(
    "long_row",
    _("The row has %(count)s cells; the header has %(expected)s."),
    _("Put quotes around a cell that holds the separator."),
)
HEADER_AGAIN = Cause("header_again", _("This line is the header again."), _("Remove it."))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: the name the code uses, its heading in French and in English, and whether it must be there."""

    name: str
    french: str
    english: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its physical line and its cells by column name; a column that the file lacks reads as empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(slots=True)
class Sheet:
    """A file read. `line_count` = header + rows + rejections + `blank_count`, always. `lines` are those of the rows, as text."""

    name: str
    encoding: str
    separator: str
    header: list[str]
    headings: dict[str, str]
    unknown: list[str]
    line_count: int
    blank_count: int = 0
    rows: list[Row] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    lines: dict[int, str] = field(default_factory=dict)

    def cells_of(self, line: int) -> list[str]:
        """The cells of a row, as they stand in the file."""
        return split_line(self.lines[line], self.separator, line)

    @property
    def row_count(self) -> int:
        """Rows of any fate: everything that is neither the header nor blank."""
        return len(self.lines)

    def heading(self, name: str) -> str:
        """How this file's header calls a column; its French heading when the file lacks it."""
        return self.headings.get(name, name)

    def reject(self, row: Row, name: str, problem: Problem) -> None:
        """Reject a row because of what its column `name` says; an empty name means the row as a whole."""
        column = self.heading(name) if name else ""
        self.rejections.append(Rejection(row.line, column, row[name] if name else "", problem))


def heading_key(text: str) -> str:
    """A heading without case, accents, invisible characters, and with one kind of blank."""
    return fold(text).replace(" ", "_").replace("-", "_")


def split_line(line: str, separator: str, number: int) -> list[str]:
    """The cells of one physical line. A quote left open or followed by text refuses the file, for the rest of it is in doubt."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error as error:
        cause = refusals.OPEN_QUOTE if "unexpected end of data" in str(error) else refusals.STRAY_QUOTE
        raise FileRefused(cause, line=number) from error


def _known_headings(columns: Sequence[Column]) -> dict[str, str]:
    return {heading_key(title): column.name for column in columns for title in (column.french, column.english)}


def _separator_of(line: str, known: dict[str, str], number: int, expected: str) -> str:
    """The separator under which the header names most expected columns; the first of SEPARATORS among equals."""
    scores: dict[str, int] = {}
    refusal: FileRefused | None = None
    for separator in SEPARATORS:
        try:
            cells = split_line(line, separator, number)
        except FileRefused as error:
            refusal = error
            continue
        scores[separator] = sum(heading_key(cell) in known for cell in cells)
    best = max(scores, key=lambda separator: scores[separator], default="")
    if best and scores[best]:
        return best
    raise refusal or FileRefused(refusals.NO_HEADER, line=number, expected=expected)


def _place_columns(header: list[str], known: dict[str, str], number: int) -> tuple[dict[str, int], list[str]]:
    """Where each known column stands, and the headings that nobody knows."""
    if len(header) > COLUMN_LIMIT:
        raise FileRefused(refusals.TOO_MANY_COLUMNS, line=number, count=len(header), limit=COLUMN_LIMIT)
    places: dict[str, int] = {}
    seen: dict[str, int] = {}
    unknown = []
    for index, title in enumerate(header):
        key = heading_key(title)
        name = known.get(key, key)
        if name and name in seen:
            raise FileRefused(
                refusals.COLUMN_TWICE, line=number, column=title.strip(), first=seen[name] + 1, second=index + 1
            )
        seen[name] = index
        if key in known:
            places[name] = index
        elif key and key != ERROR_COLUMN:
            unknown.append(title.strip())
    return places, unknown


def read_sheet(data: bytes, columns: Sequence[Column], name: str) -> Sheet:
    """Read a CSV file of at most 10 MiB and 50,000 rows with one of `;`, `,` and tab between its cells (FORMATS §4).

    Raises FileRefused when the file as a whole cannot be trusted; a row of a wrong length is among the rejections.
    """
    lines, encoding = read_lines(data, name)
    first = next(index for index, line in enumerate(lines) if line.strip())
    known = _known_headings(columns)
    expected = ", ".join(column.french for column in columns)
    separator = _separator_of(lines[first], known, first + 1, expected)
    header = split_line(lines[first], separator, first + 1)
    places, unknown = _place_columns(header, known, first + 1)
    if missing := [column.french for column in columns if column.required and column.name not in places]:
        raise FileRefused(refusals.MISSING_COLUMN, line=first + 1, columns=", ".join(missing))
    headings = {column.name: column.french for column in columns}
    headings.update({name_: header[index].strip() for name_, index in places.items()})
    sheet = Sheet(name, encoding, separator, header, headings, unknown, len(lines), blank_count=first)
    _read_rows(sheet, lines, first + 1, places)
    sheet.unknown += [f"#{index + 1}" for index in _unnamed_with_values(sheet)]
    return sheet


def _unnamed_with_values(sheet: Sheet) -> list[int]:
    """Columns without a heading that hold something all the same: they are ignored like unknown ones, and told like them."""
    unnamed = [index for index, title in enumerate(sheet.header) if not heading_key(title)]
    filled: set[int] = set()
    for line in sheet.lines if unnamed else ():
        cells = sheet.cells_of(line)
        filled.update(index for index in unnamed if index < len(cells) and cells[index].strip())
    return sorted(filled)


def _read_rows(sheet: Sheet, lines: list[str], start: int, places: dict[str, int]) -> None:
    width = len(sheet.header)
    header_keys = [heading_key(cell) for cell in sheet.header]
    for number, line in enumerate(lines[start:], start + 1):
        cells = split_line(line, sheet.separator, number) if line else []
        if not any(cell.strip() for cell in cells):
            sheet.blank_count += 1
            continue
        if len(sheet.lines) == ROW_LIMIT:
            raise FileRefused(refusals.TOO_MANY_ROWS, limit=ROW_LIMIT, next=ROW_LIMIT + 1, line=number)
        sheet.lines[number] = line
        if problem := _misshapen(cells, width, header_keys):
            sheet.rejections.append(Rejection(number, "", "", problem))
        else:
            sheet.rows.append(Row(number, {name: without_mark(cells[index]) for name, index in places.items()}))


def _misshapen(cells: list[str], width: int, header_keys: list[str]) -> Problem | None:
    if len(cells) < width:
        return Problem(SHORT_ROW, {"count": len(cells), "expected": width})
    if any(cell.strip() for cell in cells[width:]):
        return Problem(LONG_ROW, {"count": len(cells), "expected": width})
    if heading_key(cells[0]) == header_keys[0] and [heading_key(cell) for cell in cells[:width]] == header_keys:
        return Problem(HEADER_AGAIN)
    return None
