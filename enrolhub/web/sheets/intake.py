"""Rows on their way in: cells become values, rows about the same thing become one entry, contradictions are rejected."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets.mending import mending_of
from enrolhub.web.sheets.problems import Cause, Problem, ValueRefused
from enrolhub.web.sheets.progress import CHECKING, told
from enrolhub.web.sheets.reading import Row, Sheet
from enrolhub.web.sheets.values import check_cell

CONTRADICTION = Cause(
    "contradiction",
    _("Lines %(lines)s are about the same thing and contradict each other here."),
    _("Keep the line that is right and remove the others."),
)
LINES_NAMED = 5

Reader = Callable[[str], Any]


@dataclass(slots=True)
class Entry:
    """What one row, or several that say the same, ask for. A value of None or "" states nothing."""

    row: Row
    values: dict[str, Any]
    repeats: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row that asks for this, the first one first."""
        return (self.row, *self.repeats)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def read_entries(sheet: Sheet, readers: Mapping[str, Reader]) -> list[Entry]:
    """Turn each row's cells into values; a row with a refused cell is rejected, once for every such cell.

    What a reader has mended of a cell is among the sheet's remarks.
    """
    entries = []
    # Columns repeat their values: roles, dates, courses. What a spreadsheet took a cell for belongs to its type.
    remembering = {name: lru_cache(maxsize=2048, typed=True)(_mending(reader)) for name, reader in readers.items()}
    for row in told(sheet.rows, CHECKING, len(sheet.rows)):
        values: dict[str, Any] = {}
        for name, reader in remembering.items():
            try:
                values[name], mending = reader(row[name])
            except ValueRefused as error:
                sheet.reject(row, name, error.problem)
                continue
            if mending:
                sheet.remark(row, name, mending)
        if len(values) == len(readers):
            entries.append(Entry(row, values))
    return entries


def _mending(reader: Reader) -> Callable[[str], tuple[Any, Problem | None]]:
    """The reader, telling also what it has mended."""

    def read(cell: str) -> tuple[Any, Problem | None]:
        check_cell(cell)
        value = reader(cell)
        return value, mending_of(cell, value)

    return read


#: Finds the column and the problem for which an entry is to be rejected, if any.
Check = Callable[[Entry], tuple[str, Problem] | None]


def keep(sheet: Sheet, entries: Iterable[Entry], check: Check) -> list[Entry]:
    """The entries in which `check` finds nothing; the others are rejected for the column and the problem it returns."""
    kept = []
    for entry in entries:
        found = check(entry)
        if found is None:
            kept.append(entry)
            continue
        for row in entry.rows:
            sheet.reject(row, *found)
    return kept


def is_stated(value: Any) -> bool:
    """Whether a cell says anything: an empty one changes nothing."""
    return value is not None and value != ""


def settle(
    sheet: Sheet, entries: Iterable[Entry], key: Callable[[Entry], Hashable], gathered: Collection[str] = ()
) -> list[Entry]:
    """One entry for each key, in the order of their first rows: what equal rows state is stated once.

    Rows of one key that state different values are all rejected. A column in `gathered` may differ: its values become
    a tuple, in the order of the rows.
    """
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    settled = []
    for group in groups.values():
        merged = _merge(group, gathered)
        if isinstance(merged, Entry):
            settled.append(merged)
        else:
            _reject_all(sheet, group, merged)
    return settled


def _merge(group: Sequence[Entry], gathered: Collection[str]) -> Entry | str:
    """The one entry of rows that agree, or the name of the column in which they do not."""
    if len(group) == 1:
        (only,) = group
        for name in gathered:
            only.values[name] = (only[name],) if is_stated(only[name]) else ()
        return only
    values: dict[str, Any] = {}
    for name in group[0].values:
        stated = list(dict.fromkeys(entry[name] for entry in group if is_stated(entry[name])))
        if name in gathered:
            values[name] = tuple(stated)
        elif len(stated) > 1:
            return name
        else:
            values[name] = stated[0] if stated else group[0][name]
    return Entry(group[0].row, values, tuple(entry.row for entry in group[1:]))


def _reject_all(sheet: Sheet, group: Sequence[Entry], name: str) -> None:
    lines = [str(entry.row.line) for entry in group]
    named = ", ".join(lines[:LINES_NAMED]) + (" …" if len(lines) > LINES_NAMED else "")
    for entry in group:
        sheet.reject(entry.row, name, Problem(CONTRADICTION, {"lines": named}))
