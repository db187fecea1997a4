"""Choices of language and theme: kept in a cookie, and never a way out of the site."""

import pytest
from django.conf import settings
from django.test import Client


def choose(client: Client, path: str, **posted: str) -> tuple[int, str, dict[str, str]]:
    """The status, the address sent to, and the cookies set."""
    response = client.post(path, posted)
    return (
        response.status_code,
        response.headers["Location"],
        {name: cookie.value for name, cookie in response.cookies.items()},
    )


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/courses/?q=é&page=2", "/courses/?q=%C3%A9&page=2"),
        ("", "/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
        ("\\\\elsewhere.example", "/"),
    ],
)
@pytest.mark.parametrize("path", ["/language/", "/theme/"])
def test_one_comes_back_to_the_same_page_of_this_site(client: Client, path: str, wanted: str, reached: str) -> None:
    assert choose(client, path, next=wanted)[:2] == (302, reached)


@pytest.mark.parametrize(("language", "cookies"), [("en", {settings.LANGUAGE_COOKIE_NAME: "en"}), ("xx", {}), ("", {})])
def test_language(client: Client, language: str, cookies: dict[str, str]) -> None:
    assert choose(client, "/language/", language=language) == (302, "/", cookies)


@pytest.mark.parametrize(
    ("theme", "cookies"),
    [("dark", {"theme": "dark"}), ("light", {"theme": "light"}), ("system", {"theme": ""}), ("x", {"theme": ""})],
)
def test_theme(client: Client, theme: str, cookies: dict[str, str]) -> None:
    assert choose(client, "/theme/", theme=theme) == (302, "/", cookies)


def test_a_choice_lasts_a_year_out_of_reach_of_scripts(client: Client) -> None:
    client.post("/theme/", {"theme": "dark"})
    cookie = client.cookies["theme"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (365 * 24 * 3600, True, "Lax")


@pytest.mark.parametrize("path", ["/language/", "/theme/"])
def test_a_link_chooses_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405
