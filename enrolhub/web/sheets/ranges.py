"""Writing many rows: all at once where readers and writers do not meet, in short ranges where one writer locks the others out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TypeVar

from django.db import connection, transaction

Item = TypeVar("Item")
RANGE = 5_000


def ranges_of(items: Sequence[Item], size: int = RANGE) -> Iterator[Sequence[Item]]:
    """The items, `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def write_in_ranges(items: Sequence[Item], write: Callable[[Sequence[Item]], None], size: int = RANGE) -> None:
    """Call `write` range by range: in one transaction on PostgreSQL, in one a range on SQLite, where it locks everyone out.

    What can be refused must have been refused before: a range once written stays.
    """
    whole = transaction.atomic() if connection.vendor == "postgresql" else nullcontext()
    with whole:
        for part in ranges_of(items, size):
            with transaction.atomic():
                write(part)
