"""Signing in with the university's account, on a small CAS server that speaks the protocol over loopback."""

import http.client
import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as site
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from cohorts.models import Person
from enrolhub.access import cas as asking
from enrolhub.access.models import CasSession, Event, User
from tests.factories import PersonFactory
from tests.servers.cas import BOMB, WRONG, CasServer, logout_message, running_cas

pytestmark = pytest.mark.django_db
DOOR = "/sign-in/university/"
LOCAL = "a local password of somebody"
#: A document type in an alphabet in which none is seen.
UTF_7 = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a [+ADwAIQ-ENTITY b "c"+AD4-]+AD4-<a>+ACY-b;</a>'
SERVICE = "https://enrolhub.example.fr/sign-in/university/?trip=a&next=%2F"


@pytest.fixture(scope="module")
def server() -> Iterator[CasServer]:
    with running_cas() as server:
        yield server


@pytest.fixture
def cas(server: CasServer, settings: Settings) -> CasServer:
    """The site asks a server at which Zoé is signed in."""
    server.person, server.attributes, server.wrong, server.entities = "zoe", {}, "", False
    server.tickets.clear()
    server.asked.clear()
    settings.CAS_SERVER_URL = server.address
    settings.AUTHENTICATION_BACKENDS = [*site.AUTHENTICATION_BACKENDS, "enrolhub.access.backends.CasBackend"]
    return server


