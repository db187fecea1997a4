"""Aggregates that both databases understand: lists of ids, and lists of roles or groups that order as they read."""

from collections.abc import Mapping
from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import Aggregate, CharField, Func

DIGITS = 6


class IdList(Aggregate):
    """The ids of a column, joined by commas: thousands of them cost less as one text than as rows."""

    name = "IdList"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"STRING_AGG({column}::text, ',')", tuple(params)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"GROUP_CONCAT({column})", tuple(params)


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
