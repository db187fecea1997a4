"""docs/licences.md tells of every dependency that an installation runs, with the licence that it says it has itself."""

import hashlib
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
INSTALLED_EXTRAS = ("embedded", "apogee", "cas")
#: How a licence is recognised in what packages write, the more particular one first.
FAMILIES = {
    "AGPL": r"AGPL|Affero General Public",
    "LGPL": r"LGPL|Lesser General Public",
    "GPL": r"\bGPL|General Public",
    "Apache": r"Apache",
    "BSD": r"BSD",
    "MIT": r"\bMIT\b",
    "MPL": r"MPL|Mozilla Public",
    "PSF": r"PSF|Python Software Foundation",
    "UPL": r"UPL",
}


def rows_below(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading of the page."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


PACKAGES = {row[0]: row[1:] for row in rows_below("Packages")}


def brought_by() -> dict[str, set[str]]:
    """Each package of the lock with those that need it."""
    found: dict[str, set[str]] = {}
    for part in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]:
        comments = re.findall(r"^ +# *(?:via +)?(\S+)", part.replace("# via\n", "#\n"), flags=re.MULTILINE)
        found.setdefault(part.partition("==")[0], set()).update(comments)
    return found


def asked_for() -> dict[str, str]:
    """What pyproject.toml asks for: each package with its range."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in INSTALLED_EXTRAS for each in project["optional-dependencies"][extra]]
    parts = [
        re.split(r"(?:\[[^]]*\])?(?=[=<>~])", each.partition(";")[0].strip(), maxsplit=1)
        for each in [*project["dependencies"], *extras]
    ]
    return {name.lower(): wanted for name, wanted in parts}


def families_in(text: str) -> set[str]:
    """The kinds of licence that a text names; the text of one names the others within it no more."""
    found = set()
    for family, pattern in FAMILIES.items():
        text, count = re.subn(pattern, " ", text, flags=re.IGNORECASE)
        found |= {family} if count else set()
    return found


def told_by(package: metadata.PackageMetadata) -> str:
    """What the package says of its licence: the expression, or else the name in its old field and its classifiers."""
    if expressions := package.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [each for each in package.get_all("Classifier") or () if each.startswith("License")]
    return " | ".join([*"".join(package.get_all("License") or ()).splitlines()[:1], *classifiers])


def test_every_package_of_the_lock_is_listed_and_no_other() -> None:
    assert list(PACKAGES) == sorted(brought_by())


def test_each_has_the_range_that_is_asked_for_or_what_brings_it() -> None:
    wanted = asked_for()
    told = {
        name: f"`{wanted[name]}`" if name in wanted else f"with {', '.join(sorted(whom))}"
        for name, whom in brought_by().items()
    }
    assert {name: cells[0] for name, cells in PACKAGES.items()} == told


def test_each_has_the_licence_that_the_package_says() -> None:
    found = list(metadata.distributions())
    told = {re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(): told_by(each.metadata) for each in found}
    listed = {name: cells[1] for name, cells in PACKAGES.items() if name in told}
    wrong = {
        name: (licence, told[name])
        for name, licence in listed.items()
        if not families_in(licence) <= families_in(told[name])
    }
    assert (wrong, len(listed) > 40) == ({}, True)


def test_each_licence_is_accepted() -> None:
    accepted = {name.strip() for row in rows_below("Accepted licences") for name in row[0].split(",")}
    used = {name for cells in PACKAGES.values() for name in re.split(r" OR | AND ", cells[1])}
    used |= {row[2] for row in rows_below("Files taken into the repository or served to browsers")}
    assert used == accepted


def test_files_of_others_are_those_that_are_listed() -> None:
    rows = {
        row[0].strip("`"): row[3].strip("`")
        for row in rows_below("Files taken into the repository or served to browsers")
    }
    sums = {name: digest for name, digest in rows.items() if re.fullmatch(r"[0-9a-f]{64}", digest)}
    found = {name: finders.find(name.removeprefix("static/")) for name in sums}
    assert {name: hashlib.sha256(Path(str(path)).read_bytes()).hexdigest() for name, path in found.items()} == sums
    vendored = {path.relative_to(ROOT).as_posix() for path in (ROOT / "static" / "vendor").rglob("*.*")}
    assert vendored == {name for name in sums if name.startswith("static/vendor/")}


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("GNU Affero General Public License v3", {"AGPL"}),
        ("LGPL v3 | GNU Lesser General Public License v3 (LGPLv3)", {"LGPL"}),
        ("GPL-3.0-only", {"GPL"}),
        ("Apache-2.0 OR BSD-3-Clause", {"Apache", "BSD"}),
        ("Commons Clause", set()),
    ],
)
def test_licences_are_recognised(text: str, families: set[str]) -> None:
    assert families_in(text) == families
