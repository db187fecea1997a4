"""The LDAP directory as it is asked: the only module that knows ldap3.

TLS always, the certificate verified; referrals are not followed; nothing waits for ever. What goes wrong is a code and
its parameters, worded when shown.
"""

import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import ldap3
from django.conf import settings
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInvalidCredentialsResult,
    LDAPOperationResult,
)
from ldap3.utils.conv import escape_filter_chars

PAGED_RESULTS = "1.2.840.113556.1.4.319"
SUCCESS = 0
PORTS = {"ldaps": 636, "ldap": 389}


class DirectoryFault(Exception):
    """The directory did not do what it was asked; ``code`` says what, ``params`` with which particulars."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code, self.params = code, params


class VerifiedTls(ldap3.Tls):
    """TLS as Python itself verifies it: the chain up to an authority that we trust, and the name of the server."""

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)


@dataclass(frozen=True)
class Entry:
    """An entry as the directory gave it: values by attribute, whose names are in lower case."""

    dn: str
    values: Mapping[str, Sequence[str]]

    def all(self, attribute: str) -> Sequence[str]:
        return self.values.get(attribute.lower(), ())


def attribute_of(name: str) -> str:
    """What this site calls one of SupAnn's attributes; empty when it has none."""
    return str(settings.LDAP_ATTRIBUTES.get(name, name)).strip()


def people_filter() -> str:
    """Which entries are people: as the setting says, else everybody with a login."""
    return settings.LDAP_FILTER or f"({attribute_of('supannAliasLogin')}=*)"


def filter_value(text: str) -> str:
    """A text as a value inside a search filter (RFC 4515)."""
    return str(escape_filter_chars(text))


def server_of(address: str) -> ldap3.Server:
    """The server of an ``ldaps://`` or ``ldap://`` address (the latter speaks StartTLS). Raises DirectoryFault."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = parts.hostname
    except ValueError:
        host, port = None, 0
    if not host or not port:
        raise DirectoryFault("directory_address", value=address[:100])
    try:
        tls = VerifiedTls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.LDAP_CA_FILE or None)
        return ldap3.Server(
            host,
            port=port,
            use_ssl=parts.scheme == "ldaps",
            tls=tls,
            # Without the schema each value is a list of texts, in production as in tests.
            get_info=ldap3.NONE,
            connect_timeout=settings.LDAP_CONNECT_SECONDS,
        )
    except LDAPException as error:
        raise DirectoryFault("directory_certificates", error=reason_of(error), file=settings.LDAP_CA_FILE) from error


@contextmanager
def opened(user: str, password: str) -> Iterator[ldap3.Connection]:
    """A connection bound as ``user``. Raises DirectoryFault; an empty password is refused before anything is sent."""
    if not user or not password:
        raise DirectoryFault("directory_no_password")
    connection = ldap3.Connection(
        server_of(settings.LDAP_URL),
        user=user,
        password=password,
        auto_referrals=False,
        check_names=False,
        raise_exceptions=True,
        read_only=True,
        receive_timeout=settings.LDAP_ANSWER_SECONDS,
    )
    try:
        bind(connection, user)
        yield connection
    finally:
        close(connection)


def bind(connection: ldap3.Connection, user: str) -> None:
    """Open, encrypt, bind. Raises DirectoryFault."""
    try:
        connection.open()
        if not connection.server.ssl:
            connection.start_tls()
        connection.bind()
    except LDAPInvalidCredentialsResult as error:
        raise DirectoryFault("directory_bind_refused", user=user) from error
    except (LDAPException, OSError) as error:
        code = "directory_certificate" if "certificate" in str(error).lower() else "directory_unreachable"
        raise DirectoryFault(code, host=settings.LDAP_URL, error=reason_of(error)) from error


def close(connection: ldap3.Connection) -> None:
    """Leave politely; what a handshake that failed has left open is closed as well."""
    socket = connection.socket
    with suppress(LDAPException, OSError):
        connection.unbind()
    if socket is not None:
        socket.close()


def reason_of(error: Exception) -> str:
    """One line of what a library says."""
    return " ".join(str(error).split())[:200] or type(error).__name__


@dataclass
class Search:
    """A paged search below one base. ``fault`` is set once the pages are exhausted, unless each of them came whole."""

    connection: ldap3.Connection
    base: str
    condition: str
    attributes: Sequence[str]
    #: Of the monotonic clock; no page is asked for after it.
    deadline: float
    fault: DirectoryFault | None = None
    referrals: int = field(default=0, init=False)

    def pages(self) -> Iterator[list[Entry]]:
        """The entries, page by page, as far as they came."""
        cookie: bytes | None = None
        while True:
            if time.monotonic() > self.deadline:
                self.fault = DirectoryFault("directory_too_slow", base=self.base, seconds=settings.LDAP_READ_SECONDS)
                return
            entries, cookie = self._page(cookie)
            if entries:
                yield entries
            if not cookie:
                break
        if self.referrals and not self.fault:
            self.fault = DirectoryFault("directory_referral", base=self.base, count=self.referrals)

    def _page(self, cookie: bytes | None) -> tuple[list[Entry], bytes | None]:
        try:
            self.connection.search(
                self.base,
                self.condition,
                attributes=list(self.attributes),
                paged_size=settings.LDAP_PAGE_SIZE,
                paged_cookie=cookie,
            )
        except LDAPOperationResult:
            """Some codes are raised, others are not; both are looked at below."""
        except (LDAPException, OSError) as error:
            self.fault = DirectoryFault("directory_cut", base=self.base, error=reason_of(error))
            return [], None
        # What came before a limit was hit is delivered all the same.
        return self._entries(), self._next_cookie()

    def _next_cookie(self) -> bytes | None:
        """The cookie of the next page, empty after the last one. An answer without one, or of another result, leaves it open."""
        code = self.connection.result["result"]
        if code != SUCCESS:
            words = str(self.connection.result["description"])
            self.fault = DirectoryFault("directory_result", base=self.base, result=code, words=words)
            return None
        control = (self.connection.result.get("controls") or {}).get(PAGED_RESULTS)
        if control is None:
            self.fault = DirectoryFault("directory_last_page", base=self.base)
            return None
        cookie: bytes = control["value"]["cookie"]
        return cookie

    def _entries(self) -> list[Entry]:
        found = []
        for each in self.connection.response or ():
            if each["type"] == "searchResEntry":
                raw = each["raw_attributes"]
                values = {name.lower(): [text_of(value) for value in raw[name]] for name in raw}
                found.append(Entry(each["dn"], values))
            else:
                self.referrals += 1
        return found


def text_of(value: bytes) -> str:
    """UTF-8; what is not becomes U+FFFD, which is reported and never passes for a login."""
    return value.decode("utf-8", errors="replace")


def find_entries(connection: ldap3.Connection, condition: str, attributes: Sequence[str]) -> list[Entry]:
    """The entries of people that fulfil a condition, a page at most. Raises DirectoryFault."""
    search = Search(connection, settings.LDAP_BASE, condition, attributes, time.monotonic() + 1)
    entries = next(search.pages(), [])
    if search.fault:
        raise search.fault
    return entries
