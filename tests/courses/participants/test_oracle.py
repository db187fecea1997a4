"""Hundreds of filters and orders: the list must be that of plain loops, in set and in order."""

from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.participants import paging
from tests.courses.participants.conftest import World, listed, paged
from tests.courses.participants.oracle import BADGE_ORDER, KINDS, ROLES, SORTS, PlainCourse, expected_usernames
from tests.courses.participants.world import GROUPS, METHODS

WORDS = [
    "a",
    "eleo",
    "oe",
    "strasse",
    "l",
    "Łu",
    "%",
    "_",
    "*",
    "100%",
    "d'ete",
    "D’ÉTÉ",
    "jean-luc",
    "dubois anne",
    "exemple",
    "p",
    "zzz",
    "2260",
    "ñ",
]
MATCHES = ["any", "all", "none", ""]
SPANS = ["never", "0d", "7d", "1w", "8d", "30d", "1m", "31d", "36500d"]
INITIALS = ["", "", "E", "e", "É", "#", "D", "Z", "o"]

values = st.fixed_dictionaries(
    {
        "q": st.lists(st.sampled_from(WORDS), max_size=2),
        "role": st.lists(st.sampled_from(ROLES), max_size=2),
        "group": st.lists(st.sampled_from(["none", *GROUPS]), max_size=3),
        "method": st.lists(st.sampled_from([*KINDS, *(f"id:{name}" for name in METHODS)]), max_size=2),
        "status": st.lists(st.sampled_from(BADGE_ORDER), max_size=2),
        "inactive": st.lists(st.sampled_from(SPANS), max_size=1),
    }
)
matches = st.fixed_dictionaries({name: st.sampled_from(MATCHES) for name in ("q", "role", "group", "method", "status")})
sorts = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(SORTS)), max_size=3, unique_by=lambda key: key[1]
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query string without a fault; methods by id are written ``id:name`` until the course is known."""
    chosen, matched = draw(values), draw(matches)
    kept = draw(st.sets(st.sampled_from(sorted(chosen)), max_size=3))
    pairs = [(name, value) for name in sorted(kept) for value in chosen[name]]
    pairs += [(f"{name}_match", match) for name, match in matched.items() if match]
    pairs += [("inactive_match", draw(st.sampled_from(["any", "none"])))]
    pairs += [("match", draw(st.sampled_from(["all", "all", "any", "none"])))]
    pairs += [(name, draw(st.sampled_from(INITIALS))) for name in ("first", "last")]
    pairs += [("sort", "".join(key)) for key in draw(sorts)]
    return "&".join(f"{name}={quote_plus(value)}" for name, value in pairs if value)


def with_ids(query: str, course: PlainCourse) -> str:
    for pk, method in course.method_ids.items():
        query = query.replace(f"id%3A{method.name}&", f"{pk}&")
    return query


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=queries())
def test_the_list_is_that_of_plain_loops(world: World, query: str) -> None:
    course, plain = world.course, world.plain
    address = with_ids(f"{query}&", plain)
    assert listed(course, address) == expected_usernames(plain, address)


ORDERS = [*SORTS, *(f"-{key}" for key in SORTS), "groups&sort=-roles", "status&sort=-last_access", "-roles&sort=status"]


def test_every_order(world: World) -> None:
    found = {order: listed(world.course, f"sort={order}") for order in ORDERS}
    assert found == {order: expected_usernames(world.plain, f"sort={order}") for order in ORDERS}


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=queries(), start=st.integers(0, 40), size=st.integers(1, 30), few=st.sampled_from([0, 3, 3_000]))
def test_a_page_is_a_cut_of_the_list(world: World, query: str, start: int, size: int, few: int) -> None:
    address = with_ids(f"{query}&", world.plain)
    expected = expected_usernames(world.plain, address)[start : start + size]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "FEW", few)
        assert paged(world.course, address, start, size) == expected


@pytest.mark.parametrize("order", ["status&sort=-last_access", "roles&sort=last_access", "groups&sort=last_access"])
def test_a_page_of_a_large_kind_has_those_who_never_came(
    world: World, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(paging, "FEW", 0)
    address = f"sort={order}"
    assert paged(world.course, address, 0, 100) == expected_usernames(world.plain, address)


@pytest.mark.parametrize("query", ["", "last=D", "last=D&first=A", "inactive=30d&inactive_match=none", "q=e"])
@pytest.mark.parametrize("order", ["last_access", "-last_access", "-last_access&sort=roles"])
def test_an_order_along_the_accesses_of_many_and_of_few(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str, order: str
) -> None:
    monkeypatch.setattr(paging, "FEW", 0)
    address = f"{query}&sort={order}"
    assert paged(world.course, address, 0, 100) == expected_usernames(world.plain, address)
