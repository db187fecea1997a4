"""From a file to rows with named cells, whatever its type and the order of its columns. Every line is accounted for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from enrolhub.web.formulas import without_mark
from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem, Rejection, Remark, shorten
from enrolhub.web.sheets.recognition import (
    RECOGNISE,
    Column,
    Reading,
    check_columns,
    check_header,
    has_inner_quote,
    heading_key,
    missing_columns,
    no_header,
    recognise_columns,
    split_line,
    unknown_headings,
)
from enrolhub.web.sheets.tables import Line, Table, open_table

ROW_LIMIT = 50_000
SAMPLE = 5
#: Characters of a file's name that are kept; what cannot be seen is spelled out.
NAME_KEPT = 150

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
INNER_QUOTE = Cause(
    "inner_quote",
    _("A quote stands inside a cell that does not begin with one."),
    _("Put the whole cell into quotes and double those inside it, or remove them."),
)
HEADER_AGAIN = Cause("header_again", _("This line is the header again."), _("Remove it."))


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its physical line and its cells by column name; a column that the file lacks reads as empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(slots=True)
class Sheet:
    """A file read. `line_count` = header + rows + rejections + `blank_count`, always. `lines` are those of the rows.

    `reading` says how it was read, wholly: encoding, separator, columns.
    """

    name: str
    kind: str
    reading: Reading
    header: list[str]
    headings: dict[str, str]
    unknown: list[str]
    line_count: int = 0
    blank_count: int = 0
    rows: list[Row] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    lines: dict[int, Line] = field(default_factory=dict)

    @property
    def encoding(self) -> str:
        """The encoding of a CSV file; of a workbook its type."""
        return self.reading.encoding or self.kind

    @property
    def separator(self) -> str:
        """What stands between the cells, of a workbook's too when they are written to a CSV file."""
        return self.reading.separator or ";"

    def cells_of(self, line: int) -> list[str]:
        """The cells of a row, as they stand in the file."""
        return cells_of(self.lines[line], self.separator, line)

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

    def remark(self, row: Row, name: str, problem: Problem) -> None:
        """Tell something of a cell that is taken all the same."""
        self.remarks.append(Remark(row.line, self.heading(name), row[name], problem))


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is recognised of a file before it is read: enough to show, and to correct what was recognised wrongly.

    `missing` names the columns (in French) that must be there and are not; then the file cannot be read yet.
    """

    kind: str
    reading: Reading
    header: list[str]
    header_line: int
    missing: list[str]
    sample: list[list[str]]


def cells_of(line: Line, separator: str, number: int) -> list[str]:
    return split_line(line, separator, number) if isinstance(line, str) else list(line)


def recognise(data: bytes, columns: Sequence[Column], name: str, reading: Reading = RECOGNISE) -> Recognition:
    """Look at the header and the first rows of a file. Raises FileRefused when not even these can be read.

    A header that names none of the columns is no refusal here, so that somebody may say what each column holds.
    """
    table = open_table(data, name, columns, reading, wants_known=False)
    lines = table.lines()
    number, header, _blank = _find_header(lines, table.separator)
    names = _columns_of(header, number, columns, reading)
    sample = (cells_of(line, table.separator, at) for at, line in lines)
    filled = (cells for cells in sample if any(cell.strip() for cell in cells))
    rows = [cells for cells, _n in zip(filled, range(SAMPLE), strict=False)]
    full = Reading(table.encoding, table.written_separator, names)
    return Recognition(table.kind, full, header, number, missing_columns(names, columns), rows)


def read_sheet(data: bytes, columns: Sequence[Column], name: str, reading: Reading = RECOGNISE) -> Sheet:
    """Read a CSV file or the first sheet of a workbook, of at most 10 MiB and 50,000 rows (FORMATS §4), as `reading` says.

    Raises FileRefused when the file as a whole cannot be trusted; a row of a wrong length is among the rejections.
    """
    table = open_table(data, name, columns, reading)
    lines = table.lines()
    number, header, blank = _find_header(lines, table.separator)
    names = _columns_of(header, number, columns, reading)
    if not any(names):
        raise no_header(number, columns)
    if missing := missing_columns(names, columns):
        raise FileRefused(refusals.MISSING_COLUMN, line=number, columns=", ".join(missing))
    headings = {column.name: column.french for column in columns}
    headings.update({name_: title.strip() for name_, title in zip(names, header, strict=True) if name_})
    full = Reading(table.encoding, table.written_separator, names)
    unknown = unknown_headings(header, names)
    sheet = Sheet(shown_name(name), table.kind, full, header, headings, unknown, line_count=number, blank_count=blank)
    _read_rows(sheet, lines)
    _account(sheet, table)
    sheet.unknown += [f"#{index + 1}" for index in _unnamed_with_values(sheet)]
    sheet.remarks += [Remark(0, "", "", problem) for problem in table.remarks()]
    return sheet


def shown_name(name: str) -> str:
    """The name of a file as it can be shown and kept, whatever it is."""
    return shorten(name, NAME_KEPT)[: NAME_KEPT + 1]


def _find_header(lines: Iterator[tuple[int, Line]], separator: str) -> tuple[int, list[str], int]:
    """The first line that is not blank: its number, its cells, and how many blank ones are before it."""
    for number, line in lines:
        cells = cells_of(line, separator, number)
        if any(cell.strip() for cell in cells):
            if isinstance(line, str) and has_inner_quote(line, separator):
                raise FileRefused(refusals.STRAY_QUOTE, line=number)
            check_header(cells, number)
            return number, cells, number - 1
    raise FileRefused(refusals.EMPTY)


def _columns_of(header: list[str], number: int, columns: Sequence[Column], reading: Reading) -> tuple[str, ...]:
    if reading.columns is None:
        return recognise_columns(header, number, columns)
    check_columns(reading.columns, header, columns)
    return reading.columns


def _read_rows(sheet: Sheet, lines: Iterable[tuple[int, Line]]) -> None:
    assert sheet.reading.columns is not None
    places = [(name, index) for index, name in enumerate(sheet.reading.columns) if name]
    width, separator = len(sheet.header), sheet.separator
    header_keys = [heading_key(cell) for cell in sheet.header]
    for number, line in lines:
        sheet.blank_count += number - sheet.line_count - 1
        sheet.line_count = number
        cells = cells_of(line, separator, number)
        if not any(cell.strip() for cell in cells):
            sheet.blank_count += 1
            continue
        if len(sheet.lines) == ROW_LIMIT:
            raise FileRefused(refusals.TOO_MANY_ROWS, limit=ROW_LIMIT, next=ROW_LIMIT + 1, line=number)
        sheet.lines[number] = line
        if not isinstance(line, str):
            cells += [""] * (width - len(cells))  # a workbook keeps no cells behind the last that is filled
        if problem := _misshapen(line, cells, header_keys, separator):
            sheet.rejections.append(Rejection(number, "", "", problem))
        else:
            sheet.rows.append(Row(number, {name: without_mark(cells[index]) for name, index in places}))


def _misshapen(line: Line, cells: list[str], header_keys: list[str], separator: str) -> Problem | None:
    width = len(header_keys)
    if isinstance(line, str) and has_inner_quote(line, separator):
        return Problem(INNER_QUOTE)
    if len(cells) < width:
        return Problem(SHORT_ROW, {"count": len(cells), "expected": width})
    if any(cell.strip() for cell in cells[width:]):
        return Problem(LONG_ROW, {"count": len(cells), "expected": width})
    if heading_key(cells[0]) == header_keys[0] and [heading_key(cell) for cell in cells[:width]] == header_keys:
        return Problem(HEADER_AGAIN)
    return None


def _account(sheet: Sheet, table: Table) -> None:
    """Lines and what became of them must add up, and there must be as many as the file has: else nothing of it is used."""
    rejected = sum(1 for _ in {rejection.line for rejection in sheet.rejections})
    counted = 1 + len(sheet.rows) + rejected + sheet.blank_count
    if not sheet.line_count == counted == table.line_count():
        raise FileRefused(refusals.MISCOUNTED, lines=table.line_count(), counted=counted)


def _unnamed_with_values(sheet: Sheet) -> list[int]:
    """Columns without a heading that hold something all the same: they are ignored like unknown ones, and told like them."""
    assert sheet.reading.columns is not None
    pairs = zip(sheet.header, sheet.reading.columns, strict=True)
    unnamed = [index for index, (title, name) in enumerate(pairs) if not name and not heading_key(title)]
    filled: set[int] = set()
    for line in sheet.lines if unnamed else ():
        cells = sheet.cells_of(line)
        filled.update(index for index in unnamed if index < len(cells) and cells[index].strip())
    return sorted(filled)
