"""What a workbook gives to whoever reads it, XLSX and ODS alike: the rows of its first sheet, and what else it holds."""

from collections.abc import Iterator
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.decoding import LINE_LIMIT
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem
from enrolhub.web.sheets.recognition import COLUMN_LIMIT

#: Rows that a sheet can have at most, in any spreadsheet.
LAST_ROW = 1_048_576
OTHER_SHEETS = Cause("other_sheets", _("Only the first sheet, “%(sheet)s”, is read; the workbook has others."), "")
HIDDEN_ROWS = Cause(
    "hidden_rows",
    _("Rows that the spreadsheet hides were read like the others (%(count)s, the first is %(line)s)."),
    "",
)


class Workbook(Protocol):
    """A workbook whose first sheet can be read, once."""

    kind: str
    last_row: int

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The rows that hold anything, with their numbers, each up to its last cell that is filled."""

    def remarks(self) -> list[Problem]:
        """What is to be told of the workbook as a whole, once its rows have been read."""


class RowCells:
    """The cells of one row on their way: few, whatever the columns a row pretends to have."""

    __slots__ = ("cells", "length")

    def __init__(self) -> None:
        self.cells: dict[int, str] = {}
        self.length = 0

    def put(self, column: int, cell: str, line: int) -> None:
        """Put a cell into a column (the first is 0). Columns beyond those that are read count as one."""
        if not cell:
            return
        self.length += len(cell)
        check_length(self.length, line)
        self.cells[min(column, COLUMN_LIMIT)] = cell

    def as_tuple(self) -> tuple[str, ...]:
        """The cells up to the last that is filled, empty ones between them."""
        if not self.cells:
            return ()
        return tuple(self.cells.get(column, "") for column in range(max(self.cells) + 1))


def check_length(length: int, line: int) -> None:
    """Raises FileRefused for a cell or a row that has no end in sight."""
    if length > LINE_LIMIT:
        raise FileRefused(refusals.LONG_LINE, line=line, length=length, limit=LINE_LIMIT)


def say_workbook(first: str, others: int, hidden: list[int]) -> list[Problem]:
    """What is to be told of a workbook whose first sheet was read."""
    told = []
    if others:
        told.append(Problem(OTHER_SHEETS, {"sheet": first[:80]}))
    if hidden:
        told.append(Problem(HIDDEN_ROWS, {"count": len(hidden), "line": hidden[0]}))
    return told
