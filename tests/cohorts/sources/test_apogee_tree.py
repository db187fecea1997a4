"""Whose space a registration reaches, by what the space is linked to: pure functions of codes."""

from hypothesis import given
from hypothesis import strategies as st

from cohorts.sources.apogee_tree import below, element_of, reaching

#: S1 holds UE1 and UE2; UE1 holds EC1 and EC2, and EC2 lies in UE2 as well; by mistake EC2 holds UE1 again.
LINKS = [("S1", "UE1"), ("S1", "UE2"), ("UE1", "EC1"), ("UE1", "EC2"), ("UE2", "EC2"), ("EC2", "UE1")]


def reached(*wanted: str) -> dict[str, list[str]]:
    return {element: list(codes) for element, codes in reaching(wanted, LINKS).items()}


def test_below_is_the_element_and_all_it_contains() -> None:
    assert reached("S1+") == {unit: ["S1+"] for unit in ("S1", "UE1", "UE2", "EC1", "EC2")}
    assert reached("EC1+") == {"EC1": ["EC1+"]}


def test_above_is_what_directly_contains_it_and_itself() -> None:
    assert reached("EC2..") == {"EC2": ["EC2.."], "UE1": ["EC2.."], "UE2": ["EC2.."]}
    assert reached("S1..") == {"S1": ["S1.."]}


def test_several_links_reach_apart() -> None:
    assert reached("UE2+", "EC2..")["EC2"] == ["UE2+", "EC2.."]
    assert reached("NONE+") == {"NONE": ["NONE+"]}


def test_the_element_of_a_link() -> None:
    assert [element_of(code) for code in ("INF101", "INF101+", "INF101..")] == ["INF101"] * 3


@given(st.lists(st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF")), max_size=15))
def test_every_walk_ends_and_is_closed_under_children(links: list[tuple[str, str]]) -> None:
    children: dict[str, list[str]] = {}
    for parent, child in links:
        children.setdefault(parent, []).append(child)
    found = below("A", children)
    assert "A" in found
    assert {child for each in found for child in children.get(each, ())} <= found
