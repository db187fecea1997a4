"""Every test runs somewhere: on which database, and whether every day (tests/shares.py)."""

from collections.abc import Callable

import pytest

from tests.shares import share_out

Made = Callable[..., pytest.Function]
VENDORS = ("sqlite", "postgresql")


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Made:
    """A test of this module that nobody runs, with these marks; `body` may ask for fixtures."""

    def made(*marks: str, body: Callable[..., None] = lambda: None) -> pytest.Function:
        test = pytest.Function.from_parent(request.node.parent, name="test_invented", callobj=body)
        for mark in marks:
            test.add_marker(mark)
        return test

    return made


def parts(make: Made, *marks: str, body: Callable[..., None] = lambda: None) -> dict[str, str]:
    """On each database that runs such a test, the part in which it does."""
    found = {}
    for vendor in VENDORS:
        needed, elsewhere = share_out([test := make(*marks, body=body)], vendor)
        assert needed + elsewhere == [test]
        if needed:
            found[vendor] = next((part for part in ("long", "slow") if test.get_closest_marker(part)), "daily")
    return found


def asks_for_the_database(db: None) -> None:
    pass


def asks_for_its_kind(django_db_setup: None) -> None:
    pass


def test_what_touches_no_database_runs_on_one(make: Made) -> None:
    assert parts(make) == {"sqlite": "daily"}
    assert parts(make, "slow") == {"sqlite": "slow"}


def test_what_leads_to_a_database_runs_on_both(make: Made) -> None:
    daily = {"sqlite": "daily", "postgresql": "daily"}
    assert parts(make, "django_db") == daily
    assert parts(make, body=asks_for_the_database) == daily
    assert parts(make, body=asks_for_its_kind) == daily
    assert parts(make, "slow", "django_db") == {"sqlite": "slow", "postgresql": "slow"}


@pytest.mark.parametrize("mark", ["slow", "django_db"])
def test_a_long_test_is_long_on_both(make: Made, mark: str) -> None:
    assert parts(make, "long", mark) == {"sqlite": "long", "postgresql": "long"}
