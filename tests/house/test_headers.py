"""What every answer of the site tells the browser: a walk over the addresses, and what answers outside of them."""

import re
from collections.abc import Iterable, Iterator
from http.cookies import SimpleCookie

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from pytest_django import Settings

from tests.house.rights import ANYWHERE, OWN, World, places_of
from tests.house.test_rights import STAFF, pages_undrawn
from tests.house.test_urls import ROUTES

SECRET = "wardrobe7"  # a word of the inside that no answer may have
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CLOSED = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
SHOWN_IN_THE_BROWSER = ("text/html", "application/json")
COOKIES = {
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "LANGUAGE_COOKIE_NAME": "__Host-language",
    "THEME_COOKIE_NAME": "__Host-theme",
}
BACK = "ROLLBACK TO SAVEPOINT"
#: What reading may leave: who took which list with them, and how many in this minute.
TRACES = {'INSERT INTO "access_event"', 'INSERT INTO "access_attempts"', 'UPDATE "access_attempts"'}
TRACES |= {'DELETE FROM "access_attempts"'}
WRITES = re.compile(r"^(INSERT INTO|UPDATE|DELETE FROM) \S+")


def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


urlpatterns = [path("fails/", fail, name="fails"), path("", include("enrolhub.urls"))]


@pytest.fixture(autouse=True)
def cookies(settings: Settings) -> None:
    """The cookies as a site outside of DEBUG has them, and a session that is one of them."""
    for setting, name in COOKIES.items():
        setattr(settings, setting, name)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"


def browser(world: World | None = None, *, checks_forms: bool = False) -> Client:
    """A browser of nobody or of the world's visitor; it is to speak HTTPS."""
    client = Client(enforce_csrf_checks=checks_forms, raise_request_exception=False)
    if world:
        client.force_login(world.account)
    return client


def addresses(world: World) -> Iterator[tuple[str, str]]:
    """Every address with its name, in the visitor's own place."""
    for name in ROUTES:
        yield name, world.address(name, OWN if OWN in places_of(name) else ANYWHERE)


def faults_of(response: HttpResponseBase) -> list[str]:
    """What is wrong with what the answer tells the browser."""
    told, policy = response.headers, response.headers.get("Content-Security-Policy", "")
    faults = [name for name, value in HEADERS.items() if told.get(name) != value]
    faults += [f"not {words}" for words in CLOSED if words not in policy]
    faults += ["unsafe"] if "unsafe" in policy or "*" in policy else []
    faults += [] if "camera=()" in told.get("Permissions-Policy", "") else ["Permissions-Policy"]
    faults += [] if told.get("Cache-Control") else ["Cache-Control"]
    kind = told.get("Content-Type", "text/html; charset=utf-8")
    faults += ["no charset"] if kind.startswith("text/") and "charset=" not in kind else []
    faults += ["Access-Control"] if any(name.startswith("Access-Control-") for name in told) else []
    shown = kind.partition(";")[0] in SHOWN_IN_THE_BROWSER
    faults += [] if shown or told.get("Content-Disposition", "").startswith("attachment") else ["shown inline"]
    return faults + faults_of_cookies(response.cookies)


def faults_of_cookies(told: SimpleCookie) -> list[str]:
    """What would let a script, a neighbour or a listener have a cookie."""
    return [
        name
        for name, cookie in told.items()
        if not (name.startswith("__Host-") and cookie["secure"] and (cookie["httponly"] or not cookie.value))
        or (cookie["path"], cookie["domain"], cookie["samesite"]) != ("/", "", "Lax")
    ]


def kept(queries: Iterable[dict[str, str]]) -> list[str]:
    """The statements that were not taken back: a preview tries what it tells, and rolls back."""
    statements: list[str] = []
    for query in queries:
        if query["sql"].startswith(BACK):
            begun = statements.index(f"SAVEPOINT{query['sql'].removeprefix(BACK)}")
            del statements[begun:]
        else:
            statements.append(query["sql"])
    return statements


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_every_answer_is_armoured_and_reading_changes_nothing() -> None:
    """What reading may write is the trail of who took a list with them, and how many they have taken."""
    world = World(STAFF)
    clients, faults, written = [browser(), browser(world)], {}, {}
    with pages_undrawn():
        for name, address in addresses(world):
            with CaptureQueriesContext(connection) as queries:
                answers = [client.get(address, secure=True) for client in clients]
                sent = [b"".join(answer) for answer in answers]
            assert len(sent) == len(clients)
            told = {match.group() for sql in kept(queries) if (match := WRITES.match(sql))}
            if told - TRACES:
                written[name] = told
            if found := [fault for answer in answers for fault in faults_of(answer)]:
                faults[name] = found
    assert (faults, written) == ({}, {})


@pytest.mark.django_db
def test_no_address_answers_trace() -> None:
    """The way to the door, or from it, is no answer."""
    world = World(STAFF)
    clients = [browser(), browser(world)]
    with pages_undrawn():
        answers = {
            (name, answer.status_code)
            for name, address in addresses(world)
            for client in clients
            if (answer := client.trace(address, secure=True)).status_code not in {302, 404, 405}
        }
    assert answers == set()


@pytest.mark.django_db
def test_no_form_is_taken_without_its_token() -> None:
    world = World(STAFF)
    clients = [browser(checks_forms=True), browser(world, checks_forms=True)]
    with pages_undrawn():
        taken = {
            name: answers
            for name, address in addresses(world)
            if (answers := [client.post(address, secure=True).status_code for client in clients]) != [403, 403]
        }
    assert taken == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "host"),
    [
        ("/nowhere/", 404, "testserver"),
        ("/static/enrolhub/tokens.css", 200, "testserver"),
        ("/sign-in/", 400, "elsewhere.example"),
        ("/theme/", 405, "testserver"),
        ("/fails/", 302, "testserver"),
    ],
)
@pytest.mark.urls(__name__)
def test_what_is_no_page_is_armoured_too(address: str, status: int, host: str) -> None:
    response = browser().get(address, headers={"host": host}, secure=True)
    assert b"".join(response) or status in (302, 405)
    faults = faults_of(response)
    assert (response.status_code, faults) == (status, ["shown inline"] if status == 200 else [])


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_fault_tells_nothing_of_the_inside() -> None:
    response = browser(World(STAFF)).get("/fails/", {"q": SECRET}, secure=True)
    words = response.content.decode()
    assert (response.status_code, faults_of(response)) == (500, [])
    assert [word for word in (SECRET, "RuntimeError", "Traceback", "Django", __file__) if word in words] == []


@pytest.mark.parametrize(
    ("path", "posted"), [("/theme/", {"theme": "dark"}), ("/theme/", {}), ("/language/", {"language": "en"})]
)
def test_the_cookies_of_choices_are_armoured(path: str, posted: dict[str, str]) -> None:
    response = browser().post(path, posted, secure=True)
    assert (len(response.cookies), faults_of(response)) == (1, [])


@pytest.mark.django_db
def test_the_cookies_of_the_door_are_armoured() -> None:
    response = browser().get("/sign-in/", secure=True)
    assert (list(response.cookies), faults_of(response)) == (["__Host-csrf"], [])
