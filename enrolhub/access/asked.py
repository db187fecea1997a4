"""The request that is being answered: what its log lines and its events are known by, and where it came from."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """``request_id`` is ours, never the browser's: nobody chooses what the log says. ``address`` is of the network."""

    request_id: str = ""
    address: str = ""


NOTHING = Asked()
_asked: ContextVar[Asked] = ContextVar("asked", default=NOTHING)


def asked_now() -> Asked:
    """The request that is being answered; empty in commands and workers."""
    return _asked.get()


def begin_request(asked: Asked) -> None:
    """What this thread does from now on is done for this request."""
    _asked.set(asked)


def end_request() -> None:
    """The thread goes on to something else."""
    _asked.set(NOTHING)
