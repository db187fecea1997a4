"""Which cells a spreadsheet would run, and how they are made text and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web.formulas import as_text, without_mark

# What a spreadsheet runs, and what it might run behind blanks that it drops.
IS_RUN = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\tx"),
    *("＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1", "\u200b=1", "\ufeff-1"),
]
HARMLESS = ["a=1", "22-600", "é@etu.fr", "", " ", "'", "1", "TD 1 = TD 2", "’+", "#1", "Ab\n=1"]


@pytest.mark.parametrize("cell", IS_RUN)
def test_what_a_spreadsheet_runs_is_made_text(cell: str) -> None:
    assert as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_no_spreadsheet_runs_stays(cell: str) -> None:
    assert as_text(cell) == without_mark(cell) == cell


@given(st.text() | st.builds("{}{}".format, st.sampled_from(IS_RUN), st.text()))
def test_the_mark_goes_when_the_cell_is_read_again(cell: str) -> None:
    assert without_mark(as_text(cell)) == without_mark(cell)
    assert as_text(cell) == cell or without_mark(as_text(cell)) == cell
