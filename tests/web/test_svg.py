"""The pictures of numbers: what they draw, and that they are safe to print."""

import xml.etree.ElementTree as ElementTree
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web.svg import Night, nights_chart, round_step, share_bar, span_bar, sparkline

NIGHTS = [
    Night(date(2026, 11, 15), arrivals=90, departures=30),
    Night(date(2026, 11, 16), refused=True),
    Night(date(2026, 11, 17), arrivals=60, departures=15, held=15),
]


def drawn(picture: str) -> list[tuple[str, dict[str, str]]]:
    """The shapes of a picture with their attributes, in the order in which they are drawn."""
    shapes = {"rect", "path", "polyline", "text"}
    return [(node.tag, node.attrib) for node in ElementTree.fromstring(picture).iter() if node.tag in shapes]  # noqa: S314  # our own text


def test_round_step() -> None:
    assert [round_step(highest) for highest in (1, 3, 4, 6, 7, 15, 16, 1462)] == [1, 1, 2, 2, 5, 5, 10, 500]


@given(st.integers(min_value=1, max_value=10_000_000))
def test_a_scale_reaches_the_highest_value_in_three_lines(highest: int) -> None:
    step = round_step(highest)
    assert step * 3 >= highest
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_bars_start_on_one_zero_line_and_share_one_scale() -> None:
    picture = nights_chart(NIGHTS, title="Nuits", description="Trois nuits", width=344)
    bars = [
        (attributes["class"], float(attributes["y"]), float(attributes["height"]))
        for tag, attributes in drawn(picture)
        if tag == "rect"
    ]
    # 90 above and 30 below at a step of 50: two steps up, one down, 170 px for the three of them.
    unit, zero = 170 / 150, 22 + 170 * 2 / 3
    expected = [
        ("arrivals", zero - 90 * unit, 90 * unit),
        ("departures", zero, 30 * unit),
        ("arrivals", zero - 60 * unit, 60 * unit),
        ("departures", zero, 15 * unit),
        ("held", zero + 15 * unit + 1.5, 15 * unit - 1.5),
    ]
    assert [kind for kind, _, _ in bars] == [kind for kind, _, _ in expected]
    for (_, y, height), (_, expected_y, expected_height) in zip(bars, expected, strict=True):
        assert (y, height) == pytest.approx((expected_y, expected_height), abs=0.1)


def test_a_refused_night_is_a_cross_and_no_bar() -> None:
    picture = nights_chart([NIGHTS[1]], title="Nuits", description="Une nuit")
    kinds = [attributes["class"] for tag, attributes in drawn(picture) if "class" in attributes and tag != "text"]
    assert kinds == ["hatch", "zero-line", "grid-line", "refused"]


def test_a_chart_says_what_it_shows() -> None:
    with translation.override("fr"):
        root = ElementTree.fromstring(nights_chart(NIGHTS, title="Nuits <1>", description="Trois & pas plus"))  # noqa: S314  # our own text
    assert (root.findtext("title"), root.findtext("desc")) == ("Nuits <1>", "Trois & pas plus")
    assert [node.text for node in root.iter("text")] == ["50", "0", "50", "100", "17\u00a0nov."]
    assert root.attrib["aria-labelledby"] == "chart-wide-title chart-wide-text"


def test_no_nights_draw_an_empty_scale() -> None:
    picture = nights_chart([], title="Nuits", description="Aucune")
    assert [tag for tag, _ in drawn(picture)] == ["path", "path", "text", "path", "text"]


def test_sparkline() -> None:
    assert sparkline([10, 30, 20], title="Lignes") == (
        '<svg class="spark" viewBox="0 0 76 20" width="76" height="20" role="img"><title>Lignes</title>'
        '<polyline points="1,18 38,2 75,10" stroke-width="1.4" stroke-linejoin="round"/></svg>'
    )
    assert sparkline([10], title="Lignes") == ""
    assert 'points="1,10 75,10"' in sparkline([7, 7], title="Lignes")


@pytest.mark.parametrize(
    ("part", "limit", "rects"),
    [
        (0.5, None, [("track", 92.0), ("part", 46.0)]),
        (1.7, 0.2, [("track", 92.0), ("part", 92.0), ("limit", 2.0)]),
        (-1, 2.0, [("track", 92.0), ("part", 0.0), ("limit", 2.0)]),
    ],
)
def test_share_bar(part: float, limit: float | None, rects: list[tuple[str, float]]) -> None:
    found = [(attributes["class"], float(attributes["width"])) for _, attributes in drawn(share_bar(part, limit))]
    assert found == rects


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_span_stays_on_its_track(start: float, length: float) -> None:
    part = drawn(span_bar(start, length))[1][1]
    assert float(part["x"]) >= 0
    assert float(part["x"]) + float(part["width"]) <= 240.1


def test_pictures_carry_no_style() -> None:
    pictures = (
        nights_chart(NIGHTS, title="a", description="b")
        + sparkline([1, 2], title="c")
        + share_bar(0.5, 0.2)
        + span_bar(0, 1)
    )
    assert "style=" not in pictures
