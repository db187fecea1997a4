"""The strict Content-Security-Policy holds already in the source: nothing is inline."""

import re

import pytest

from tests.house.tree import files_in, name_of

INLINE = re.compile(
    r"""<script(?![^>]*\ssrc=)[^>]*>   # a script with a body
      | <style\b                       # a style sheet in the page
      | \sstyle\s*=                    # a style on an element
      | \son[a-z]+\s*=\s*["']          # a handler on an element
      | javascript:
    """,
    re.IGNORECASE | re.VERBOSE,
)


def test_no_template_has_inline_script_style_or_handler() -> None:
    found = [
        f"{name_of(path)}: {match.group().strip()}"
        for path in files_in("templates", suffix=".html")
        for match in INLINE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x()</script>",
        '<p style="color: red">',
        "<a onclick='x()'>",
        '<a href="javascript:x()">',
        "<style>p{}</style>",
    ],
)
def test_inline_markup_is_seen(markup: str) -> None:
    assert INLINE.search(markup)


@pytest.mark.parametrize(
    "markup", ['<script src="{% static "a.js" %}" defer></script>', '<p class="style" data-on="x">']
)
def test_markup_by_reference_passes(markup: str) -> None:
    assert INLINE.search(markup) is None
