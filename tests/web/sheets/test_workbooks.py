"""Workbooks are read as they were written: XLSX and ODS by the writers of our exports, another reader looking over the shoulder."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from enrolhub.web.exports import WRITERS, Export
from enrolhub.web.sheets import cells
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.reading import Sheet, read_sheet, recognise
from enrolhub.web.sheets.recognition import Column, Reading
from enrolhub.web.sheets.serial_dates import is_date_format, read_serial

COLUMNS = (Column("course", "cours", "course"), Column("person", "identifiant", "person", required=True))
HEADER = ("cours", "identifiant")
since = datetime.fromisoformat  # clock times without a zone, as workbooks have them
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_"), max_size=12)


def workbook(kind: str, rows: Sequence[Sequence[str]]) -> bytes:
    file = io.BytesIO()
    WRITERS[kind](Export("Feuille", HEADER, rows), file)
    return file.getvalue()


def written(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None], **options: bool) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Inscriptions")
    sheet.write_row(0, 0, HEADER)
    fill(book, sheet)
    book.close()
    return file.getvalue()


def read(data: bytes, kind: str = "xlsx", **reading: object) -> Sheet:
    return read_sheet(data, COLUMNS, f"f.{kind}", Reading(**reading))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@given(rows=st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_every_text_is_read_as_it_was_written(kind: str, rows: list[tuple[str, str]]) -> None:
    sheet = read(workbook(kind, rows), kind)
    expected = [
        (number, *row)
        for number, row in enumerate(rows, 2)
        if any(cell.strip() for cell in row) and [cell.strip().lower() for cell in row] != list(HEADER)
    ]
    found = [tuple(sheet.cells_of(line)) for line in sheet.lines]
    assert [(line, *cells_) for line, cells_ in zip(sheet.lines, found, strict=True)] == [
        (line, *(row if row[1] else row[:1])) for line, *row in expected
    ]
    assert sheet.line_count == 1 + sheet.row_count + sheet.blank_count


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_another_reader_reads_the_same(kind: str) -> None:
    rows = [("SMTU101", "00123456"), ("", "d'Été"), ("a  b", "=1+1"), ("x\ny", "<b>")]
    data = workbook(kind, rows)
    other = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    sheet = read(data, kind)
    assert [sheet.cells_of(line) for line in sheet.lines] == other[1:] == [list(row) for row in rows]


def test_numbers_dates_and_the_rest_are_told_apart() -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for row, (value, form) in enumerate(
            [(22600001, None), (since("2026-11-20T14:05"), day), (date(2026, 11, 20), day), (True, None)], 1
        ):
            sheet.write(row, 1, value, form)
        sheet.write_formula(5, 1, "=1+1", None, 2)
        sheet.write_formula(6, 1, "=NA()", None, "#N/A")
        sheet.write_number(7, 1, 1e21)

    found = [row["person"] for row in read(written(fill)).rows]
    expected = ["22600001", "2026-11-20 14:05", "2026-11-20", "TRUE", "2", "#N/A", "1e+21"]
    assert [cell.lower() for cell in found] == [cell.lower() for cell in expected]
    kinds = [cells.NumberCell, cells.DateCell, cells.DateCell, cells.TruthCell]
    assert [type(cell) for cell in found] == [*kinds, cells.FormulaCell, cells.FormulaCell, cells.NumberCell]


def test_lines_are_those_of_the_spreadsheet_and_blank_rows_behind_the_last_do_not_count() -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        grey = book.add_format({"bg_color": "gray"})
        sheet.write(3, 1, "u1")
        sheet.set_row(3, None, None, {"hidden": True})
        for row in range(4, 40):
            sheet.write_blank(row, 0, None, grey)
        book.add_worksheet("Notes")

    sheet = read(written(fill))
    assert [(row.line, row["person"]) for row in sheet.rows] == [(4, "u1")]
    assert (sheet.line_count, sheet.blank_count) == (4, 2)
    assert [remark.problem.cause.code for remark in sheet.remarks] == ["other_sheets", "hidden_rows"]


@given(st.datetimes(since("1905-01-01"), since("2199-01-01")), st.booleans())
def test_a_serial_date_is_the_date_that_was_written(moment: datetime, since_1904: bool) -> None:
    moment = moment.replace(microsecond=0)
    base = since("1904-01-01") if since_1904 else since("1899-12-30")
    serial = (moment - base) / timedelta(days=1)
    assert datetime.fromisoformat(read_serial(repr(serial), since_1904=since_1904)) == moment


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("dd/mm/yyyy", True),
        ("[$-40C]d mmmm yyyy", True),
        ("General", False),
        ("0.00", False),
        ('"day "0', False),
        ("[Red]0", False),
        ("00000000", False),
        ("\\d0", False),
    ],
)
def test_a_format_shows_a_date_by_its_letters(code: str, is_date: bool) -> None:
    assert is_date_format(code) is is_date


def test_what_is_recognised_can_be_corrected() -> None:
    data = "Où|x;Qui\nC1;u1\n".encode("mac-roman")
    seen = recognise(data, COLUMNS, "f.csv", Reading(encoding="Mac OS Roman"))
    assert (seen.header, seen.missing, seen.sample) == (["Où|x", "Qui"], ["identifiant"], [["C1", "u1"]])
    assert seen.reading == Reading("Mac OS Roman", ";", ("", ""))
    sheet = read(data, "csv", encoding="Mac OS Roman", columns=("course", "person"))
    assert [(row["course"], row["person"]) for row in sheet.rows] == [("C1", "u1")]
    assert sheet.reading == Reading("Mac OS Roman", ";", ("course", "person"))
    assert read(data, "csv", **{name: getattr(sheet.reading, name) for name in Reading.__slots__}).rows == sheet.rows


@pytest.mark.parametrize(
    "wish",
    [
        {"encoding": "EBCDIC"},
        {"separator": "|"},
        {"columns": ("person",)},
        {"columns": ("person", "person")},
        {"columns": ("person", "password")},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(FileRefused) as refused:
        read(b"cours;identifiant\nC1;u1\n", "csv", **wish)
    assert refused.value.problem.cause.code in ("wrong_reading", "column_twice")
