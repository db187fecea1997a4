"""How far the work on a file is, told on the way to whoever listens: a page that waits for a worker, a test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")
#: Is told the stage, and how much of how much of it is done.
Listener = Callable[[str, int, int], None]
READING, CHECKING, LISTING = "reading", "checking", "listing"
#: Items between one telling and the next.
STEP = 500
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Within, the listener is told how far the work is."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(stage: str, done: int, whole: int) -> None:
    listener = _listener.get()
    if listener is not None:
        listener(stage, done, whole)


def told(items: Iterable[Item], stage: str, whole: int) -> Iterator[Item]:
    """The items, of which there are ``whole``; it is told how many of them have gone by."""
    for number, item in enumerate(items):
        if number % STEP == 0:
            tell(stage, number, whole)
        yield item
