"""« Ma connexion »: another password, and the end of the other sessions."""

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from enrolhub.access.models import Event, User
from tests.factories import UserFactory
from tests.html import soup_of, text_of

pytestmark = pytest.mark.django_db
PAGE = "/account/"
OLD, NEW = "cheval pile agrafe exact", "nuage brique violon lent"


@pytest.fixture
def local() -> User:
    user: User = UserFactory(username="anna", last_name="Martin")
    user.set_password(OLD)
    user.save()
    return user


def browser(user: User) -> Client:
    """Somewhere they are signed in, in English."""
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def send(client: Client, old: str = OLD, new: str = NEW, again: str | None = None) -> str:
    """What the page says after the form was sent."""
    typed = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PAGE, typed, follow=True).content.decode()


def test_another_password_ends_the_other_sessions_and_keeps_this_one(local: User) -> None:
    here, elsewhere = browser(local), browser(local)
    before = here.session.session_key
    assert "Your password is changed. Your other sessions have ended." in send(here)
    local.refresh_from_db()
    assert (local.check_password(NEW), here.session.session_key == before) == (True, False)
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert Event.objects.filter(actor="anna", action="password_changed", detail={}).count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old": "cheval"}, "Your old password was entered incorrectly"),
        ({"new": "short"}, "This password is too short"),
        ({"new": "EnrolHub2026!"}, "This password is little more than words"),
        ({"new": "Martin-Anna-1985"}, "This password is little more than words"),
        ({"again": "nuage"}, "The two password fields didn’t match"),
        ({"new": "x" * 1001}, "This is too long for a password."),
        ({"old": "", "new": ""}, "This field is required"),
    ],
)
def test_what_is_no_new_password_is_said_at_its_field(local: User, typed: dict[str, str], said: str) -> None:
    here, elsewhere = browser(local), browser(local)
    assert said in send(here, **typed)
    local.refresh_from_db()
    assert (local.check_password(OLD), is_in(elsewhere)) == (True, True)


def test_the_old_password_is_guessed_no_oftener_than_at_the_door(local: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    here = browser(local)
    answers = [here.post(PAGE, {"old_password": "a guess"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_an_account_of_the_university_has_no_password_here() -> None:
    user = UserFactory(username="e1")
    user.set_unusable_password()
    user.save()
    here = browser(user)
    said = text_of(soup_of(here, PAGE))
    assert ("Its password is changed where the university keeps it" in said, "Old password" in said) == (True, False)
    send(here)
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_one_s_other_sessions_end_and_this_one_stays(local: User) -> None:
    here, elsewhere, somebody = browser(local), browser(local), browser(UserFactory(username="else"))
    assert "Your other sessions have ended." in here.post(PAGE, {"others": "1"}, follow=True).content.decode()
    assert (is_in(here), is_in(elsewhere), is_in(somebody)) == (True, False, True)
    assert Event.objects.filter(actor="anna", action="sessions_ended", target="anna").count() == 1


def test_who_was_not_there_lately_shows_who_they_are_first(local: User, settings: Settings) -> None:
    settings.SIGN_IN_AGAIN_MINUTES = 0
    here, elsewhere = browser(local), browser(local)
    asked = here.post(PAGE, {"others": "1"})
    assert (asked["Location"], is_in(elsewhere)) == ("/sign-in/again/", True)


def test_a_link_ends_nothing_and_nobody_else_has_the_page(local: User) -> None:
    here, elsewhere = browser(local), browser(local)
    assert here.get(f"{PAGE}?others=1").status_code == 200
    assert is_in(elsewhere)
    assert Client().get(PAGE)["Location"].startswith("/sign-in/")


def test_an_operator_ends_the_sessions_of_others_at_the_shell(local: User, capsys: pytest.CaptureFixture[str]) -> None:
    here, somebody = browser(local), browser(UserFactory(username="else"))
    call_command("end_sessions", "anna", "anna", "--as", "else")
    assert json.loads(capsys.readouterr().out) == {"ended": ["anna"]}
    assert (is_in(here), is_in(somebody)) == (False, True)
    assert Event.objects.filter(actor="else", action="sessions_ended", target="anna").count() == 1


@pytest.mark.parametrize("words", [["nobody"], ["anna", "nobody"], ["anna", "--as", "nobody"]])
def test_an_account_that_is_none_ends_nothing(local: User, words: list[str]) -> None:
    here = browser(local)
    with translation.override("en"), pytest.raises(CommandError, match="No account has the name nobody") as refused:
        call_command("end_sessions", *words)
    assert (refused.value.returncode, is_in(here)) == (2, True)


def test_a_session_of_before_the_mark_stays(local: User) -> None:
    assert (local.session_mark, ":" in local.get_session_auth_hash()) == ("", False)
    local.session_mark = "a"
    assert local.get_session_auth_hash().endswith(":a")
