"""Every address of the site, as each kind of visitor, in one's own place and in others', by GET and POST: rights.txt has the answers."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from pytest_django import Settings

from tests.house.rights import COURSE_ROLES, NOBODY, VISITORS, World, places_of
from tests.house.test_urls import ROUTES

TABLE = Path(__file__).with_name("rights.txt")
METHODS = ("GET", "POST")
STAFF = "staff"
#: Who has no right, few and many of them in a course; the staff and all others are asked by `make test-long`.
DAILY = {NOBODY, "student", "editing"}
#: Those whose rights come from a course or a component.
NARROW = (*COURSE_ROLES, "manager", "manager_of_another")
#: What is tried: the name of an address, a place, a method.
Trial = tuple[str, str, str]
TRIALS: list[Trial] = [(name, place, method) for name in ROUTES for method in METHODS for place in places_of(name)]


def read_table() -> dict[Trial, dict[str, int]]:
    """The answers by visitor. A line holds for every place that it names."""
    rows: dict[Trial, dict[str, int]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, method, places, *answers = line.split()
            told = dict(zip(VISITORS, map(int, answers), strict=True))
            rows |= {(name, place, method): told for place in places.split(",")}
    return rows


ROWS = read_table()


def tried_by(visitor: str) -> list[Trial]:
    """What the visitor tries. That an address does not take a method depends on nobody: one member of the staff is told."""
    refused = {trial for trial, told in ROWS.items() if {told[name] for name in VISITORS[1:]} == {405}}
    return [trial for trial in TRIALS if visitor in (NOBODY, STAFF) or trial not in refused]


def ask(client: Client, world: World, trial: Trial, signed_in: str) -> int:
    """The status of the answer; what the request changed is taken back, in the browser too."""
    name, place, method = trial
    client.cookies = SimpleCookie(signed_in)
    with transaction.atomic():
        answer = client.generic(method, world.address(name, place)).status_code
        transaction.set_rollback(True)
    return answer


@contextmanager
def pages_undrawn() -> Iterator[None]:
    """Who may ask is decided before a page is drawn, and other tests read the pages."""
    with patch.object(Template, "render", lambda *_given, **_named: ""):
        yield


def answers_to(visitor: str, trials: Iterable[Trial]) -> dict[Trial, int]:
    """What this visitor is answered, trial by trial."""
    world, client = World(visitor), Client(raise_request_exception=False)
    if visitor != NOBODY:
        client.force_login(world.account)
    signed_in = client.cookies.output(header="")
    with pages_undrawn():
        return {trial: ask(client, world, trial, signed_in) for trial in trials}


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(
    "visitor", [name if name in DAILY else pytest.param(name, marks=pytest.mark.slow) for name in VISITORS]
)
def test_the_visitor_is_answered_as_the_table_says(visitor: str, settings: Settings) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    answers = answers_to(visitor, tried_by(visitor))
    assert answers == {trial: ROWS.get(trial, {}).get(visitor) for trial in answers}


def test_every_address_has_its_rows() -> None:
    assert sorted(set(TRIALS) - set(ROWS)) == []
    assert sorted(set(ROWS) - set(TRIALS)) == []


def test_the_table_has_no_failure() -> None:
    assert [trial for trial, told in ROWS.items() if max(told.values()) >= 500] == []


#: Where one signs in. The university's is none (404) on a site without a CAS server, and takes that server's word alone (403).
DOORS = {"access:sign_in", "access:university"}
#: What machines ask, without an account; figures, where there are any, by their token.
PROBES = {"probes:alive", "probes:ready", "probes:metrics"}


@pytest.mark.parametrize(
    ("method", "open_pages"),
    [("GET", PROBES | DOORS | {"access:accessibility", "courses:privacy_notice"}), ("POST", DOORS)],
)
def test_who_has_not_signed_in_sees_the_door_only(method: str, open_pages: set[str]) -> None:
    answers = {name: told[NOBODY] for (name, _place, how), told in ROWS.items() if how == method}
    assert {name for name, answer in answers.items() if answer not in (302, 405)} == open_pages


# What an address says to everyone, whoever owns what it names: a self-enrolment is offered to all; « pourquoi ? » answers about the own
# course and anybody of the directory; a form about a method that the course has not, or a withdrawal from where one is not, is sent back.
SAID_TO_ALL = {
    ("other", "GET"): {"courses:self_enrol"},
    ("other", "POST"): {"courses:self_enrol", "courses:self_withdraw"},
    ("mixed", "GET"): {"courses:explain"},
    ("mixed", "POST"): {"courses:method_state", "courses:method_order", "courses:method_delete"},
}


@pytest.mark.parametrize(("where", "open_pages"), SAID_TO_ALL.items())
def test_what_is_anothers_is_no_page(where: tuple[str, str], open_pages: set[str]) -> None:
    """To those whose rights come from a course or a component. An address may still say that it takes forms only."""
    shown = [
        name
        for (name, place, method), told in ROWS.items()
        if (place, method) == where and {told[visitor] for visitor in NARROW} - {404, 405}
    ]
    assert set(shown) == open_pages


def test_an_auditor_changes_nothing_but_what_is_their_own() -> None:
    """How their lists look, the views they keep, their mails, their own enrolments; and files of what they see."""
    changed = {
        name for (name, _place, method), told in ROWS.items() if method == "POST" and told["auditor"] not in (404, 405)
    }
    own = DOORS | {
        "access:account",
        "access:again",
        "access:sign_out",
        "access:language",
        "access:theme",
        "courses:digest",
    }
    views = {"courses:columns", "courses:page_size", "courses:views", "courses:view_rename", "courses:view_delete"}
    enrolments = {"courses:self_enrol", "courses:self_withdraw", "courses:self_renew"}
    assert changed == own | views | enrolments | {"courses:export", "courses:addresses"}
