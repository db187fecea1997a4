"""What every page carries: language, theme, policy; and the pages that say what went wrong."""

import re

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from enrolhub.access.models import User
from enrolhub.web.faults import FaultsMiddleware

STRICT_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
}


def page(client: Client, path: str = "/accessibility/") -> BeautifulSoup:
    return BeautifulSoup(client.get(path).content, "html.parser")


@pytest.mark.parametrize(("cookie", "language"), [("", "fr"), ("en", "en"), ("fr", "fr"), ("xx", "fr")])
def test_language_of_the_page(client: Client, cookie: str, language: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    assert page(client).html["lang"] == language  # type: ignore[index]


def test_what_the_browser_prefers_does_not_count(client: Client) -> None:
    content = client.get("/accessibility/", headers={"accept-language": "en"}).content
    assert BeautifulSoup(content, "html.parser").html["lang"] == "fr"  # type: ignore[index]


@pytest.mark.parametrize(("cookie", "theme"), [("", None), ("light", "light"), ("dark", "dark"), ('"><b', None)])
def test_theme_of_the_page(client: Client, cookie: str, theme: str | None) -> None:
    client.cookies["theme"] = cookie
    assert page(client).html.get("data-bs-theme") == theme  # type: ignore[union-attr]


def test_a_page_has_one_heading_a_skip_link_and_its_landmarks(client: Client) -> None:
    found = page(client)
    assert [len(found.find_all(name)) for name in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert found.select_one("a.skip")["href"] == f"#{found.main['id']}"  # type: ignore[index]


def test_the_footer_says_the_version(client: Client) -> None:
    footer = page(client).select_one(".footer-end")
    assert footer is not None
    assert re.fullmatch(r"EnrolHub \d+\.\d+(\.\d+)?", footer.text.strip())


def test_nobody_signed_in_sees_no_places_and_no_account(client: Client) -> None:
    assert page(client).select(".places, .bar-account, .bar-search") == []


@pytest.mark.django_db
def test_a_signed_in_person_may_sign_out(client: Client) -> None:
    client.force_login(User.objects.create(username="zoe"))
    form = page(client).select_one(".bar-account form")
    assert form is not None
    assert (form["action"], form["method"]) == ("/sign-out/", "post")


@pytest.mark.parametrize("path", ["/accessibility/", "/sign-in/", "/nowhere/"])
def test_every_page_has_the_strict_policy(client: Client, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    directives = {words[0]: words[1:] for words in (part.split() for part in policy.split(";")) if words}
    assert {name: directives[name] for name in STRICT_POLICY} == STRICT_POLICY


def test_an_unknown_address_is_said_in_words(client: Client) -> None:
    response = client.get("/nowhere/?secret=1")
    words = " ".join(BeautifulSoup(response.content, "html.parser").main.text.split())  # type: ignore[union-attr]
    name = response.headers["X-Request-ID"]
    assert response.status_code == 404
    assert words == (
        "Cette page n’existe pas L’adresse est peut-être fausse, ou la page appartient à un cours qui n’est pas le vôtre. "
        f"À citer pour demander de l’aide : {name} Aller à l’accueil"
    )


def missing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_view_that_finds_nothing_shows_no_addresses_under_debug() -> None:
    middleware = FaultsMiddleware(missing)
    response = middleware.process_exception(RequestFactory().get("/x/"), Http404("courses_course"))
    assert response is not None
    assert (response.status_code, b"courses_course" in response.content) == (404, False)


def test_other_exceptions_are_left_to_django() -> None:
    assert FaultsMiddleware(missing).process_exception(RequestFactory().get("/x/"), ValueError()) is None


@pytest.mark.parametrize(
    "name", ["400.html", "403.html", "403_csrf.html", "404.html", "405.html", "413.html", "500.html", "503.html"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_of_faults_need_no_request(name: str, language: str) -> None:
    with translation.override(language):
        found = BeautifulSoup(render_to_string(name), "html.parser")
    assert (found.html["lang"], len(found.find_all("h1")), found.find_all("script")) == (language, 1, [])  # type: ignore[index]


def test_a_form_without_its_token_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Ce formulaire est resté ouvert trop longtemps" in response.content.decode()
