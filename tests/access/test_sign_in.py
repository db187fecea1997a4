"""The door: who comes in, who is refused, and what is kept of it."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from enrolhub.access import demonstration
from enrolhub.access.demonstration import DemoAccount, register_demo_accounts
from enrolhub.access.models import Event, User

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe() -> User:
    return User.objects.create_user("zoe", password=PASSWORD)


def sign_in(client: Client, username: str, password: str, **extra: str) -> tuple[int, str]:
    """The status and the address to which the site sends on."""
    response = client.post("/sign-in/", {"username": username, "password": password, **extra})
    return response.status_code, response.headers.get("Location", "")


def trail() -> list[tuple[str, str, str, dict[str, bool]]]:
    return list(Event.objects.order_by("id").values_list("actor", "action", "target", "detail"))


def test_signing_in_and_out_leaves_a_trail(client: Client, zoe: User) -> None:
    assert sign_in(client, "zoe", PASSWORD) == (302, "/")
    assert client.session["_auth_user_id"] == str(zoe.pk)
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session
    assert trail() == [("zoe", "sign_in", "", {}), ("zoe", "sign_out", "", {})]


def test_a_link_signs_nobody_out(client: Client, zoe: User) -> None:
    client.force_login(zoe)
    assert client.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/accessibility/?a=1", "/accessibility/?a=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_the_door_one_goes_on_inside_the_site(client: Client, zoe: User, wanted: str, reached: str) -> None:
    assert sign_in(client, "zoe", PASSWORD, next=wanted) == (302, reached)


def test_someone_already_in_is_sent_on(client: Client, zoe: User) -> None:
    client.force_login(zoe)
    response = client.get("/sign-in/")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("username", ["zoe", "nobody", "closed"])
def test_a_refusal_never_says_which_half_is_wrong(client: Client, zoe: User, username: str) -> None:
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    password = PASSWORD if username == "closed" else "wrong"
    response = client.post("/sign-in/", {"username": username, "password": password})
    page = BeautifulSoup(response.content, "html.parser")
    control, message = page.find(id="id_password"), page.find(id="id_password_error")
    assert control is not None
    assert message is not None
    assert (control["aria-invalid"], control["aria-describedby"]) == ("true", "id_password_error")
    assert message.text == "Compte ou mot de passe non reconnu. Vérifiez les deux, puis réessayez."


def test_what_is_typed_for_an_unknown_account_is_not_kept(client: Client, zoe: User) -> None:
    sign_in(client, "zoe", "wrong")
    sign_in(client, "my secret typed in the wrong field", "wrong")
    assert trail() == [
        ("", "sign_in_refused", "zoe", {"known": True}),
        ("", "sign_in_refused", "", {"known": False}),
    ]


def test_empty_fields_are_named(client: Client) -> None:
    page = BeautifulSoup(client.post("/sign-in/", {}).content, "html.parser")
    assert [error.text for error in page.select(".field-error span")] == [
        "Saisissez votre compte numérique.",
        "Saisissez votre mot de passe.",
    ]


def test_too_many_refusals_close_the_account_for_a_while(client: Client, zoe: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    statuses = [sign_in(client, "zoe", "wrong")[0] for _ in range(3)]
    response = client.post("/sign-in/", {"username": "zoe", "password": PASSWORD})
    assert statuses == [200, 200, 429]
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert "fermée pendant 15\u00a0minutes" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert ("", "sign_in_locked", "zoe", {"known": True}) in trail()


def test_another_address_of_the_network_is_not_closed(client: Client, zoe: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 1
    sign_in(client, "zoe", "wrong")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), "zoe", PASSWORD) == (302, "/")


urlpatterns = [path("closed/", lambda _request: HttpResponse("inside"))]


@pytest.mark.urls(__name__)
def test_a_page_that_says_nothing_is_closed_and_the_door_leads_back(client: Client, zoe: User) -> None:
    response = client.get("/closed/?q=a")
    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/?next=/closed/%3Fq%3Da")
    client.force_login(zoe)
    assert client.get("/closed/?q=a").content == b"inside"


def test_demo_accounts_are_shown_in_a_demo_only(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "_providers", [])
    register_demo_accounts(lambda: [DemoAccount("zoe", PASSWORD, "Enseignante")])

    def shown() -> list[str]:
        page = BeautifulSoup(client.get("/sign-in/").content, "html.parser")
        return [line.text for line in page.select(".lines .line-title")]

    settings.ENROLHUB_DEMO = False
    assert shown() == []
    settings.ENROLHUB_DEMO = True
    assert shown() == ["Enseignante"]


def test_the_cookie_of_the_session_is_out_of_reach_of_scripts(client: Client, zoe: User) -> None:
    sign_in(client, "zoe", PASSWORD)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
