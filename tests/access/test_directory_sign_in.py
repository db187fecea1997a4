"""Signing in with the directory's account, on a real slapd."""

import logging

import pytest
from django.test import Client
from pytest_django import Settings

from enrolhub.access import backends
from enrolhub.access.models import Event, User
from tests.directories import Directory
from tests.servers.slapd import DirectoryServer

pytestmark = pytest.mark.django_db
PASSWORD = "mot de passe à l’université"
LOCAL = "a local password of somebody"


@pytest.fixture
def directory(directory_server: DirectoryServer, settings: Settings) -> Directory:
    """The site signs in by a directory in which Maëlle is."""
    directory = Directory(directory_server)
    directory.let_in(settings)
    row = {"uid": "e22604117", "supannAliasLogin": "22604117", "sn": "Le Goupil", "givenName": "Maëlle"}
    directory.add([row | {"mail": "22604117@exemple.fr", "supannRessourceEtat": "{COMPTE}A SupannActif"}])
    directory.change("e22604117", userPassword=PASSWORD)
    return directory


def enters(username: str, password: str) -> str:
    """As whom one is in after trying; nobody is the empty name."""
    client = Client()
    client.post("/sign-in/", {"username": username, "password": password})
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


def test_the_first_sign_in_makes_the_account(directory: Directory) -> None:
    assert enters("22604117", PASSWORD) == "22604117"
    account = User.objects.get()
    assert (account.last_name, account.first_name, account.email) == ("Le Goupil", "Maëlle", "22604117@exemple.fr")
    assert not account.has_usable_password()
    assert enters("22604117", PASSWORD) == "22604117"
    assert User.objects.count() == 1
    assert Event.objects.filter(action="sign_in", actor="22604117").count() == 2


@pytest.mark.parametrize("password", ["", " ", "wrong", PASSWORD.upper()])
def test_another_password_does_not_enter(directory: Directory, password: str) -> None:
    assert enters("22604117", password) == ""
    assert not User.objects.exists()


def test_an_empty_password_never_reaches_the_directory(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory takes it for an anonymous bind, which succeeds."""

    def asked(_: str) -> None:
        raise AssertionError("the directory was asked")

    monkeypatch.setattr(backends, "find_person", asked)
    assert backends.DirectoryBackend().authenticate(None, "22604117", "") is None


@pytest.mark.parametrize(
    "username", ["*", "226*", "22604117)(uid=*", "22604117)(|(uid=*", "\\2a", "uid=e22604117", "e22604117", "nobody"]
)
def test_a_name_finds_its_own_entry_or_none(directory: Directory, username: str) -> None:
    assert enters(username, PASSWORD) == ""


@pytest.mark.parametrize(
    "state", ["{COMPTE}I SupannInactif", "{COMPTE}S SupannVerrouille", "{COMPTE}A:SupannActif:20200901:20210831"]
)
def test_an_account_that_is_closed_locked_or_over_does_not_enter(directory: Directory, state: str) -> None:
    directory.change("e22604117", supannRessourceEtat=state)
    assert enters("22604117", PASSWORD) == ""


def test_an_account_in_its_grace_enters(directory: Directory) -> None:
    directory.change("e22604117", supannRessourceEtatDate="{COMPTE}A:SupannSursis:20260901:20991231")
    assert enters("22604117", PASSWORD) == "22604117"


def test_an_entry_that_was_moved_to_the_closed_ones_is_not_found(directory: Directory) -> None:
    directory.deactivate("e22604117", "22604117")
    assert enters("22604117", PASSWORD) == ""


def test_local_accounts_stay_and_nobody_enters_them_by_the_directory(directory: Directory) -> None:
    """The emergency account has the name of somebody in the directory."""
    User.objects.create_user("22604117", password=LOCAL)
    assert enters("22604117", LOCAL) == "22604117"
    assert enters("22604117", PASSWORD) == ""


def test_an_account_closed_here_stays_closed(directory: Directory) -> None:
    enters("22604117", PASSWORD)
    User.objects.update(is_active=False)
    assert enters("22604117", PASSWORD) == ""


def test_while_the_directory_is_away_local_accounts_enter(
    directory: Directory, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.create_user("admin", password=LOCAL)
    settings.LDAP_URL = "ldaps://localhost:1"
    with caplog.at_level(logging.ERROR, "enrolhub.access.backends"):
        assert enters("22604117", PASSWORD) == ""
    assert "directory_unreachable" in caplog.text
    assert PASSWORD not in caplog.text
    assert enters("admin", LOCAL) == "admin"


def test_two_entries_of_one_login_are_nobody(directory: Directory) -> None:
    directory.add([{"uid": "p1", "supannAliasLogin": "22604117", "sn": "Autre"}])
    assert enters("22604117", PASSWORD) == ""


def test_guesses_are_throttled(directory: Directory, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    client = Client()
    form = {"username": "22604117", "password": "wrong"}
    assert [client.post("/sign-in/", form).status_code for _ in range(2)] == [200, 429]
    assert client.post("/sign-in/", form | {"password": PASSWORD}).status_code == 429
