"""Error pages (W24): each says what to do, in both languages, nothing of the inside, and the name under which the log has it."""

import re

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from enrolhub import urls
from enrolhub.access.models import Event
from enrolhub.web.refusals import KEPT, Refused
from tests.factories import UserFactory

SECRET = "wardrobe7"  # a word of the inside that no answer may have
INSIDE = re.compile(
    rf"{SECRET}|Traceback|Django|Error\b|SELECT|sqlite|psycopg|gunicorn|Python|/site-packages|line \d+|\d+\.\d+\.\d+",
    re.I,
)
RAISED: dict[str, Exception] = {
    "program": RuntimeError(SECRET),
    "away": OperationalError(f"connection to {SECRET} refused"),
    "cut": InterfaceError(SECRET),
    "unreadable": SuspiciousOperation(SECRET),
    "closed": PermissionDenied(SECRET),
    "refused": Refused(SECRET),
}


def fail(_request: HttpRequest, how: str) -> HttpResponse:
    raise RAISED[how]


def ask_database(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SECRET} FROM nowhere")
    return HttpResponse()


urlpatterns = [path("fails/<slug:how>/", fail), path("asks/", ask_database), path("", include("enrolhub.urls"))]
handler400, handler500 = urls.handler400, urls.handler500
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
#: Where, how, the status, and the beginning of what is said in French and in English.
PAGES = [
    ("GET", "/fails/program/", 500, "Quelque chose s’est mal", "Something went wrong"),
    ("GET", "/asks/", 500, "Quelque chose s’est mal", "Something went wrong"),
    ("GET", "/fails/away/", 503, "Le site n’est pas disponible", "The site is not available"),
    ("GET", "/fails/cut/", 503, "Le site n’est pas disponible", "The site is not available"),
    ("GET", "/fails/unreadable/", 400, "Cette demande", "This request could not be read"),
    ("GET", "/fails/closed/", 403, "Cette page ne vous est pas ouverte", "This page is not open to you"),
    ("GET", "/fails/refused/", 404, "Cette page n’existe pas", "This page does not exist"),
    ("GET", "/nowhere/", 404, "Cette page n’existe pas", "This page does not exist"),
    ("GET", "/theme/", 405, "Cette adresse ne s’ouvre pas ainsi", "This address does not open this way"),
    ("POST", "/theme/", 413, "C’est plus que ce qui peut", "This is more than can be taken"),
]


@pytest.fixture
def visitor(settings: Settings) -> Client:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory.create(username="zoe"))
    return client


@pytest.mark.parametrize(("method", "address", "status", "french", "english"), PAGES)
def test_the_page_of_a_fault(
    visitor: Client,
    lines: list[str],
    settings: Settings,
    method: str,
    address: str,
    status: int,
    french: str,
    english: str,
) -> None:
    if status == 413:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    told = []
    for language in ("fr", "en"):
        visitor.cookies["django_language"] = language
        response = visitor.generic(
            method, f"{address}?q={SECRET}", "theme=dark&next=/", content_type="application/x-www-form-urlencoded"
        )
        page = BeautifulSoup(response.content, "html.parser")
        name = response.headers["X-Request-ID"]
        assert (response.status_code, page.find("code").text) == (status, name)  # type: ignore[union-attr]
        assert [line for line in lines if f"[{name}]" in line] != []
        assert INSIDE.findall(page.get_text(" ").replace(name, "")) == []
        assert INSIDE.findall(str(response.headers).replace(name, "")) == []
        told.append((page.html["lang"], page.h1.text))  # type: ignore[index,union-attr]
    assert [(language, words[: len(french if language == "fr" else english)]) for language, words in told] == [
        ("fr", french),
        ("en", english),
    ]


def test_a_database_that_is_away_says_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/fails/away/").headers["Retry-After"] == "30"


def test_a_site_without_its_database_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any view: who one is cannot be asked."""
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory.create())

    def away(*_: object) -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr(connection, "cursor", away)
    response = client.get("/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert INSIDE.findall(BeautifulSoup(response.content, "html.parser").get_text(" ")) == []


def test_an_address_for_forms_says_which_methods_it_takes(visitor: Client) -> None:
    assert visitor.get("/theme/").headers["Allow"] == "POST"


def test_a_forgotten_token_is_named_too() -> None:
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert (response.status_code, response.headers["X-Request-ID"] in response.content.decode()) == (403, True)


def test_no_browser_chooses_the_name(client: Client) -> None:
    name = client.get("/nowhere/", headers={"x-request-id": "mine"}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{10}", name)


@pytest.mark.parametrize(("how", "kept"), [("refused", True), ("closed", True), ("program", False)])
def test_the_trail_keeps_who_was_refused(visitor: Client, how: str, kept: bool) -> None:
    name = visitor.get(f"/fails/{how}/?q={SECRET}").headers["X-Request-ID"]
    told = [
        (event.actor, event.action, event.target, event.detail, event.address, event.request_id)
        for event in Event.objects.exclude(action="sign_in")
    ]
    expected = ("zoe", "access_refused", f"/fails/{how}/", {"method": "GET", "last": False}, "127.0.0.1", name)
    assert told == ([expected] if kept else [])


def test_a_typo_and_a_stranger_leave_no_refusal(visitor: Client) -> None:
    for client in (visitor, Client()):
        client.get("/nowhere/")
        client.get("/courses/NOWHERE/participants/")
        Client().get("/fails/refused/")
    assert not Event.objects.filter(action="access_refused").exists()


def test_a_crawler_fills_no_table(visitor: Client) -> None:
    for _ in range(KEPT + 5):
        visitor.get("/fails/refused/")
    told = Event.objects.filter(action="access_refused").order_by("pk").values_list("detail__last", flat=True)
    assert list(told) == [False] * (KEPT - 1) + [True]
