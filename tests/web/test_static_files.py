"""What is vendored is what its authors published; every icon that is named exists."""

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
NAMED_IN_TEMPLATES = re.compile(
    r"""\{% icon "([^"]+)" %\}|icon_name="([^"]+)"|\{% state "\w+" (?:"[^"]*"|\S+) "([^"]+)" %\}"""
)
NAMED_IN_CODE = re.compile(r"""\bicon(?:_name)?["']?\s*[=:(]\s*["']([a-z0-9-]+)["']""")


def symbols() -> list[str]:
    root = ElementTree.parse(STATIC / "icons.svg").getroot()  # noqa: S314  # our own text
    return [node.attrib["id"] for node in root if node.tag.endswith("symbol")]


def icons_named() -> dict[str, str]:
    """Each icon that a template or the code names, with the file that names it."""
    root = Path(settings.BASE_DIR)
    sources = [(path, NAMED_IN_TEMPLATES) for path in (root / "templates").rglob("*.html")]
    sources += [
        (path, NAMED_IN_CODE) for folder in ("enrolhub", "cohorts", "courses") for path in (root / folder).rglob("*.py")
    ]
    return {
        name: path.relative_to(root).as_posix()
        for path, pattern in sources
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
        for name in match.groups()
        if name
    }


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    assert {name: file for name, file in icons_named().items() if name not in symbols()} == {}


def test_icons_are_looked_for_in_earnest() -> None:
    assert {"box-arrow-in-right", "chevron-left", "plus-lg", "hourglass-split"} <= icons_named().keys()


def test_symbols_are_once_each_and_in_order() -> None:
    names = [name for name in symbols() if name != "brand"]
    assert names == sorted(set(names))


def test_bootstrap_is_as_published() -> None:
    folder = STATIC / "vendor" / "bootstrap"
    lines = [line.split() for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()]
    listed = {name: digest for digest, name in lines}
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in listed} == listed
