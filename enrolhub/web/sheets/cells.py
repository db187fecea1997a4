"""What a spreadsheet took a cell for. A CSV file has plain texts only; a workbook may have made something else of them."""


class NumberCell(str):
    """A number, with the digits that the workbook stores."""

    __slots__ = ()


class DateCell(str):
    """A date (``YYYY-MM-DD``), or a date and time (``YYYY-MM-DD HH:MM``, with ``:SS`` where there are seconds)."""

    __slots__ = ()


class TruthCell(str):
    """A truth value, ``TRUE`` or ``FALSE``."""

    __slots__ = ()


class DurationCell(str):
    """A span of time."""

    __slots__ = ()


class FormulaCell(str):
    """The result of a formula when it was last computed, if it was."""

    __slots__ = ()


class ErrorCell(str):
    """What a spreadsheet shows where a formula failed: ``#N/A``."""

    __slots__ = ()


#: Cells that are no longer the text somebody typed.
CONVERTED = (DateCell, TruthCell, DurationCell)
