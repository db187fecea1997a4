"""What is under version control works anywhere: no package registry's address, no path of one machine."""

import re

import pytest

from tests.house.tree import ROOT, name_of, tracked_files

# A path below the home of root, or a checkout given to an installer by its place, works on one machine only.
ADDRESS = re.compile(
    r"py[p]i\.org|pythonhosted\.[o]rg|registry\.n[p]m|(?:^|[\s=:'\"])(?:file://)?/(?:work|root|opt/wheels|opt/packages)/"
    r"|--(?:extra-)?index-url[ =]|--find-links[ =]",
    re.MULTILINE,
)
OWN_PATTERNS = ROOT / "tests" / "house" / "test_addresses.py"


def text_of(content: bytes) -> str:
    """The text of a file; nothing for a picture or another binary file."""
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    found = [
        f"{name_of(path)}: {match.group().strip()}"
        for path in tracked_files()
        if path != OWN_PATTERNS
        for match in ADDRESS.finditer(text_of(path.read_bytes()))
    ]
    assert found == []


@pytest.mark.parametrize("text", ["--index-url https://example.org/simple", "cd /" + "root/x", "--find-links /srv"])
def test_an_address_is_seen(text: str) -> None:
    assert ADDRESS.search(text)


@pytest.mark.parametrize(
    "text", ["https://example.org/work/", "uv pip compile --no-emit-index-url", "/usr/lib/postgresql"]
)
def test_other_text_passes(text: str) -> None:
    assert ADDRESS.search(text) is None
