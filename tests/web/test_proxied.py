"""By which address a request is known: the proxy's word counts where there is one, the browser's never."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from enrolhub.access.throttling import address_of
from enrolhub.web.proxied import ClientAddressMiddleware

PROXY = "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "known_by"),
    [
        ("", PROXY),
        ("192.0.2.7", "192.0.2.7"),
        ("10.9.9.9, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7 ", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("192.0.2.7, unknown", PROXY),
        ("192.0.2.7:4711", PROXY),
        ("192.0.2.7,", PROXY),
        ("'; DROP TABLE", PROXY),
    ],
)
def test_the_last_address_is_the_one_that_the_proxy_saw(settings: Settings, forwarded: str, known_by: str) -> None:
    settings.BEHIND_HTTPS_PROXY = True

    def say(request: HttpRequest) -> HttpResponse:
        return HttpResponse(address_of(request))

    request = RequestFactory(headers={"x-forwarded-for": forwarded}).get("/")
    assert ClientAddressMiddleware(say)(request).content.decode() == known_by


@pytest.mark.django_db
@pytest.mark.parametrize("behind", [True, False])
def test_behind_a_proxy_one_address_does_not_lock_out_another(settings: Settings, behind: bool) -> None:
    settings.BEHIND_HTTPS_PROXY = behind
    tried = {"username": "morel", "password": "wrong"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        Client(headers={"x-forwarded-for": "192.0.2.66"}).post("/sign-in/", tried)
    answer = Client(headers={"x-forwarded-for": "192.0.2.7"}).post("/sign-in/", tried)
    assert answer.status_code == (200 if behind else 429)
