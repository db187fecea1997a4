"""When the launcher takes the site for ready: from the first page on, whatever answers before."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from enrolhub.launch import is_answering


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port whose first caller is told this; None: their own words."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_once() -> None:
            caller, _address = server.accept()
            with caller:
                asked = caller.recv(65_536)
                caller.sendall(asked if answer is None else answer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", False),
        (b"", False),
        (None, False),  # a connection that met itself, as it may where nobody listens
    ],
    ids=["page", "refusal", "not yet", "nothing", "itself"],
)
def test_ready_from_the_first_page_on(answer: bytes | None, ready: bool) -> None:
    with answering(answer) as port:
        assert is_answering(port) is ready


def test_not_ready_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not is_answering(port)
