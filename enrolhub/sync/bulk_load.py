"""Loading rows by the hundred thousand: COPY on PostgreSQL, prepared inserts in ranges on SQLite."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from django.db import connection, models

from enrolhub.sync.select_into import column_of, table_of

Row = Sequence[Any]
Transact = Callable[[], AbstractContextManager[Any]]
#: Rows in one transaction on SQLite; well under a second.
SQLITE_RANGE = 25_000
#: Characters sent to PostgreSQL at once.
COPY_BLOCK = 1 << 18
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def load_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], transact: Transact) -> int:
    """Insert rows of texts, integers or None, in the order of ``fields``; returns how many.

    ``transact`` opens the transaction of one range (one for everything on PostgreSQL). What a failure leaves of
    earlier ranges is the caller's to forget.
    """
    if connection.vendor == "postgresql":
        with transact():
            return _copy(model, fields, rows)
    return _insert_in_ranges(model, fields, rows, transact)


def _insert_in_ranges(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], transact: Transact) -> int:
    columns = ", ".join(column_of(model, field) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {table_of(model)} ({columns}) VALUES ({marks})"
    source, count = iter(rows), 0
    while batch := list(islice(source, SQLITE_RANGE)):
        with transact(), connection.cursor() as cursor:
            cursor.executemany(sql, batch)
        count += len(batch)
    return count


def _copy(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> int:
    columns = ", ".join(column_of(model, field) for field in fields)
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table_of(model)} ({columns}) FROM STDIN") as copy:
        for block, number in _copy_blocks(rows):
            copy.write(block)
            count += number
    return count


def _copy_blocks(rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
    lines: list[str] = []
    size = 0
    for row in rows:
        line = _copy_line(row)
        lines.append(line)
        size += len(line)
        if size >= COPY_BLOCK:
            yield "".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield "".join(lines), len(lines)


def _copy_line(row: Row) -> str:
    line = "\t".join(map(str, row))
    odd = "\\" in line or "\n" in line or "\r" in line or None in row or line.count("\t") != len(row) - 1
    if odd:
        line = "\t".join("\\N" if value is None else str(value).translate(ESCAPES) for value in row)
    return line + "\n"
