"""Loading rows by the hundred thousand: COPY on PostgreSQL, prepared inserts in ranges on SQLite."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any

from django.db import connection, models

from enrolhub.sync.select_into import column_of, execute, fetch_rows, table_of

Row = Sequence[Any]
Transact = Callable[[], AbstractContextManager[Any]]
#: Rows in one transaction on SQLite; well under a second.
SQLITE_RANGE = 25_000
#: Rows sent to PostgreSQL at once.
COPY_ROWS = 4_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def load_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], transact: Transact) -> int:
    """Insert rows of texts, integers or None, in the order of ``fields``; returns how many.

    ``transact`` opens the transaction of one range (one for everything on PostgreSQL). What a failure leaves of
    earlier ranges is the caller's to forget.
    """
    with collector_paused():
        if connection.vendor == "postgresql":
            with transact():
                return _copy(model, fields, rows)
        return _insert_in_ranges(model, fields, rows, transact)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Millions of short-lived tuples of texts: the collector would look in vain for cycles among them, for seconds."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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


def unload_rows(model: type[models.Model], field: str, value: int, transact: Transact) -> None:
    """Delete the rows whose ``field`` is ``value``, in one transaction on PostgreSQL, in ranges on SQLite."""
    table, where = table_of(model), f"{column_of(model, field)} = %s"
    if connection.vendor == "postgresql":
        with transact():
            execute(f"DELETE FROM {table} WHERE {where}", (value,))
        return
    [(first, last)] = fetch_rows(f"SELECT MIN(rowid), MAX(rowid) FROM {table} WHERE {where}", (value,))
    for start in range(first or 0, (last or -1) + 1, SQLITE_RANGE):
        with transact():
            span = (start, start + SQLITE_RANGE - 1, value)
            # The plus keeps an index on the field from being preferred to the few rows of the range.
            execute(f"DELETE FROM {table} WHERE rowid BETWEEN %s AND %s AND +{where}", span)


def _copy(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> int:
    columns = ", ".join(column_of(model, field) for field in fields)
    source, count = iter(rows), 0
    # Django wraps the errors of statements only: a connection that is cut here must be known as the database's.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table_of(model)} ({columns}) FROM STDIN") as copy,
    ):
        while batch := list(islice(source, COPY_ROWS)):
            copy.write(copy_text(batch))
            count += len(batch)
    return count


def copy_text(rows: Sequence[Row]) -> str:
    """The rows as COPY reads them. Most batches hold nothing that needs escaping, which is seen all at once."""
    try:
        text = "\n".join(["\t".join(row) for row in rows]) + "\n"
    except TypeError:  # numbers or None among the texts
        return "".join(map(copy_line, rows))
    plain = "\\" not in text and "\r" not in text
    if plain and text.count("\n") == len(rows) and text.count("\t") == len(rows) * (len(rows[0]) - 1):
        return text
    return "".join(map(copy_line, rows))


def copy_line(row: Row) -> str:
    return "\t".join("\\N" if value is None else str(value).translate(ESCAPES) for value in row) + "\n"
