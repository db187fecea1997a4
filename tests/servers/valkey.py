"""A private Valkey in a temporary folder."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enrolhub.broker import start_broker
from enrolhub.processes import free_port, stop_child


@contextmanager
def running_valkey() -> Iterator[str]:
    """The address of a fresh server, without a database number; stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="enrolhub-valkey-") as folder:
        port = free_port()
        child = start_broker(Path(folder), port, durable=False)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            stop_child(child)
