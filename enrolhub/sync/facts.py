"""Facts as text: what a row says, in one fixed form on both databases.

A relation's facts stand in its order, joined by U+001F; times are UTC, ``YYYY-MM-DDTHH:MM:SSZ``; nothing is the
empty text. Never database JSON: its text differs between PostgreSQL and SQLite.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

SEPARATOR = "\x1f"
Sql = tuple[str, Any]


def join_facts(values: Sequence[str]) -> str:
    """The text of these facts."""
    return SEPARATOR.join(values)


def split_facts(text: str, names: Sequence[str]) -> dict[str, str]:
    """The facts of a text by name; the empty text (no row) has none."""
    return dict(zip(names, text.split(SEPARATOR), strict=False)) if text else {}


class JoinedFacts(Func):
    """The facts text of a row, made by the database from expressions that are text and never null."""

    arg_joiner = f" || '{SEPARATOR}' || "
    template = "(%(expressions)s)"
    output_field = models.TextField()


class FactPart(Func):
    """Fact number ``position`` (1 is the first) of a facts text."""

    function = "split_part"
    output_field = models.TextField()

    def __init__(self, text: str | Combinable, position: int) -> None:
        super().__init__(F(text) if isinstance(text, str) else text, Value(SEPARATOR), Value(position))


class TimeText(Func):
    """A UTC time as facts say it; the empty text when there is none."""

    output_field = models.TextField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        form = """COALESCE(to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')"""
        return super().as_sql(compiler, connection, template=form, **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        form = "COALESCE(replace(substr(%(expressions)s, 1, 19), ' ', 'T') || 'Z', '')"
        return super().as_sql(compiler, connection, template=form, **context)


class TimeOfText(Func):
    """The time that facts say; null for the empty text."""

    output_field = models.DateTimeField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        return super().as_sql(compiler, connection, template="NULLIF(%(expressions)s, '')::timestamptz", **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        form = "NULLIF(replace(substr(%(expressions)s, 1, 19), 'T', ' '), '')"
        return super().as_sql(compiler, connection, template=form, **context)


def split_part(text: str | None, separator: str, position: int) -> str | None:
    """PostgreSQL's function of that name, for SQLite."""
    if text is None:
        return None
    parts = text.split(separator)
    return parts[position - 1] if position <= len(parts) else ""


def teach_sqlite(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give a fresh SQLite connection the function that PostgreSQL has by itself."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("split_part", 3, split_part, deterministic=True)
