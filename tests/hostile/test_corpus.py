"""The corpus is whole: every entry of RELIABILITY.md §5a to §5d, at least 120 cases, each told once."""

from collections import Counter

from tests.hostile.cases import Case
from tests.hostile.files import FILES
from tests.hostile.rows import ROWS, RowCase
from tests.hostile.structures import STRUCTURES
from tests.hostile.values import VALUES, Value

#: Entries that are no file: they are shown where they happen.
ELSEWHERE = {"F20": "tests/hostile/test_rows.py"}
CASES: list[Case | Value | RowCase] = [*FILES, *STRUCTURES, *VALUES, *ROWS]


def test_every_entry_is_there() -> None:
    entries = {
        f"{letter}{number}"
        for letter, last in (("F", 22), ("P", 20), ("V", 25), ("X", 14))
        for number in range(1, last + 1)
    }
    assert entries - {case.entry for case in CASES} == set(ELSEWHERE)


def test_there_are_enough_of_them_and_no_two_are_one() -> None:
    assert len(CASES) >= 120
    assert [what for what, count in Counter(str(case) for case in CASES).items() if count > 1] == []
    contents = Counter((case.column, case.value) for case in VALUES)
    assert [value for value, count in contents.items() if count > 1] == []
