"""The documents that make promises name tests and files that exist; the table of ASVS is whole."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from courses.imports.kinds import KINDS
from enrolhub.web.folding import fold
from tests.house.tree import ROOT

DOCS = ROOT / "docs"
#: Documents whose tests and files are looked for: `folder/test_module` « words of the test's name », « of another one ».
SHOWN = ("asvs", "audit", "faults", "hostile_web", "licences", "operations", "privacy", "sign_in", "threats")
TEST = re.compile(r"`((?:\w+/)+test_\w+)`((?:(?:,| and)? ?«[^»]+»)*)")
WORDS = re.compile(r"«\s*([^»]+?)\s*»")
FILE = re.compile(r"`((?:[.\w-]+/)+(?:[\w-]+\.\w+)?)`")
LINK = re.compile(r"\]\(((?!https?:|#)[^)#]+)(?:#[^)]*)?\)")

#: The levels of the requirements of ASVS 5.0.0, section by section: 1.1 has 1.1.1 and 1.1.2, both of level 2.
LEVELS = """
1.1 22, 1.2 1111122223, 1.3 112222222223, 1.4 222, 1.5 123, 2.1 122, 2.2 112, 2.3 12223, 2.4 23, 3.1 3, 3.2 113, 3.3 12223,
3.4 11222233, 3.5 11122333, 3.6 3, 3.7 22333, 4.1 12233, 4.2 23333, 4.3 22, 4.4 1222, 5.1 2, 5.2 112333, 5.3 113, 5.4 222,
6.1 122, 6.2 111111112222, 6.3 11223333, 6.4 112233, 6.5 22222333, 6.6 2223, 6.7 33, 6.8 2222, 7.1 222, 7.2 1111, 7.3 22,
7.4 11222, 7.5 223, 7.6 22, 8.1 1233, 8.2 1123, 8.3 133, 8.4 23, 9.1 111, 9.2 1222, 10.1 22, 10.2 223, 10.3 22223,
10.4 1111122222233333, 10.5 22222, 10.6 22, 10.7 222, 11.1 2233, 11.2 22233, 11.3 11233, 11.4 1222, 11.5 23, 11.6 23, 11.7 33,
12.1 12233, 12.2 11, 12.3 22223, 13.1 2333, 13.2 222223, 13.3 2233, 13.4 1222233, 14.1 22, 14.2 12223333, 14.3 122,
15.1 12233, 15.2 12233, 15.3 1222222, 15.4 3333, 16.1 2, 16.2 22222, 16.3 2222, 16.4 222, 16.5 2223, 17.1 23, 17.2 22223333, 17.3 22
"""
REQUIREMENTS = {
    f"{section}.{number}": int(level)
    for section, levels in (part.split() for part in LEVELS.replace("\n", " ").split(","))
    for number, level in enumerate(levels, start=1)
}
#: Requirements of the third level that this product makes its own: approval by two, formulas, rights that end at once …
CHOSEN = {"1.2.10", "2.3.5", "5.2.4", "5.2.5", "5.3.3", "6.3.8", "7.5.3", "8.3.2", "8.3.3", "15.4.2", "16.5.4"}
STATUSES = ("met", "partly", "not", "n.a.")


def text_of(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def plain(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(words))


@cache
def names_in(module: str) -> tuple[str, ...]:
    """The names of the tests of a module, without what is no letter; none if there is no such module."""
    path = ROOT / "tests" / f"{module}.py"
    found = re.findall(r"^ *def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE) if path.is_file() else []
    return tuple(plain(name) for name in found)


def missing_in(text: str) -> Iterator[str]:
    """What a text names that is not there."""
    for module, words in TEST.findall(text):
        if not names_in(module):
            yield module
        for said in WORDS.findall(words):
            if not any(plain(said) in name for name in names_in(module)):
                yield f"{module} « {said} »"
    yield from (path for path in FILE.findall(text) if not (ROOT / path).exists())
    yield from (link for link in LINK.findall(text) if not (DOCS / link).exists())


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCS.glob("*.md")))
def test_a_document_names_tests_and_files_that_exist(name: str) -> None:
    text = text_of(name)
    missing = missing_in(text) if name in SHOWN else (link for link in LINK.findall(text) if not (DOCS / link).exists())
    assert list(missing) == []


def rows_of(text: str) -> list[list[str]]:
    """The cells of every row of every table, but for the heads and rules."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return [
        row
        for index, row in enumerate(rows)
        if not row[0].startswith("---") and not (rows[index + 1 : index + 2] or [[""]])[0][0].startswith("---")
    ]


def asvs_rows() -> list[list[str]]:
    return [row for row in rows_of(text_of("asvs")) if re.fullmatch(r"\d+(\.\d+){0,2}", row[0])]


