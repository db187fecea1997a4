"""Guessing passwords: how many tries, who is kept out, what an answer gives away; and what is no login at all."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from bs4 import BeautifulSoup
from django.test import Client, RequestFactory
from pytest_django import Settings

from enrolhub.access import backends
from enrolhub.access import directory as directory_asked
from enrolhub.access.models import Attempts, Event, User
from enrolhub.access.throttling import counted_username, network_of
from tests.directories import Directory
from tests.servers.slapd import DirectoryServer

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "correct horse battery", "wrong"
HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def zoe() -> User:
    return User.objects.create_user("zoe", password=PASSWORD)


def answer_to(username: str, password: str, address: str = HERE) -> tuple[int, str]:
    """The status and the page that a browser without a past is answered."""
    answer = Client(REMOTE_ADDR=address).post("/sign-in/", {"username": username, "password": password})
    return answer.status_code, answer.content.decode()


def statuses(usernames: Sequence[str], password: str = WRONG, address: str = HERE) -> list[int]:
    return [answer_to(username, password, address)[0] for username in usernames]


def test_letters_widths_and_blanks_give_no_other_tries(zoe: User) -> None:
    """A directory takes them for the same name."""
    variants = ["zoe", "ZOE", " zoe ", "ｚｏｅ", "Zoe", "zOE"]
    assert statuses(variants) == [200, 200, 200, 200, 429, 429]
    assert statuses(["zoe"], PASSWORD) == [429]


def test_thousand_accounts_from_one_address_are_too_many(zoe: User, settings: Settings) -> None:
    settings.SIGN_IN_ADDRESS_ATTEMPTS = 3
    assert statuses([f"account{number}" for number in range(5)]) == [200, 200, 200, 429, 429]
    assert statuses(["zoe"], PASSWORD) == [429]
    assert statuses(["zoe"], PASSWORD, THERE) == [302]
    assert Event.objects.filter(action="sign_in_locked", detail__everybody_from_there=True).count() == 1


def test_what_is_locked_is_told_by_the_name_of_the_account() -> None:
    User.objects.create_user("Zoe", password=PASSWORD)
    statuses(["Zoe"] * 5)
    assert set(Event.objects.filter(action="sign_in_locked").values_list("target", flat=True)) == {"Zoe"}


def test_a_right_password_gives_the_tries_back(zoe: User, settings: Settings) -> None:
    settings.SIGN_IN_ADDRESS_ATTEMPTS = 3
    for _ in range(3):
        assert statuses(["zoe", "zoe"]) == [200, 200]
        assert statuses(["zoe"], PASSWORD) == [302]
        Attempts.objects.filter(bucket__startswith="sign-in-from").update(count=0)
    assert statuses(["zoe"], "") == [200]
    assert set(Attempts.objects.values_list("count", flat=True)) == {0}


def test_nobody_is_locked_out_by_what_others_try_elsewhere(zoe: User) -> None:
    for number in range(1, 4):
        assert statuses(["zoe"] * 6, address=f"198.51.100.{number}")[-1] == 429
    assert statuses(["zoe"], PASSWORD) == [302]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_is_counted_by_what_one_household_has(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_counted_is_one_for_a_name_however_typed() -> None:
    request = RequestFactory().post("/sign-in/")
    typed: list[dict[str, str] | None] = [{"username": " Zoé  LE Goupil"}, {"username": "zoé le goupil "}, {}, None]
    assert [counted_username(request, each) for each in typed] == ["zoé le goupil", "zoé le goupil", "", ""]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("zoe", "a" * 1_000_000),
        ("zoe", "correct horse battery\x00"),
        ("zoe\x00", PASSWORD),
        ("z" * 100_000, PASSWORD),
        ("zo\u202ee", PASSWORD),
        ("cn=zoe,dc=exemple,dc=fr", PASSWORD),
        ("zoe", " " + PASSWORD),
        ("ZOE", PASSWORD),
        ("zoe)(|", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_what_is_no_login_is_refused_like_any_other(zoe: User, username: str, password: str) -> None:
    client = Client()
    answer = client.post("/sign-in/", {"username": username, "password": password})
    assert (answer.status_code, "_auth_user_id" in client.session) == (200, False)
    assert PASSWORD not in answer.content.decode()


@pytest.fixture
def directory(directory_server: DirectoryServer, settings: Settings) -> Directory:
    """The site signs in by a directory in which Maëlle is, and somebody whose account is closed."""
    directory = Directory(directory_server)
    directory.let_in(settings)
    directory.add([{"uid": "e1", "supannAliasLogin": "maelle", "sn": "Le Goupil"}])
    directory.add([{"uid": "e2", "supannAliasLogin": "closed", "sn": "X", "supannRessourceEtat": "{COMPTE}I"}])
    directory.change("e1", userPassword=PASSWORD)
    directory.change("e2", userPassword=PASSWORD)
    return directory


@pytest.fixture
def binds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who asked the directory, by the first part of the name."""
    asked: list[str] = []
    really = directory_asked.opened

    @contextmanager
    def counted(user: str, password: str) -> Iterator[object]:
        asked.append(user.partition("=")[0])
        with really(user, password) as connection:
            yield connection

    monkeypatch.setattr(backends, "opened", counted)
    return asked


@pytest.mark.parametrize("username", ["maelle", "MAELLE", "nobody", "closed", "local", "*", "maelle)(|(uid=*"])
def test_an_unknown_login_asks_as_much_of_the_directory_as_a_wrong_password(
    directory: Directory, binds: list[str], username: str
) -> None:
    """Two binds and one search each time: the answers and their time say nothing of which accounts there are."""
    User.objects.create_user("local", password="a local password of somebody")
    status, words = answer_to(username, PASSWORD if username == "closed" else WRONG)
    assert (status, binds) == (200, ["uid", "uid"])
    assert "Compte ou mot de passe non reconnu." in words
    assert User.objects.count() == 1


def test_the_pages_of_an_unknown_login_and_a_wrong_password_are_the_same(directory: Directory) -> None:
    def shown(username: str) -> str:
        page = BeautifulSoup(answer_to(username, WRONG)[1], "html.parser")
        for field in page.select("input[name=csrfmiddlewaretoken], input[name=username]"):
            field.decompose()
        return str(page)

    assert shown("maelle") == shown("nobody") == shown("closed")


@pytest.mark.parametrize(("typed", "status"), [("maelle", 302), (" maelle ", 302), ("MAELLE", 200), ("mae lle", 200)])
def test_a_login_is_the_one_that_the_directory_writes(directory: Directory, typed: str, status: int) -> None:
    assert statuses([typed], PASSWORD) == [status]
    assert list(User.objects.values_list("username", flat=True)) == ["maelle"] * (status == 302)


@pytest.mark.long
def test_an_unknown_login_takes_as_long_as_a_wrong_password(directory: Directory) -> None:
    """The medians of forty each, in turns, on one machine."""
    backend = backends.DirectoryBackend()

    def seconds(username: str) -> float:
        begun = time.perf_counter()
        assert backend.authenticate(None, username, WRONG) is None
        return time.perf_counter() - begun

    times = [(seconds("maelle"), seconds("nobody"), seconds("closed")) for _ in range(40)]
    wrong, unknown, closed = map(statistics.median, zip(*times, strict=True))
    print(f"wrong {wrong * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms, closed {closed * 1000:.1f} ms")
    assert max(abs(unknown - wrong), abs(closed - wrong)) < 0.02
