"""The only place that writes INSERT … SELECT and its kin: rows go from table to table inside the database.

Table and column names come from models and from this module, never from data; values are always parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection, models, transaction
from django.db.models import QuerySet


@dataclass(frozen=True)
class Rows:
    """A compiled SELECT and its parameters."""

    sql: str
    params: tuple[Any, ...] = ()


def compile_rows(queryset: QuerySet[Any, Any], column_count: int) -> Rows:
    """The SELECT of a ``values_list`` queryset; a provably empty one still has ``column_count`` columns."""
    try:
        sql, params = queryset.query.get_compiler(using=connection.alias).as_sql()
    except EmptyResultSet:
        return Rows(f"SELECT {', '.join(['NULL'] * column_count)} WHERE 1 = 0")
    return Rows(sql, tuple(params))


def quote(name: str) -> str:
    return connection.ops.quote_name(name)


def column_of(model: type[models.Model], field: str) -> str:
    column = model._meta.get_field(field).column  # type: ignore[union-attr]
    return quote(str(column))


def table_of(model: type[models.Model]) -> str:
    return quote(model._meta.db_table)


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, tuple(params))
        return int(cursor.rowcount)


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Rows, *, skip_present: bool = False) -> int:
    """Insert the rows' columns, in the order of ``fields``; rows already present are an error or skipped."""
    columns = ", ".join(column_of(model, field) for field in fields)
    sql = f"INSERT INTO {table_of(model)} ({columns}) {rows.sql}"
    if not skip_present:
        return execute(sql, rows.params)
    try:
        # Hardly ever is one present, and to be ready for it costs PostgreSQL half as much again for each row.
        with transaction.atomic():
            return execute(sql, rows.params)
    except IntegrityError:
        # SQLite reads ON CONFLICT as part of a join unless a WHERE stands before it: querysets that skip have one.
        return execute(f"{sql} ON CONFLICT DO NOTHING", rows.params)


def insert_from(
    model: type[models.Model], fields: Sequence[str], queryset: QuerySet[Any, Any], *, skip_present: bool = False
) -> int:
    """Insert what a ``values_list`` queryset selects; returns the number of rows inserted."""
    return insert_rows(model, fields, compile_rows(queryset, len(fields)), skip_present=skip_present)


def update_from(
    model: type[models.Model], keys: Sequence[str], fields: Mapping[str, str], queryset: QuerySet[Any, Any]
) -> int:
    """Set ``fields`` (field → SQL over the row ``t`` and the change ``s``) where the keys, selected first, are equal.

    ``queryset`` is a ``values_list`` whose columns are named in the SQL as ``k1, k2, …`` then ``v1, v2, …``.
    """
    names = [f"k{number}" for number in range(1, len(keys) + 1)] + [f"v{n}" for n in range(1, len(fields) + 1)]
    rows = compile_rows(queryset, len(names))
    settings = ", ".join(f"{column_of(model, field)} = {sql}" for field, sql in fields.items())
    match = " AND ".join(f"t.{column_of(model, key)} = s.k{number}" for number, key in enumerate(keys, 1))
    sql = (
        f"WITH s({', '.join(names)}) AS ({rows.sql}) UPDATE {table_of(model)} AS t SET {settings} FROM s WHERE {match}"
    )
    return execute(sql, rows.params)


def delete_matching(
    model: type[models.Model], keys: Sequence[str], queryset: QuerySet[Any, Any], *, null: Sequence[str] = ()
) -> int:
    """Delete the rows whose keys equal a row of the ``values_list`` queryset and whose ``null`` fields are null."""
    rows = compile_rows(queryset, len(keys))
    columns = ", ".join(column_of(model, key) for key in keys)
    empty = "".join(f" AND {column_of(model, field)} IS NULL" for field in null)
    return execute(f"DELETE FROM {table_of(model)} WHERE ({columns}) IN ({rows.sql}){empty}", rows.params)


def make_temporary(name: str, rows: Rows) -> None:
    """Keep the rows in a table of this connection only; on SQLite this takes no lock on the database."""
    drop_temporary(name)
    execute(f"CREATE TEMPORARY TABLE {quote(name)} AS {rows.sql}", rows.params)


def drop_temporary(name: str) -> None:
    execute(f"DROP TABLE IF EXISTS {quote(name)}")


def refresh_temporary(name: str) -> None:
    """Let the planner know what is in a temporary table: on PostgreSQL nobody else will."""
    if connection.vendor == "postgresql":
        execute(f"ANALYZE {quote(name)}")


def fetch_rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, tuple(params))
        return list(cursor.fetchall())


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Let the planner know what was just loaded, or it joins hundreds of thousands of rows as if there were ten."""
    # On SQLite every row is looked at: 0.1 s for a million, and a sample would take the first element for all of them.
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # A third of the usual sample: enough to tell thousands from millions, until the server takes its own.
            # Nor may a process that is stopped in the middle keep the next one from looking.
            execute("SET LOCAL default_statistics_target = 30; SET LOCAL idle_in_transaction_session_timeout = '60s'")
        for model in tables:
            _analyse(model)
        if connection.vendor == "postgresql":
            execute("SET LOCAL default_statistics_target TO DEFAULT")


def _analyse(model: type[models.Model]) -> None:
    """On PostgreSQL by a function that its owner made: the site's own role may be another, and is only warned, not obeyed."""
    if connection.vendor == "postgresql":
        execute("SELECT sync_analyze(%s)", [model._meta.db_table])
    else:
        execute(f"ANALYZE {table_of(model)}")


#: What joining hundreds of thousands of rows takes on PostgreSQL: 64 MB a sort or hash keep them off the disk, and
#: just-in-time compilation costs such a statement more than it saves. A register's columns depend on each other in
#: ways the planner cannot know: it may expect one row where there are a hundred thousand. Joined by hashes these cost
#: seconds, one by one they would cost hours.
LARGE = {"work_mem": "64MB", "jit": "off", "enable_nestloop": "off"}
#: For the same reason the order of joins is the one the queryset states, and an EXISTS is a semi-join where it stands,
#: never a join with everything it could match, gathered beforehand.
AS_WRITTEN = {"join_collapse_limit": "1", "enable_hashagg": "off", "enable_sort": "off"}


@contextmanager
def joining_large(*, as_written: bool = False) -> Iterator[None]:
    """Within a transaction: the planner's settings for statements over whole registers; put back afterwards."""
    settings = LARGE | (AS_WRITTEN if as_written else {})
    if connection.vendor == "postgresql":
        execute("; ".join(f"SET LOCAL {name} = {value!r}" for name, value in settings.items()))
    yield
    if connection.vendor == "postgresql":
        execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in settings))
