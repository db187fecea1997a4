"""Orders by several columns, as the headings and the menu offer them."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from courses.participants.address import Address, address_of
from courses.participants.conditions import SORT_KEYS
from courses.participants.table import Link, headings_of, orders_in, orders_of

DEFAULT = ("last_name", "first_name")
keys = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(SORT_KEYS)), min_size=1, unique_by=lambda key: key[1]
)


def links(*sort: str) -> dict[str, Link]:
    """The orders offered under a sort, by their first key when nothing else tells."""
    address = address_of(QueryDict("&".join(f"sort={key}" for key in sort)))
    return {link.label: link for link in orders_of(sort or DEFAULT, address)}


def sort_of(url: str) -> list[str]:
    return QueryDict(url.removeprefix("?")).getlist("sort")


@given(sort=keys)
def test_orders_say_the_same_keys_again(sort: list[tuple[str, str]]) -> None:
    written = ["".join(key) for key in sort]
    assert [key for order in orders_in(written) for key in order.written] == written


@given(sort=keys)
def test_turning_an_order_round_leaves_the_others_as_they_are(sort: list[tuple[str, str]]) -> None:
    written = ["".join(key) for key in sort]
    for place, order in enumerate(orders_in(written)):
        link = next(link for link in orders_of(written, Address(())) if link.place == place + 1)
        turned = [f"{'' if sign else '-'}{key}" if key in order.keys else sign + key for sign, key in sort]
        assert sort_of(link.then_url) == turned


def test_the_usual_order_is_one_and_stands_first() -> None:
    offered = orders_of(DEFAULT, Address(()))
    assert [(link.place, link.direction, link.drop_url) for link in offered[:2]] == [(1, "ascending", ""), (0, "", "")]
    assert (sort_of(offered[0].url), sort_of(offered[1].url)) == (
        ["-last_name", "-first_name"],
        ["first_name", "last_name"],
    )


def test_a_column_joins_the_orders_there_are() -> None:
    (groups,) = [link for label, link in links("-roles").items() if sort_of(link.url) == ["groups"]]
    assert sort_of(groups.then_url) == ["-roles", "groups"]


def test_one_of_several_leaves_or_counts_alone() -> None:
    second = next(link for link in links("-roles", "groups", "status").values() if link.place == 2)
    assert (sort_of(second.drop_url), sort_of(second.url)) == (["-roles", "status"], ["groups"])
    assert sort_of(second.then_url) == ["-roles", "-groups", "status"]


@pytest.mark.parametrize(
    ("sort", "told"),
    [
        (DEFAULT, [("name", "ascending")]),
        (("-status",), [("status", "descending")]),
        (("roles", "-groups"), [("roles", "ascending")]),
        (("-first_name",), [("name", "descending")]),
    ],
)
def test_the_heading_of_the_first_order_says_so(sort: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    headings = headings_of(sort, Address(()), hidden=())
    assert [(heading.name, heading.direction) for heading in headings if heading.direction] == told


def test_orders_keep_the_filter() -> None:
    (heading,) = [
        each for each in headings_of(DEFAULT, address_of(QueryDict("q=a&page=3")), ()) if each.name == "email"
    ]
    assert heading.links[0].url == "?q=a&sort=email"
