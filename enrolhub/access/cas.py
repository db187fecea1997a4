"""The university's CAS server as it is asked: the only module that knows django-cas-ng, and what that stands on.

What goes wrong is a code, worded where it is shown. Proxy tickets are neither asked for nor taken.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from cas import CASClientV3
from django.conf import settings
from django_cas_ng.utils import get_cas_client

from enrolhub.access.outside import LONGEST_USERNAME

UNREACHABLE, NONSENSE, REFUSED, NAMELESS = "cas_unreachable", "cas_nonsense", "cas_refused", "cas_nameless"
#: A ticket of a service. What begins with PT was given to another application, which would act for the person.
TICKET = re.compile(r"ST-[\x21-\x7e]{1,1000}")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
#: Characters of an answer, or of a message, that are read.
LONGEST_ANSWER = 64 * 1024
NAMES = {"last_name": "sn", "first_name": "givenName", "email": "mail"}
CASES: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper}


class CasFault(Exception):
    """Nobody can be signed in by this; ``code`` says why, ``detail`` what the log may tell of it."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, " ".join(str(detail).split())[:200]


@dataclass(frozen=True)
class Answer:
    """Whom the server answers for: the username of the account, and what else an account keeps."""

    username: str
    names: Mapping[str, str]


def client_for(service: str, *, renew: bool = False) -> Any:
    """The client of django-cas-ng; with ``renew`` the server asks for the password again whoever is signed in there."""
    client = get_cas_client(service_url=service)
    client.renew = renew
    return client


def login_address(service: str, *, renew: bool = False) -> str:
    """Where a browser goes to come back to ``service`` with a ticket."""
    return str(client_for(service, renew=renew).get_login_url())


def logout_address(back: str) -> str:
    """Where a browser goes to leave the university's session, which then leads back."""
    return str(client_for(back).get_logout_url(back))


def ask(ticket: str, service: str, *, renew: bool = False) -> Answer:
    """Whom the ticket was given to for this service. Raises CasFault.

    With ``renew`` the server also has to say that the password was typed for this very ticket.
    """
    if not TICKET.fullmatch(ticket):
        raise CasFault(REFUSED, "no ticket of a service")
    client = client_for(service)
    asked = {"ticket": ticket, "service": service} | ({"renew": "true"} if renew else {})
    words = read(urljoin(client.server_url, client.url_suffix), asked)
    try:
        username, attributes, _proxied = client.verify_response(words.encode())
    except (SyntaxError, LookupError, AttributeError, ValueError, TypeError) as error:
        raise CasFault(NONSENSE, error) from error
    if not username:
        raise CasFault(REFUSED)
    return Answer(username_in(username, attributes or {}), names_in(attributes or {}))


def read(address: str, asked: Mapping[str, str]) -> str:
    """The text of the server's answer: of this server, in time, of a size that an answer has. Raises CasFault."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.verify = settings.CAS_CA_FILE or True
            wait = settings.CAS_ANSWER_SECONDS
            with session.get(address, params=asked, timeout=wait, allow_redirects=False, stream=True) as answer:
                if answer.status_code != requests.codes.ok:
                    raise CasFault(UNREACHABLE, f"status {answer.status_code}")
                return plain_xml(b"".join(pieces_of(answer, time.monotonic() + wait)))
    except (requests.RequestException, OSError) as error:
        raise CasFault(UNREACHABLE, error) from error


def pieces_of(answer: Any, deadline: float) -> Iterator[bytes]:
    size = 0
    for piece in answer.iter_content(4096):
        size += len(piece)
        if size > LONGEST_ANSWER:
            raise CasFault(NONSENSE, "too long")
        if time.monotonic() > deadline:
            raise CasFault(UNREACHABLE, "too slow")
        yield piece


def plain_xml(words: bytes) -> str:
    """XML in UTF-8 that declares no entity and names no other document, without its declaration. Raises CasFault."""
    try:
        text = words.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CasFault(NONSENSE, error) from error
    if len(text) > LONGEST_ANSWER or "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise CasFault(NONSENSE, "a document type")
    # What declares another alphabet could write a document type in it.
    return DECLARATION.sub("", text)


def username_in(principal: str, attributes: Mapping[str, Any]) -> str:
    """The username, from the attribute of the setting or the principal itself. Raises CasFault when it is none, or several."""
    wanted = settings.CAS_USERNAME_ATTRIBUTE
    username = attributes.get(wanted) if wanted else principal
    if not isinstance(username, str) or not username.strip() or not username.strip().isprintable():
        raise CasFault(NAMELESS, wanted)
    username = CASES.get(settings.CAS_USERNAME_CASE, str)(username.strip())
    if len(username) > LONGEST_USERNAME:
        raise CasFault(NAMELESS, "too long")
    return username


def names_in(attributes: Mapping[str, Any]) -> dict[str, str]:
    """What an account keeps of the attributes; of several values the first in the alphabet."""
    found = {field: attributes.get(name) for field, name in NAMES.items()}
    told = {
        field: min(map(str, value)) if isinstance(value, list) else str(value or "") for field, value in found.items()
    }
    return {field: " ".join(value.split()) for field, value in told.items()}


def tickets_logged_out(message: str) -> list[str]:
    """The tickets whose sessions the server ends by this message; none when it is no such message."""
    try:
        words = plain_xml(message.encode())
    except (CasFault, UnicodeEncodeError):
        return []
    found = CASClientV3.get_saml_slos(words.encode()) or []
    return [ticket.text.strip() for ticket in found if ticket.text]
