"""Requests by another method than the page takes, and forms without their token or from elsewhere (W4, W5)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from courses.models import Course
from enrolhub.access.models import User
from tests.hostile.web.conftest import PASSWORD
from tests.hostile.web.crawler import FORM, Crawler
from tests.hostile.web.served import Sent
from tests.house.test_rights import pages_undrawn

NEW_GROUP = "/courses/OWN1/groups/new/"
HERE = {"Origin": "https://testserver"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "method", ["PUT", *(pytest.param(each, marks=pytest.mark.long) for each in ("PATCH", "DELETE"))]
)
def test_no_other_method_does_anything(method: str) -> None:
    """Nor does one that says in a field that it is another. From the door, who is signed in is sent on, whatever they ask."""
    crawler = Crawler("staff")
    told: dict[str, Any] = {}
    with pages_undrawn():
        for page in crawler.pages():
            answer = crawler.ask(Sent(method, page.path, (("_method", "POST"), ("step", "confirm"), ("name", "word"))))
            if answer.status not in (404, 405) or answer.wrote:
                told[page.path] = (answer.status, answer.wrote)
    assert told == {"/sign-in/": (302, frozenset())}


def test_a_form_that_says_it_is_another_method_is_a_form(browser: Client, course: Course) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "GET"}
    sent = browser.post(NEW_GROUP, {"name": "TD 1", "_method": "DELETE"}, headers=headers)
    assert (sent.status_code, course.groups.count()) == (302, 1)


def exempt_pages(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from exempt_pages(pattern)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "csrf_exempt", False):
            yield str(pattern.name)


def test_no_page_does_without_the_token() -> None:
    """So what holds for one form holds for all; tests/house/test_headers sends every one of them without a token. The CAS
    server has none: its word that a session has ended is of use with a ticket only (tests/access tell).
    """
    assert list(exempt_pages(get_resolver())) == ["university"]


@pytest.fixture
def strict(cemu: User) -> Client:
    """A browser of the staff whose forms need their token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cemu)
    return client


def token_of(client: Client, page: str = NEW_GROUP) -> str:
    return str(client.get(page, secure=True).context["csrf_token"])


def test_a_form_of_the_page_itself_is_taken(strict: Client, course: Course) -> None:
    fields = {"name": "TD 1", "csrfmiddlewaretoken": token_of(strict)}
    assert strict.post(NEW_GROUP, fields, headers=HERE, secure=True).status_code == 302
    assert course.groups.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "https://testserver.evil.example"},
        {"Origin": "http://testserver"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/testserver/"},
        {"Referer": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused_with_the_right_token(
    strict: Client, course: Course, headers: dict[str, str]
) -> None:
    fields = {"name": "TD 1", "csrfmiddlewaretoken": token_of(strict)}
    assert strict.post(NEW_GROUP, fields, headers=headers, secure=True).status_code == 403
    assert course.groups.count() == 0


@pytest.mark.parametrize("token", ["", "x", "a" * 64, "é" * 32, "\x00" * 64])
def test_a_made_up_token_is_refused(strict: Client, course: Course, token: str) -> None:
    token_of(strict)
    sent = strict.post(NEW_GROUP, {"name": "TD 1", "csrfmiddlewaretoken": token}, headers=HERE, secure=True)
    assert (sent.status_code, course.groups.count()) == (403, 0)


def test_the_token_of_another_browser_or_of_before_signing_in_is_refused(
    strict: Client, course: Course, cemu: User
) -> None:
    another, before = Client(), Client(enforce_csrf_checks=True)
    old = token_of(before, "/sign-in/")
    typed = {"username": cemu.username, "password": PASSWORD, "csrfmiddlewaretoken": old}
    assert before.post("/sign-in/", typed, headers=HERE, secure=True).status_code == 302
    for client, token in ((strict, token_of(another, "/sign-in/")), (before, old)):
        token_of(client)
        sent = client.post(NEW_GROUP, {"name": "TD 1", "csrfmiddlewaretoken": token}, headers=HERE, secure=True)
        assert (sent.status_code, course.groups.count()) == (403, 0)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", "", FORM])
def test_a_token_in_a_body_that_is_no_form_is_none(strict: Client, course: Course, kind: str) -> None:
    body = json.dumps({"name": "TD 1", "csrfmiddlewaretoken": token_of(strict)})
    sent = strict.generic("POST", NEW_GROUP, body, content_type=kind, secure=True, headers=HERE)
    assert (sent.status_code, course.groups.count()) == (403, 0)
