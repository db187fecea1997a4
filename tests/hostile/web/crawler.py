"""A browser that sends whatever it is told, notices what the page asked for, takes back what changed, and judges the answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client

from tests.dumps import tables
from tests.hostile.web.planted import MARK, Planted
from tests.hostile.web.served import Sent, forms_of
from tests.hostile.web.values import SCRIPT
from tests.house.rights import ANYWHERE, NOBODY, OWN, SITE_ROLES, places_of
from tests.house.test_headers import TRACES, WRITES, kept
from tests.house.test_urls import ROUTES

SAFE = {"GET", "HEAD", "OPTIONS"}
#: Where one may look for anybody of the directory: people are no secret there.
OF_THE_DIRECTORY = re.compile(r"/courses/[^/]+/(people/|participants/(people|enrol)/)")
SESSIONS = {f'{verb} "django_session"' for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")}
#: Tables that note every request of a kind.
TRACED = ("access.Event", "access.EventSeal", "access.Attempts")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back: `asked` are the names of fields that the page looked for, `wrote` the statements that stayed, but for what
    any request may leave of itself.
    """

    status: int
    text: str
    kind: str
    location: str
    error: str
    asked: frozenset[str]
    wrote: frozenset[str]
    others_changed: bool


class Crawler:
    """One visitor's browser. `world` is theirs; nothing that they send lasts."""

    def __init__(self, visitor: str) -> None:
        self.visitor, self.world = visitor, Planted(visitor)
        self.client = Client(raise_request_exception=False)
        if visitor != NOBODY:
            self.client.force_login(self.world.account)
        self.signed_in = self.client.cookies.output(header="")
        self.theirs = self.world.others_rows()

    def pages(self) -> Iterator[Sent]:
        """Every address of the site in the visitor's own place."""
        for name in ROUTES:
            yield Sent("GET", self.world.address(name, OWN if OWN in places_of(name) else ANYWHERE))

    def ask(self, sent: Sent) -> Answer:
        self.client.cookies = SimpleCookie(self.signed_in)
        with transaction.atomic(), names_asked() as asked, statements() as run:
            response = self._send(sent)
            content = b"".join(response) if response.streaming else response.content
            wrote = frozenset(found.group() for sql in kept(run) if (found := WRITES.match(sql))) - TRACES - SESSIONS
            changed = bool(wrote) and response.status_code < 500 and self.world.others_rows() != self.theirs
            transaction.set_rollback(True)
        error = repr(response.exc_info[1]) if response.exc_info else ""
        told, kind = response.headers, response.headers.get("Content-Type", "")
        text = content.decode("utf-8", "replace")
        return Answer(
            response.status_code, text, kind, told.get("Location", ""), error, frozenset(asked), wrote, changed
        )

    def changed_by_the_second(self, sent: Sent) -> list[str]:
        """Which tables another sending of the same changes."""
        self.client.cookies = SimpleCookie(self.signed_in)
        with transaction.atomic():
            states = []
            for _time in range(2):
                self._send(sent)
                states.append(tables())
            transaction.set_rollback(True)
        return [name for name in states[0] if states[0][name] != states[1][name] and not name.startswith(TRACED)]

    def _send(self, sent: Sent) -> Any:
        if sent.files:
            fields: dict[str, Any] = {}
            for name, value in sent.fields:
                fields.setdefault(name, []).append(value)
            fields |= {name: SimpleUploadedFile("a.csv", b"identifiant\nu1\n") for name in sent.files}
            return self.client.post(sent.path, fields)
        if sent.method in SAFE:
            return self.client.generic(sent.method, sent.path, QUERY_STRING=sent.encoded)
        return self.client.generic(sent.method, sent.path, sent.encoded, content_type=FORM)

    def faults(self, sent: Sent, answer: Answer) -> list[str]:
        """Which laws of the site the answer breaks."""
        found = {
            f"fails: {answer.error}": answer.status >= 500,
            "shows what is another's": self._shows_foreign(sent, answer),
            "changes what is another's": answer.others_changed,
            f"writes when it is read: {sorted(answer.wrote)}": bool(answer.wrote) and sent.method in SAFE,
            f"leads elsewhere: {answer.location}": leads_elsewhere(sent.path, answer.location),
            "prints markup that was sent": "html" in answer.kind and SCRIPT in answer.text,
        }
        return [fault for fault, is_found in found.items() if is_found]

    def _shows_foreign(self, sent: Sent, answer: Answer) -> bool:
        if self.visitor in SITE_ROLES and self.visitor not in ("manager", "manager_of_another"):
            return False
        if any(MARK.lower() in value.lower() for _name, value in sent.fields) or OF_THE_DIRECTORY.match(sent.path):
            return False
        return MARK.lower() in answer.text.lower()


def leads_elsewhere(path: str, location: str) -> bool:
    """Whether a browser, which takes a backslash for a slash, would leave the site."""
    there = urlsplit(urljoin(f"https://testserver{path}", location.replace("\\", "/")))
    return (there.scheme, there.netloc) != ("https", "testserver")


@contextmanager
def statements() -> Iterator[list[dict[str, str]]]:
    """The statements that are run meanwhile."""
    run: list[dict[str, str]] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        run.append({"sql": sql})
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield run


@contextmanager
def names_asked() -> Iterator[set[str]]:
    """The names of the fields that are looked for in an address or a form meanwhile."""
    asked: set[str] = set()

    def noting(method: str) -> Any:
        real = getattr(QueryDict, method)

        def noted(self: QueryDict, key: Any, *args: Any, **kwargs: Any) -> Any:
            asked.add(str(key))
            return real(self, key, *args, **kwargs)

        return patch.object(QueryDict, method, noted)

    with noting("__getitem__"), noting("getlist"), noting("__contains__"), noting("get"):
        yield asked


def served_forms(answer: Answer, sent: Sent) -> list[Sent]:
    """The forms that a page offers."""
    return list(forms_of(answer.text, sent.path)) if "html" in answer.kind else []
