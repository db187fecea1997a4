"""Values of bulk files: FORMATS.md §4 and RELIABILITY.md §5c."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web.sheets.problems import ValueRefused
from enrolhub.web.sheets.values import (
    read_choice,
    read_identifier,
    read_moment,
    read_text,
    read_timestamp,
    read_year,
    read_yes_no,
)


def refusal(reader: Callable[[str], object], value: str) -> str:
    with pytest.raises(ValueRefused) as raised:
        reader(value)
    problem = raised.value.problem
    assert problem.reason
    assert problem.remedy
    return problem.cause.code


@pytest.mark.parametrize("value", ["u1", "00123456", "prenom.nom@exemple.fr", "O'Brien", "a+b_c-d", "-1", "2.19E+07"])
def test_an_identifier_is_taken_as_it_is(value: str) -> None:
    assert read_identifier(value) == value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "missing_value"),
        (" ", "missing_value"),
        (" u1", "outer_blank"),
        ("u1\u00a0", "outer_blank"),
        ("u\u200b1", "bad_identifier"),
        ("\u0430bc", "bad_identifier"),
        ("２２６", "bad_identifier"),
        ("٢٢٦", "bad_identifier"),
        ("é", "bad_identifier"),
        ("O’Brien", "bad_identifier"),
        ("u1\u202e", "bad_identifier"),
        ("u 1", "bad_identifier"),
        ("u1;u2", "bad_identifier"),
        ("*)(uid=*", "bad_identifier"),
        ("../u1", "bad_identifier"),
        ("u" * 101, "too_long"),
    ],
)
def test_an_identifier_that_is_not_plain_is_refused(value: str, code: str) -> None:
    assert refusal(read_identifier, value) == code


def test_a_choice_is_read_whatever_its_case_and_accents() -> None:
    choices = {"desinscrire": "remove"}
    assert [read_choice(value, choices) for value in ("Désinscrire", " DESINSCRIRE ", "")] == ["remove", "remove", ""]
    assert refusal(lambda value: read_choice(value, choices), "retirer") == "unknown_choice"


def test_yes_and_no() -> None:
    assert [read_yes_no(value) for value in ("oui", "NON", "yes", "no", "")] == [True, False, True, False, None]
    assert refusal(read_yes_no, "1") == "unknown_choice"


def test_a_text_is_one_visible_line() -> None:
    assert read_text(" L’été\u00a0! ", 20) == "L’été\u00a0!"
    assert refusal(lambda value: read_text(value, 3), "abcd") == "too_long"
    assert [refusal(lambda value: read_text(value, 20), f"a{hidden}b") for hidden in "\u202e\x07\u2028"] == [
        "invisible"
    ] * 3


def test_a_year_has_four_digits() -> None:
    assert (read_year("2026"), read_year("")) == ("2026", "")
    assert [refusal(read_year, value) for value in ("26", "2026-2027", "２０２６", "0001")] == ["bad_year"] * 4


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-09-01", datetime(2026, 8, 31, 22, tzinfo=UTC)),
        ("01/09/2026", datetime(2026, 8, 31, 22, tzinfo=UTC)),
        ("01/12/2026 08:30", datetime(2026, 12, 1, 7, 30, tzinfo=UTC)),
        (" 2026-12-01 08:30 ", datetime(2026, 12, 1, 7, 30, tzinfo=UTC)),
        ("2026-03-29 01:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29 03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("29/02/2028", datetime(2028, 2, 28, 23, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_in_paris(value: str, moment: datetime | None) -> None:
    assert read_moment(value) == moment


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("31/02/2026", "no_such_day"),
        ("29/02/2026", "no_such_day"),
        ("2026-09-01 24:00", "no_such_day"),
        ("00/00/0000", "no_such_day"),
        ("01/02/03", "bad_date"),
        ("2026-9-1", "bad_date"),
        ("1er septembre", "bad_date"),
        ("2026-09-01 8h30", "bad_date"),
        ("２０２６-09-01", "bad_date"),
        ("2026-09-01+02:00", "bad_date"),
        ("46266", "mangled_date"),
        ("1790000000000", "mangled_date"),
        ("0001-01-01", "far_year"),
        ("9999-12-31", "far_year"),
        ("2026-03-29 02:30", "skipped_hour"),
        ("2026-10-25 02:30", "doubled_hour"),
    ],
)
def test_a_date_that_is_none_is_refused(value: str, code: str) -> None:
    assert refusal(read_moment, value) == code


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-20T02:10:00+01:00", datetime(2026, 11, 20, 1, 10, tzinfo=UTC)),
        ("2026-11-20T02:10:05Z", datetime(2026, 11, 20, 2, 10, 5, tzinfo=UTC)),
        ("2026-11-20T02:10:05", datetime(2026, 11, 20, 1, 10, 5, tzinfo=UTC)),
        ("2026-11-20 02:10", datetime(2026, 11, 20, 1, 10, tzinfo=UTC)),
    ],
)
def test_an_iso_date_time_without_an_offset_is_in_paris(value: str, moment: datetime) -> None:
    assert read_timestamp(value) == moment


@given(st.text())
def test_any_text_in_a_value_or_a_reason_out(value: str) -> None:
    for reader in (read_identifier, read_moment, read_timestamp, read_year, read_yes_no):
        try:
            reader(value)
        except ValueRefused as refused:
            if not (refused.problem.reason and refused.problem.remedy):
                pytest.fail("refused without a word")