def test_the_standard_is_the_one_of_release_5_0_0() -> None:
    assert Counter(REQUIREMENTS.values()) == {1: 70, 2: 183, 3: 92}


def told() -> dict[str, str]:
    """Each requirement of the table with its status; a chapter or section stands for its requirements of the levels 1 and 2."""
    found: list[tuple[str, str]] = []
    for number, level, _asked, status, _how in asvs_rows():
        numbers = (
            [number]
            if number in REQUIREMENTS
            else [each for each, its in REQUIREMENTS.items() if each.startswith(f"{number}.") and its < 3]
        )
        assert level == "".join(sorted({str(REQUIREMENTS[each]) for each in numbers})).replace("12", "1, 2"), number
        found += [(each, status) for each in numbers]
    doubled = [number for number, count in Counter(number for number, _status in found).items() if count > 1]
    assert doubled == []
    return dict(found)


def test_every_requirement_of_two_levels_is_answered_once() -> None:
    wanted = {number for number, level in REQUIREMENTS.items() if level < 3} | CHOSEN
    answered = told()
    assert sorted(wanted - answered.keys()) == []
    assert {status for status in answered.values() if status not in STATUSES} == set()


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    unshown = [
        number
        for number, _level, _asked, status, how in asvs_rows()
        if status in {"met", "partly"} and not (TEST.search(how) or FILE.search(how) or LINK.search(how))
    ]
    unsaid = [row[0] for row in asvs_rows() if row[3] == "partly" and "Gap:" not in row[4]]
    unsaid += [row[0] for row in asvs_rows() if row[3] in {"not", "n.a."} and len(row[4]) < 7]
    assert (unshown, unsaid) == ([], [])


def test_what_is_missing_is_said_at_the_top() -> None:
    section = text_of("asvs").partition("## What is missing\n")[2].partition("\n## ")[0]
    gaps = sorted(number for number, status in told().items() if status in {"partly", "not"})
    assert sorted(re.findall(r"\b\d+\.\d+\.\d+\b", section)) == gaps


def test_the_sums_are_those_of_the_table() -> None:
    answered = told()
    counted = {
        str(level): [
            str(sum(status == each and REQUIREMENTS[number] == level for number, status in answered.items()))
            for each in STATUSES
        ]
        for level in (1, 2, 3)
    }
    said = {row[0].removeprefix("Level "): row[1:] for row in rows_of(text_of("asvs")) if row[0].startswith("Level ")}
    assert said == counted


@pytest.mark.parametrize(
    "text",
    [
        "`house/test_nowhere`",
        "`house/test_documents` « a document names », « a test that nobody wrote »",
        "`docs/nowhere.md`",
        "[decision](decisions/0000-nothing.md)",
    ],
)
def test_what_is_not_there_is_seen(text: str) -> None:
    assert len(list(missing_in(text))) == 1


def test_a_threat_is_answered_and_shown() -> None:
    rows = [row for row in rows_of(text_of("threats")) if re.fullmatch(r"T\d+", row[0])]
    numbers = [int(row[0][1:]) for row in rows]
    assert numbers == list(range(1, len(rows) + 1))
    assert [row[0] for row in rows if not (TEST.search(row[-1]) or "Not shown" in row[-1])] == []


def test_each_hostile_request_is_sent_by_a_test() -> None:
    rows = [row for row in rows_of(text_of("hostile_web")) if re.fullmatch(r"W\d+", row[0])]
    assert [row[0] for row in rows] == [f"W{number}" for number in range(1, 26)]
    assert [row[0] for row in rows if not (TEST.search(row[2]) and row[3])] == []


def test_files_have_the_columns_that_are_told() -> None:
    section = text_of("files").partition("## What a column may hold\n")[2].partition("\n## ")[0]
    told_columns = {row[0]: row[1] for row in rows_of(section) if row[0] in KINDS}
    columns = {
        kind.name: ", ".join(f"**{column.french}**" if column.required else column.french for column in kind.columns)
        for kind in KINDS.values()
    }
    assert told_columns == columns


def test_every_document_is_found_from_the_readme() -> None:
    """Or from another document that is."""
    found: set[str] = set()
    waiting = {"../README"}
    while waiting:
        text = (DOCS / f"{waiting.pop()}.md").read_text(encoding="utf-8")
        linked = {Path(link).stem for link in LINK.findall(text) if link.endswith(".md") and "decisions" not in link}
        waiting |= linked - found - {"CHANGELOG", "README"}
        found |= linked
    assert sorted(path.stem for path in DOCS.glob("*.md") if path.stem not in found) == []
