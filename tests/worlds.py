"""A world that many tests begin with is made once in a process of pytest; for the tests that follow its rows are put back.

That takes some milliseconds, where two nights take a second. Each test has rows, registers and instances of its own: what it does
to them nobody else sees. A world whose making depends on the test (its settings, its hour) cannot be kept.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model

from courses.models import EnrolmentMark, MembershipMark
from courses.participants.kept_seats import forget_seats
from tests.registers import Registers

Made = TypeVar("Made")
Rows = dict[type[Model], set[tuple[Any, ...]]]
#: The rows of each world are numbered from a multiple of this: SQLite gives the numbers of a test that was taken back once more.
BAND = 100_000
#: What PostgreSQL writes by itself, of the rows that are put back too: it never leaves the same mark twice.
BY_TRIGGER = {EnrolmentMark, MembershipMark}
#: So many rows are written at a time.
HELPING = 200


@dataclass
class World:
    """What a builder gave, what the registers held then, and the rows that it wrote."""

    made: Any
    registers: tuple[Registers, ...]
    states: list[dict[str, Any]]
    rows: Rows


KEPT: dict[Callable[..., Any], World] = {}


def once(build: Callable[..., Made], *registers: Registers) -> Made:
    """What `build` makes, of the registers if it asks for them: made the first time, then put back as it was made."""
    if build not in KEPT:
        KEPT[build] = make(build, *registers)
    else:
        put_back(KEPT[build], *registers)
    # The copy has the registers of this test where those of the first one were.
    theirs = zip(KEPT[build].registers, registers, strict=True)
    made: Made = deepcopy(KEPT[build].made, {id(first): own for first, own in theirs})
    return made


def make(build: Callable[..., Any], *registers: Registers) -> World:
    with transaction.atomic():
        number_from((len(KEPT) + 1) * BAND)
        before = read_rows()
        made = build(*registers)
        after = read_rows()
    changed = [model.__name__ for model, rows in before.items() if not rows <= after[model]]
    assert not changed, f"Rows of {changed} that stood before were altered: such a world cannot be put back."
    states = [{name: value for name, value in vars(each).items() if name != "folder"} for each in registers]
    return World(made, registers, deepcopy(states), {model: after[model] - before[model] for model in after})


def put_back(world: World, *registers: Registers) -> None:
    """The world's rows, in the database; its lists, in the folder of these registers."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in world.rows.items():
            ordered = list(rows)
            for start in range(0, len(ordered), HELPING):
                write(cursor, model, ordered[start : start + HELPING])
    cache.clear()
    forget_seats()
    for own, state in zip(registers, deepcopy(world.states), strict=True):
        vars(own).update(state)
        own.write()


def columns_of(model: type[Model]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.local_concrete_fields)


def read_rows() -> Rows:
    """Every row that somebody wrote, by table, as the database gives it."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for model in set(apps.get_models(include_auto_created=True)) - BY_TRIGGER:
            cursor.execute(f"SELECT {columns_of(model)} FROM {model._meta.db_table}")
            found[model] = set(cursor.fetchall())
    return found


def write(cursor: Any, model: type[Model], rows: list[tuple[Any, ...]]) -> None:
    places = ", ".join(f"({', '.join(['%s'] * len(row))})" for row in rows)
    values = [value for row in rows for value in row]
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({columns_of(model)}) VALUES {places}", values)


def number_from(first: int) -> None:
    """Let SQLite number the next rows of every table from here; PostgreSQL gives no number twice."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence")
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT name, %s FROM sqlite_master WHERE sql LIKE '%%AUTOINCREMENT%%'",
            [first],
        )
