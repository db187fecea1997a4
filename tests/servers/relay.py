"""A relay on the loopback between a client and a server: it can stop answering, or cut every connection."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BLOCK = 65_536


class Relay:
    """Passes bytes both ways until it ``hangs`` (nothing is answered any more) or is ``cut``."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.hangs = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    thread = threading.Thread(target=self._pass_on, args=pair, daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(BLOCK):
                if not self.hangs.is_set():
                    target.sendall(block)
            target.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End every connection at once."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()


@contextmanager
def relaying(target: int) -> Iterator[Relay]:
    """A relay to this port of the loopback."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
