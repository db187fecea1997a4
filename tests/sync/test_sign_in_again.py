"""Before what weighs on many, who is at the machine shows it again; the form waits and is sent by a click, looked at anew."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from enrolhub.access.again import LONGEST_FORM
from enrolhub.access.models import Event, SiteRole, User
from enrolhub.sync.models import Hold, LimitRaise, Run
from enrolhub.sync.pages import undo as undo_page
from tests.access.test_cas import at_the_server, path_of
from tests.factories import RunFactory, SiteRoleFactory, UserFactory
from tests.html import soup_of, text_of
from tests.registers import Registers, course, enrolled, held_night
from tests.servers.cas import CasServer, logout_message, running_cas
from tests.worlds import once

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
AGAIN = "/sign-in/again/"
RAISE = {"limit": "GUARD_RUN_PERCENT", "value": "20", "reason": "a new year begins"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def operator(client: Client, clock: time_machine.Traveller) -> Client:
    """A browser in which an operator signed in a quarter of an hour ago; it reads English."""
    account = User.objects.create_user("operator", password=PASSWORD)
    SiteRoleFactory(user=account, kind=SiteRole.Kind.OPERATOR)
    client.post("/sign-in/", {"username": "operator", "password": PASSWORD})
    client.cookies["django_language"] = "en"
    clock.shift(timedelta(minutes=15))
    return client


def raise_limit(client: Client) -> HttpResponseBase:
    last_on = f"{timezone.localdate() + timedelta(days=2)}"
    answer: HttpResponseBase = client.post(
        "/limits/", RAISE | {"last_on": last_on}, headers={"Referer": "http://testserver/limits/"}
    )
    return answer


def form_that_waits(client: Client) -> tuple[str, dict[str, Any]]:
    """Where the form goes that the page shows once one has shown who one is, and what it would send."""
    form = soup_of(client, AGAIN).select_one("form:has(.btn-primary)")
    assert form is not None
    fields = {str(field["name"]): field["value"] for field in form.select("input[type=hidden]")}
    return str(form["action"]), {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def test_a_form_waits_for_the_password_and_then_for_a_click(operator: Client) -> None:
    key = operator.session.session_key
    assert raise_limit(operator).headers["Location"] == AGAIN
    assert "Raise a limit of the guards" in text_of(soup_of(operator, AGAIN).select_one("main"))
    assert operator.post(AGAIN, {"password": PASSWORD}).headers["Location"] == AGAIN
    assert operator.session.session_key != key
    where, fields = form_that_waits(operator)
    assert (where, fields["reason"], LimitRaise.objects.count()) == ("/limits/", "a new year begins", 0)
    assert operator.post(where, fields).headers["Location"] == "/limits/"
    assert LimitRaise.objects.get().reason == "a new year begins"
    assert list(Event.objects.filter(action__startswith="sign_in").values_list("action", flat=True)) == [
        "sign_in_again",
        "sign_in",
    ]
    assert operator.get(AGAIN).headers["Location"] == "/"  # nothing waits any more


def test_shortly_after_signing_in_nothing_is_asked(operator: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(seconds=-1))
    assert raise_limit(operator).headers["Location"] == "/limits/"
    assert LimitRaise.objects.count() == 1


def test_another_password_does_not_let_the_form_go_on(operator: Client) -> None:
    raise_limit(operator)
    answer = operator.post(AGAIN, {"password": "wrong"})
    assert "This is not the password of your account." in answer.content.decode()
    assert soup_of(operator, AGAIN).select("input[name=reason]") == []
    assert operator.get("/limits/").status_code == 200  # still signed in
    assert raise_limit(operator).headers["Location"] == AGAIN


def test_guesses_are_throttled_as_at_the_door(operator: Client) -> None:
    raise_limit(operator)
    guesses = [operator.post(AGAIN, {"password": "wrong"}).status_code for _ in range(6)]
    assert guesses == [200, 200, 200, 200, 429, 429]
    assert operator.post(AGAIN, {"password": PASSWORD}).status_code == 429


def test_the_password_of_somebody_else_is_not_theirs(operator: Client) -> None:
    User.objects.create_user("somebody", password="the password of somebody")
    raise_limit(operator)
    answer = operator.post(AGAIN, {"password": "the password of somebody", "username": "somebody"})
    assert answer.status_code == 200


def test_one_may_leave_it(operator: Client) -> None:
    raise_limit(operator)
    assert operator.post(AGAIN, {"leave": "1"}).headers["Location"] == "/limits/"
    assert operator.get(AGAIN).headers["Location"] == "/"
    assert LimitRaise.objects.count() == 0


def test_a_form_too_long_to_be_kept_is_not_sent_empty(operator: Client) -> None:
    run = RunFactory.create()
    operator.post(f"/runs/{run.pk}/decide/", {"verdict": "approve", "comment": "a" * LONGEST_FORM})
    operator.post(AGAIN, {"password": PASSWORD})
    page = soup_of(operator, AGAIN)
    assert "too long to be kept" in text_of(page.select_one("main"))
    assert page.select("main form .btn-primary") == []


@pytest.fixture
def held(registers: Registers) -> Run:
    return once(held_night, registers)


def decision(client: Client, run: Run, verdict: str) -> dict[str, Any]:
    boxes = soup_of(client, f"/runs/{run.pk}/").select("#holds input[name=hold]")
    return {"verdict": verdict, "comment": "checked", "hold": [box["value"] for box in boxes]}


@pytest.mark.parametrize(("verdict", "asked"), [("approve", True), ("reject", True), ("wait", False), ("", False)])
def test_holds_are_decided_on_by_who_shows_who_they_are(operator: Client, verdict: str, asked: bool) -> None:
    run = RunFactory.create()
    answer = operator.post(f"/runs/{run.pk}/decide/", {"verdict": verdict, "comment": "checked"})
    assert answer.headers["Location"] == (AGAIN if asked else f"/runs/{run.pk}/#holds")


@pytest.mark.slow
def test_every_tick_and_the_print_of_what_was_seen_are_kept(operator: Client, held: Run) -> None:
    sent = decision(operator, held, "approve")
    assert len(sent["hold"]) == 2
    operator.post(f"/runs/{held.pk}/decide/", sent)
    operator.post(AGAIN, {"password": PASSWORD})
    kept = [str(field["value"]) for field in soup_of(operator, AGAIN).select("input[name=hold]")]
    assert kept == sent["hold"]
    operator.post(f"/runs/{held.pk}/decide/", sent)
    assert set(Hold.objects.values_list("state", flat=True)) == {"approved"}


def test_an_undo_is_shown_again_when_something_moved_meanwhile(
    operator: Client, registers: Registers, clock: time_machine.Traveller
) -> None:
    space = course("INF101-26", "INF101")
    run = registers.night()
    address = f"/runs/{run.pk}/undo/"
    [digest] = [str(field["value"]) for field in soup_of(operator, address).select("input[name=digest]")]
    assert operator.post(address, {"digest": digest}).headers["Location"] == AGAIN
    space.methods.get(kind="database").enrolments.filter(person__username="e1").delete()
    operator.post(AGAIN, {"password": PASSWORD})
    where, fields = form_that_waits(operator)
    again = operator.post(where, fields)
    assert "Something changed between the preview and your confirmation." in again.content.decode()
    assert len(enrolled(space)) == 11


@pytest.mark.parametrize(
    ("kind", "own", "count", "asked"),
    [
        ("hand", True, 200, False),
        ("hand", True, 201, True),
        ("hand", False, 1, True),
        ("file", True, 200, False),
        ("file", True, 201, True),
        ("night", True, 1, True),
    ],
)
def test_a_few_changes_of_ones_own_are_taken_back_without_a_question(
    rf: Any, kind: str, own: bool, count: int, asked: bool
) -> None:
    """As the toast after an action offers it."""
    account = UserFactory()
    request = rf.post("/")
    request.user = account
    run = RunFactory(kind=kind, author=account if own else UserFactory())
    preview: Any = type("Preview", (), {"run": run, "change_count": count})
    assert undo_page.weighs(request, preview) == asked


@pytest.fixture
def cas(settings: Settings) -> Iterator[CasServer]:
    with running_cas() as server:
        server.person = "operator"
        settings.CAS_SERVER_URL = server.address
        settings.AUTHENTICATION_BACKENDS = [*site.AUTHENTICATION_BACKENDS, "enrolhub.access.backends.CasBackend"]
        yield server


@pytest.fixture
def by_university(cas: CasServer, client: Client, clock: time_machine.Traveller) -> Client:
    """The operator's browser, signed in by the university a quarter of an hour ago; a form waits."""
    SiteRoleFactory(user=UserFactory(username="operator", password="!"), kind=SiteRole.Kind.OPERATOR)
    go(client, {})
    client.cookies["django_language"] = "en"
    clock.shift(timedelta(minutes=15))
    assert raise_limit(client).headers["Location"] == AGAIN
    return client


