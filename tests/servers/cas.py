"""A small CAS server on loopback, which speaks as much of the protocol as a service hears: tickets, once, for one service."""

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

CAS = "http://www.yale.edu/tp/cas"
PATHS = ("/cas/serviceValidate", "/cas/p3/serviceValidate")
BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
#: Ways in which a server may fail to answer: the status, and what it says.
WRONG: Mapping[str, tuple[int, bytes]] = {
    "error": (500, b"<html>the server is unwell</html>"),
    "elsewhere": (302, b""),
    "empty": (200, b""),
    "page": (200, b"<!DOCTYPE html><title>Maintenance</title>"),
    "words": (200, b"yes\nzoe\n"),
    "cut": (200, f'<cas:serviceResponse xmlns:cas="{CAS}"><cas:authenticationSuccess>'.encode()),
    "no success": (200, f'<cas:serviceResponse xmlns:cas="{CAS}"/>'.encode()),
    "nobody": (
        200,
        f'<s:serviceResponse xmlns:s="{CAS}"><s:authenticationSuccess/></s:serviceResponse>'.encode(),
    ),
    "latin": (200, "<a>é</a>".encode("latin-1")),
    "endless": (200, b"<a>" + b"a" * 100_000),
}


@dataclass(frozen=True)
class Ticket:
    """What a ticket was given for; ``typed`` when the password was typed for this very ticket."""

    service: str
    username: str
    typed: bool


@dataclass
class CasServer:
    """A running server. ``person`` is signed in there, with ``attributes``; ``wrong`` names how it fails, ``hangs`` for how long."""

    address: str
    person: str = "zoe"
    attributes: dict[str, list[str]] = field(default_factory=dict)
    wrong: str = ""
    entities: bool = False
    tickets: dict[str, Ticket] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    going_on: threading.Event = field(default_factory=threading.Event)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def give_ticket(self, service: str, *, typed: bool = False) -> str:
        """A ticket of the person for the service."""
        ticket = f"ST-{next(self.numbers)}-of-the-tests"
        self.tickets[ticket] = Ticket(service, self.person, typed)
        return ticket

    def validate(self, query: Mapping[str, list[str]]) -> str:
        """The answer about a ticket, which is worth nothing afterwards."""
        [ticket], [service] = query.get("ticket", [""]), query.get("service", [""])
        known = self.tickets.pop(ticket, None)
        if known is None:
            return self._failure("INVALID_TICKET", f"{ticket} not recognized")
        if known.service != service:
            return self._failure("INVALID_SERVICE", "another service")
        if "renew" in query and not known.typed:
            return self._failure("INVALID_TICKET", "no password was typed for it")
        return self._success(known)

    def _success(self, ticket: Ticket) -> str:
        told = "".join(
            f"<cas:{name}>{escape(value)}</cas:{name}>" for name, values in self.attributes.items() for value in values
        )
        head = BOMB if self.entities else ""
        return (
            f'{head}<cas:serviceResponse xmlns:cas="{CAS}"><cas:authenticationSuccess>'
            f"<cas:user>{escape(ticket.username)}</cas:user><cas:attributes>{told}</cas:attributes>"
            "</cas:authenticationSuccess></cas:serviceResponse>"
        )

    def _failure(self, code: str, words: str) -> str:
        return (
            f'<cas:serviceResponse xmlns:cas="{CAS}">'
            f'<cas:authenticationFailure code="{code}">{escape(words)}</cas:authenticationFailure></cas:serviceResponse>'
        )


def logout_message(ticket: str, before: str = "") -> str:
    """What the server sends to a service when somebody leaves; ``before`` stands in front of it."""
    return (
        f'{before}<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0">'
        '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">zoe</saml:NameID>'
        f"<samlp:SessionIndex>{escape(ticket)}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


class Handler(BaseHTTPRequestHandler):
    cas: CasServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.cas.asked.append(self.path)
        if parts.path == "/cas/login":
            service = query["service"][0]
            ticket = self.cas.give_ticket(service, typed="renew" in query)
            self.answer(302, b"", f"{service}{'&' if '?' in service else '?'}{urlencode({'ticket': ticket})}")
        elif parts.path not in PATHS:
            self.answer(200, b"<!DOCTYPE html><html lang='fr'><title>CAS</title><h1>CAS</h1></html>")
        elif self.cas.wrong == "hangs":
            self.cas.going_on.wait(60)
        elif self.cas.wrong:
            self.answer(*WRONG[self.cas.wrong], "http://127.0.0.1:9/" if self.cas.wrong == "elsewhere" else "")
        else:
            self.answer(200, self.cas.validate(query).encode())

    def answer(self, status: int, words: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_: object) -> None:
        """The tests say what they want to know."""


@contextmanager
def running_cas() -> Iterator[CasServer]:
    """A fresh server; its address is a setting of the site."""
    handler = type("BoundHandler", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        cas = CasServer(f"http://127.0.0.1:{server.server_address[1]}/cas/")
        handler.cas = cas  # type: ignore[attr-defined]  # of the class made above
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield cas
        finally:
            cas.going_on.set()
            server.shutdown()
            thread.join()
