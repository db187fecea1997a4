"""Aggregates that both databases understand: lists of numbers, and lists of roles or groups that order as they read."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import Aggregate, BooleanField, CharField, F, Func

DIGITS = 6


class NumberList(Aggregate):
    """The numbers of a column as a list: thousands of them cost less in one row than in a row each."""

    name = "NumberList"
    output_field = CharField()  # what SQLite gives
    empty_result_set_value = ()  # type: ignore[assignment]  # what nobody can meet is not even asked

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"ARRAY_AGG({column})", tuple(params)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"GROUP_CONCAT({column})", tuple(params)

    def convert_value(self, value: Any, expression: Any, connection: Any) -> list[int]:
        if isinstance(value, str):
            numbers: list[int] = json.loads(f"[{value}]")  # half the time of cutting and converting
            return numbers
        return value or []


class IsAmong(Func):
    """Whether a column is one of these numbers, given as one parameter: a list of thousands takes long to be read."""

    output_field = BooleanField()

    def __init__(self, column: str, numbers: str) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)
        self._numbers = numbers

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} = ANY(%s::bigint[])", (*params, f"{{{self._numbers}}}")

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} IN (SELECT value FROM JSON_EACH(%s))", (*params, f"[{self._numbers}]")


def is_among(column: str, numbers: Iterable[int]) -> IsAmong:
    """Whether the column is one of the numbers."""
    return IsAmong(column, ",".join(map(str, numbers)))


class Unindexed(Func):
    """The same text, as an expression that no index knows."""

    template = "(%(expressions)s || '')"
    output_field = CharField()


class RankedList(Aggregate):
    """The different ranks of the ids of a column: compared rank by rank, the shorter list first; nothing when empty."""

    name = "RankedList"
    output_field = CharField()  # only ever compared

    def __init__(self, column: str, ranks: Mapping[int, int], **extra: Any) -> None:
        super().__init__(column, **extra)
        self._ranks = ranks

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        rank = f"(%s::int[])[ARRAY_POSITION(%s::bigint[], {column})]"
        given = (list(self._ranks.values()), list(self._ranks), *params)
        return f"ARRAY_AGG(DISTINCT {rank} ORDER BY {rank}) FILTER (WHERE {column} IS NOT NULL)", (
            *given,
            *given,
            *params,
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        known = "," + "".join(f"{pk}:{rank:0{DIGITS}}," for pk, rank in self._ranks.items())
        rank = f"SUBSTR(%s, INSTR(%s, ',' || {column} || ':') + LENGTH({column}) + 2, {DIGITS})"
        return f"ENROLHUB_SORTED_LIST({rank})", (known, known, *params, *params)


class SortedListOfSqlite:
    """SQLite's own GROUP_CONCAT has no order. Ranks are texts of as many digits each, so that joined they compare as lists."""

    def __init__(self) -> None:
        self._ranks: set[str] = set()

    def step(self, rank: str | None) -> None:
        if rank:
            self._ranks.add(rank)

    def finalize(self) -> str | None:
        return "".join(sorted(self._ranks)) or None


def _teach(*, connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("ENROLHUB_SORTED_LIST", 1, SortedListOfSqlite)


def teach_sqlite_lists() -> None:
    """Give every SQLite connection opened from now on what ``RankedList`` needs; done once, when the site starts."""
    connection_created.connect(_teach, dispatch_uid="courses.participants.lists")
