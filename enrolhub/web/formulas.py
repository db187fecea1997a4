"""Cells that a spreadsheet would run as a formula when it reads them from a file without types (FORMATS.md §5)."""

import re

STARTS = "=+-@＝＋－＠"
# Characters that stand for no ink: a spreadsheet may look for the formula behind them.
BLANKS = r"\s\u00a0\u200b-\u200f\u2060\ufeff"
IS_RUN = re.compile(rf"[\t\r\n]|[{BLANKS}]*[{re.escape(STARTS)}]")


def as_text(cell: str) -> str:
    """The cell such that no spreadsheet runs it: an apostrophe in front where it is needed."""
    return f"'{cell}" if IS_RUN.match(cell) else cell


def without_mark(cell: str) -> str:
    """The cell before ``as_text``, or before a spreadsheet, put an apostrophe in front of what it would run."""
    return cell[1:] if cell.startswith("'") and IS_RUN.match(cell, 1) else cell