def go(client: Client, query: dict[str, str], *, renew: bool = True) -> HttpResponseBase:
    """To the university and back; without `renew` the address loses what asks the server for the password."""
    address = client.get("/sign-in/university/", query).headers["Location"]
    back = path_of(at_the_server(address if renew else address.replace("renew=true", "")))
    answer: HttpResponseBase = client.get(back)
    return answer


def test_whom_the_university_signs_in_is_asked_by_the_university(by_university: Client) -> None:
    page = soup_of(by_university, AGAIN)
    [link] = page.select("main a.btn-primary")
    assert (link["href"], page.select("main input[type=password]")) == ("/sign-in/university/?again=1", [])
    key = by_university.session.session_key
    assert go(by_university, {"again": "1"}).headers["Location"] == AGAIN
    assert by_university.session.session_key != key
    where, fields = form_that_waits(by_university)
    assert by_university.post(where, fields).headers["Location"] == "/limits/"
    assert LimitRaise.objects.count() == 1


def test_a_ticket_for_which_no_password_was_typed_shows_nothing(by_university: Client) -> None:
    answer = go(by_university, {"again": "1"}, renew=False)
    assert answer.headers["Location"] == f"{AGAIN}?fault=cas_refused"
    assert soup_of(by_university, answer.headers["Location"]).select(".note-bad")
    assert raise_limit(by_university).headers["Location"] == AGAIN


def test_somebody_else_at_the_university_shows_nothing(by_university: Client, cas: CasServer) -> None:
    cas.person = "mallory"
    assert go(by_university, {"again": "1"}).headers["Location"] == f"{AGAIN}?fault=cas_somebody_else"
    assert not User.objects.filter(username="mallory").exists()


def test_leaving_the_university_ends_the_session_whose_key_has_changed(by_university: Client, cas: CasServer) -> None:
    first = "ST-1-of-the-tests"
    go(by_university, {"again": "1"})
    Client().post("/sign-in/university/", {"logoutRequest": logout_message(first)})
    assert by_university.get("/limits/").headers["Location"].startswith("/sign-in/")
