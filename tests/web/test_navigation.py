"""The places of the top bar."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from enrolhub.web import navigation
from enrolhub.web.navigation import (
    Place,
    ShownPlace,
    place_of,
    places_for,
    register_freshness,
    register_place,
    registers_read_at,
)


@pytest.fixture(autouse=True)
def bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registries hold what the applications registered: a test starts from empty ones."""
    monkeypatch.setattr(navigation, "_places", {})
    monkeypatch.setattr(navigation, "_registers_read", [])


def place(
    name: str, order: int, url_name: str = "access:accessibility", *, open_to_all: bool = True, count: int = 0
) -> Place:
    return Place(name, name.title(), url_name, order, lambda _user: open_to_all, lambda _user: count)


def test_places_are_those_one_may_go_to_in_order() -> None:
    register_place(place("nights", 60, count=3))
    register_place(place("home", 10, "access:sign_in"))
    register_place(place("closed", 20, open_to_all=False))
    register_place(place("missing", 30, "nowhere:at_all"))
    assert places_for(AnonymousUser()) == [
        ShownPlace("home", "Home", "/sign-in/", 0),
        ShownPlace("nights", "Nights", "/accessibility/", 3),
    ]


def test_a_place_registered_again_replaces_the_first() -> None:
    register_place(place("nights", 60, count=3))
    register_place(place("nights", 60, count=5))
    assert [shown.count for shown in places_for(AnonymousUser())] == [5]


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "home"), ("/courses/", "courses"), ("/courses/SMTU101/participants/", "courses"), ("/sign-in/", "")],
)
def test_the_place_of_a_page(path: str, name: str) -> None:
    places = [ShownPlace("home", "Home", "/", 0), ShownPlace("courses", "Courses", "/courses/", 0)]
    assert place_of(RequestFactory().get(path), places) == name


def test_registers_read_at() -> None:
    assert registers_read_at() is None
    moment = datetime(2026, 11, 17, 2, 34, tzinfo=UTC)
    register_freshness(lambda: moment)
    assert registers_read_at() == moment
