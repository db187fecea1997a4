"""The whole list of a filter as rows of text, in the columns of FORMATS.md §5 and the order of the page."""

import csv
import json
from collections.abc import Iterator
from typing import Protocol

from courses.participants.conditions import Conditions
from courses.participants.queries import Scope, find_people, in_order
from courses.participants.rows import Row, rows_in_chunks

HEADINGS = (
    "last_name",
    "first_name",
    "username",
    "id_number",
    "email",
    "roles",
    "groups",
    "methods",
    "last_access",
    "status",
)
# A spreadsheet runs a cell that begins so, blanks before it or not; the apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Out(Protocol):
    """Whatever takes text: a file, a command's output, a response."""

    def write(self, text: str, /) -> object: ...


def exported_rows(scope: Scope, conditions: Conditions) -> Iterator[Row]:
    """Every row of the filter, page by page out of the database."""
    people = in_order(find_people(scope, conditions), scope, conditions.sort)
    yield from rows_in_chunks(scope, list(people.values_list("pk", flat=True)))


def cells_of(row: Row) -> tuple[str, ...]:
    """One row as text: lists joined by ``|``, the last access in ISO 8601 or empty, the status as its code."""
    person = row.person
    return (
        person.last_name,
        person.first_name,
        person.username,
        person.id_number,
        person.email,
        "|".join(row.roles),
        "|".join(group.name for group in row.groups),
        "|".join(row.kinds),
        row.last_access.isoformat() if row.last_access else "",
        row.status,
    )


def as_text(cell: str) -> str:
    """The cell such that no spreadsheet runs it as a formula."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(FORMULA_STARTS) else cell


def write_csv(rows: Iterator[Row], out: Out) -> int:
    """Write the rows with ``;`` and their header line; how many."""
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(HEADINGS)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the result
        writer.writerow([as_text(cell) for cell in cells_of(row)])
    return count


def write_json(rows: Iterator[Row], out: Out) -> int:
    """Write a list of objects with the columns as keys, one object a line; how many."""
    out.write("[")
    count = 0
    for count, row in enumerate(rows, 1):
        record = dict(zip(HEADINGS, cells_of(row), strict=True))
        out.write(("\n" if count == 1 else ",\n") + json.dumps(record, ensure_ascii=False))
    out.write("\n]\n" if count else "]\n")
    return count