def at_the_server(address: str) -> str:
    """Where the server sends a browser that comes to this address."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=60)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return str(connection.getresponse().headers["Location"])
    finally:
        connection.close()


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def set_out(client: Client, **query: str) -> str:
    """The address of the server to which the site sends the browser."""
    return client.get(DOOR, query).headers["Location"]


def come_back(client: Client, **query: str) -> HttpResponseBase:
    """What the site answers to a browser that went to the server and came back."""
    return client.get(path_of(at_the_server(set_out(client, **query))))


def username_in(client: Client) -> str:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


def fault_of(response: HttpResponseBase) -> str:
    return parse_qs(urlsplit(response.headers["Location"]).query).get("fault", [""])[0]


def test_the_first_sign_in_makes_an_account_without_a_right(client: Client, cas: CasServer) -> None:
    cas.attributes = {"sn": ["Le Goupil"], "givenName": ["Zoé"], "mail": ["zoe@exemple.fr"]}
    assert come_back(client, next="/courses/?q=droit").headers["Location"] == "/courses/?q=droit"
    account = User.objects.get()
    assert (account.username, account.last_name, account.first_name, account.email) == (
        *("zoe", "Le Goupil", "Zoé"),
        "zoe@exemple.fr",
    )
    assert (account.has_usable_password(), account.is_superuser, account.site_roles.count()) == (False, False, 0)
    assert come_back(Client()).headers["Location"] == "/"
    assert User.objects.count() == 1
    assert list(Event.objects.filter(action="sign_in").values_list("actor", flat=True)) == ["zoe", "zoe"]


def test_the_door_offers_the_university_first_and_keeps_the_local_accounts_behind(
    client: Client, cas: CasServer
) -> None:
    page = BeautifulSoup(client.get("/sign-in/?next=/runs/").content, "html.parser")
    [button] = page.select("main a.btn-primary")
    assert (button.text, button["href"]) == ("Se connecter avec le compte de l’université", f"{DOOR}?next=/runs/")
    assert [fold.summary.text for fold in page.select("details.unfold") if fold.summary] == ["Compte local"]
    User.objects.create_user("admin", password=LOCAL)
    client.post("/sign-in/", {"username": "admin", "password": LOCAL})
    assert username_in(client) == "admin"


def test_without_the_setting_there_is_no_such_door(client: Client) -> None:
    assert (client.get(DOOR).status_code, client.post(DOOR).status_code) == (404, 403)
    page = BeautifulSoup(client.get("/sign-in/").content, "html.parser")
    assert (page.select("main a"), page.select("details.unfold")) == ([], [])


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/runs/?state=held", "/runs/?state=held"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("\\/elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_the_university_one_goes_on_inside_the_site(
    client: Client, cas: CasServer, wanted: str, reached: str
) -> None:
    assert come_back(client, next=wanted).headers["Location"] == reached


def test_the_service_has_the_address_of_the_site(client: Client, cas: CasServer, settings: Settings) -> None:
    settings.SITE_ADDRESS = "https://enrolhub.example.fr/"
    service = parse_qs(urlsplit(set_out(client)).query)["service"][0]
    assert service.startswith(f"https://enrolhub.example.fr{DOOR}?trip=")
    assert username_in(client) == ""


@pytest.mark.parametrize(
    ("setting", "attributes", "username"),
    [
        ("", {}, "zoe"),
        ("supannAliasLogin", {"supannAliasLogin": ["legoupil"], "uid": ["e1"]}, "legoupil"),
        ("uid", {"supannAliasLogin": ["legoupil"], "uid": [" e1 "]}, "e1"),
        ("uid", {}, ""),
        ("uid", {"uid": ["e1", "e2"]}, ""),
        ("uid", {"uid": [" "]}, ""),
        ("uid", {"uid": ["e\u202e1"]}, ""),
        ("uid", {"uid": ["e" * 151]}, ""),
    ],
)
@pytest.mark.parametrize("version", ["2", "3"])
def test_which_attribute_is_the_username_is_a_setting(
    client: Client,
    cas: CasServer,
    settings: Settings,
    version: str,
    setting: str,
    attributes: dict[str, list[str]],
    username: str,
) -> None:
    settings.CAS_VERSION, settings.CAS_USERNAME_ATTRIBUTE, cas.attributes = version, setting, attributes
    answer = come_back(client)
    assert (username_in(client), fault_of(answer)) == (username, "" if username else "cas_nameless")


def test_letters_are_made_those_of_the_registers(client: Client, cas: CasServer, settings: Settings) -> None:
    settings.CAS_USERNAME_CASE, cas.person = "lower", "ZOE"
    come_back(client)
    assert username_in(client) == "zoe"


@pytest.mark.parametrize(
    "ticket", ["ST-wrong", "PT-1-of-another-application", "", "ST-é", "ST-1\x00", "ST-" + "a" * 5000]
)
def test_a_ticket_that_is_none_opens_nothing(client: Client, cas: CasServer, ticket: str) -> None:
    service = path_of(parse_qs(urlsplit(set_out(client)).query)["service"][0])
    assert fault_of(client.get(f"{service}&ticket=", {})) == "cas_refused"
    answer = client.get(service.partition("?")[0], {**dict_of(service), "ticket": ticket})
    assert (username_in(client), fault_of(answer)) == ("", "cas_refused")
    assert Event.objects.filter(action="sign_in_refused", detail__why="cas_refused").count() == 2


def dict_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_a_ticket_opens_once(client: Client, cas: CasServer) -> None:
    back = path_of(at_the_server(set_out(client)))
    client.get(back)
    assert username_in(client) == "zoe"
    client.post("/sign-out/")
    assert fault_of(client.get(back)) == "cas_elsewhere"
    assert username_in(client) == ""


def test_a_ticket_of_another_service_opens_nothing(client: Client, cas: CasServer) -> None:
    set_out(client)
    own = {"trip": client.session["university_trip"], "next": "/"}
    ticket = cas.give_ticket("https://another.example.fr/")
    assert fault_of(client.get(DOOR, own | {"ticket": ticket})) == "cas_refused"
    assert username_in(client) == ""


def test_nobody_is_signed_in_by_the_ticket_of_somebody_else(client: Client, cas: CasServer) -> None:
    """Who lures a browser to their own way back does not make it theirs."""
    cas.person = "mallory"
    back = path_of(at_the_server(set_out(Client())))
    set_out(client)
    assert fault_of(client.get(back)) == "cas_elsewhere"
    assert username_in(client) == ""
    assert not User.objects.exists()


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_server_that_is_unwell_is_told_and_local_accounts_enter(
    client: Client, cas: CasServer, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    cas.wrong = wrong
    with caplog.at_level(logging.WARNING, "enrolhub.access"):
        answer = come_back(client, next="/runs/")
    page = BeautifulSoup(client.get(answer.headers["Location"]).content, "html.parser")
    [told] = page.select(".note-bad")
    assert "Le service de connexion de l’université" in told.text
    assert page.select_one("details.unfold[open] input[name=password]")
    assert "ticket" not in answer.headers["Location"]
    assert (username_in(client), answer.headers["Location"].endswith("next=/runs/")) == ("", True)
    assert "signs nobody in" in caplog.text
    assert "ST-" not in caplog.text


def test_a_server_that_is_away_is_told(client: Client, cas: CasServer, settings: Settings) -> None:
    back = path_of(at_the_server(set_out(client)))
    settings.CAS_SERVER_URL = "http://127.0.0.1:9/cas/"
    assert fault_of(client.get(back)) == "cas_unreachable"


@pytest.mark.django_db(databases=[])
def test_a_server_that_hangs_is_left(cas: CasServer, settings: Settings) -> None:
    settings.CAS_ANSWER_SECONDS = 1
    cas.wrong = "hangs"
    with pytest.raises(asking.CasFault, match="cas_unreachable"):
        asking.ask(cas.give_ticket(SERVICE), SERVICE)


def test_an_answer_with_entities_is_not_read(client: Client, cas: CasServer) -> None:
    cas.entities = True
    assert fault_of(come_back(client)) == "cas_nonsense"
    assert not User.objects.exists()


def test_no_proxy_ticket_is_asked_for(client: Client, cas: CasServer) -> None:
    come_back(client)
    assert [address for address in cas.asked if "pgt" in address.lower()] == []


def test_a_closed_account_is_told_and_does_not_enter(client: Client, cas: CasServer) -> None:
    User.objects.create(username="zoe", is_active=False)
    assert fault_of(come_back(client)) == "cas_barred"
    assert username_in(client) == ""


@pytest.mark.parametrize("state", [Person.AccountState.INACTIVE, Person.AccountState.SUSPENDED])
def test_whom_the_registers_bar_does_not_enter(client: Client, cas: CasServer, state: str) -> None:
    PersonFactory(username="zoe", account_state=state)
    assert fault_of(come_back(client)) == "cas_barred"
    assert not User.objects.exists()


def test_local_accounts_stay_and_nobody_enters_them_by_the_university(client: Client, cas: CasServer) -> None:
    User.objects.create_user("zoe", password=LOCAL)
    assert fault_of(come_back(client)) == "cas_barred"
    assert username_in(client) == ""


def test_the_session_gets_another_key(client: Client, cas: CasServer) -> None:
    set_out(client)
    before = client.session.session_key
    come_back(client)
    assert client.session.session_key != before
    assert "university_trip" not in client.session


def ticket_of(client: Client, cas: CasServer) -> str:
    """The ticket by which this browser signs in."""
    back = path_of(at_the_server(set_out(client)))
    client.get(back)
    return dict_of(back)["ticket"]


def test_leaving_the_university_ends_the_session_here(client: Client, cas: CasServer) -> None:
    other = Client()
    tickets = [ticket_of(client, cas), ticket_of(other, cas)]
    assert Client(enforce_csrf_checks=True).post(DOOR, {"logoutRequest": logout_message(tickets[0])}).status_code == 200
    assert client.get("/").headers["Location"].startswith("/sign-in/")
    assert other.get("/").status_code == 200
    assert CasSession.objects.count() == 1
    assert Event.objects.filter(actor="zoe", action="session_ended", detail__reason="university").count() == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "garbage",
        "<a/>",
        logout_message(""),
        logout_message("ST-of-nobody", BOMB),
        UTF_7,
        "<a>" + "b" * 100_000 + "</a>",
    ],
)
def test_what_the_server_never_sent_ends_nothing(client: Client, cas: CasServer, message: str) -> None:
    ticket_of(client, cas)
    assert Client().post(DOOR, {"logoutRequest": message}).status_code == 403
    assert client.get("/").status_code == 200


def test_a_ticket_that_is_not_known_ends_nothing(client: Client, cas: CasServer) -> None:
    ticket_of(client, cas)
    words = logout_message("ST-1-of-another", '<?xml version="1.0" encoding="UTF-8"?>')
    assert Client().post(DOOR, {"logoutRequest": words}).status_code == 200
    assert client.get("/").status_code == 200


def test_signing_out_here_tells_how_to_leave_the_university(client: Client, cas: CasServer) -> None:
    come_back(client)
    answer = client.post("/sign-out/")
    page = BeautifulSoup(client.get(answer.headers["Location"]).content, "html.parser")
    [link] = page.select(".note-info a")
    assert str(link["href"]).startswith(f"{cas.address}logout?service=http%3A%2F%2Ftestserver%2Fsign-in%2F")


def test_tickets_that_open_nothing_are_throttled_by_address(client: Client, cas: CasServer, settings: Settings) -> None:
    settings.SIGN_IN_ADDRESS_ATTEMPTS = 2
    set_out(client)
    own = {"trip": client.session["university_trip"], "next": "/", "ticket": "ST-guess"}
    assert [client.get(DOOR, own).status_code for _ in range(3)] == [302, 302, 429]
    assert come_back(Client(REMOTE_ADDR="192.0.2.7")).headers["Location"] == "/"
