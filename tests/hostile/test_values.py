"""Every value of the corpus gets its answer: a rejection with column, value, reason and remedy; or it is taken as it stands."""

import csv
import io

import pytest
from django.utils import translation

from courses.bulk import courses_file
from courses.bulk.enrolments_file import columns_for, readers_for
from enrolhub.web.formulas import IS_RUN
from enrolhub.web.sheets.intake import read_entries
from enrolhub.web.sheets.problems import Problem
from enrolhub.web.sheets.reading import Sheet, read_sheet
from enrolhub.web.sheets.rejects import write_rejected
from enrolhub.web.sheets.values import MISSING
from tests.hostile.test_files import ROLES
from tests.hostile.values import VALUES, Value

GOOD = {"course": "C1", "person": "u1", "code": "C1", "title": "Droit"}


def read(case: Value) -> tuple[Sheet, list[object]]:
    """A file of one row in which only this value may be wrong, and what the column's cells became."""
    columns = courses_file.COLUMNS if case.is_of_course else columns_for(None)
    readers = courses_file.READERS if case.is_of_course else readers_for(ROLES)
    cells = {**{column.name: "" for column in columns}, **GOOD, case.column: case.value}
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerow(column.french for column in columns)
    writer.writerow(cells[column.name] for column in columns)
    sheet = read_sheet(file.getvalue().encode(), columns, "f.csv")
    return sheet, [entry[case.column] for entry in read_entries(sheet, readers)]


@pytest.mark.parametrize("case", VALUES, ids=str)
def test_the_value_gets_its_answer(case: Value) -> None:
    sheet, values = read(case)
    if case.answer == "taken" or case.answer.startswith("~"):
        assert not sheet.rejections
        assert len(values) == 1
        assert ["~" + remark.problem.cause.code for remark in sheet.remarks] == [case.answer] * (case.answer != "taken")
        return
    (rejection,) = sheet.rejections
    assert (rejection.line, rejection.column, rejection.value) == (2, sheet.heading(case.column), case.value)
    assert rejection.problem.cause.code == case.answer
    assert values == []
    with translation.override("en"):
        assert str(rejection).startswith(f"Line 2, column “{sheet.heading(case.column)}”, value “")
        assert rejection.problem.reason
        assert rejection.problem.remedy


@pytest.mark.parametrize("case", [case for case in VALUES if case.answer == "taken"], ids=str)
def test_what_is_taken_is_taken_to_the_letter(case: Value) -> None:
    _sheet, (value,) = read(case)
    assert value in (case.value, "remove")


@pytest.mark.parametrize("case", VALUES, ids=str)
def test_no_value_comes_back_as_a_formula(case: Value) -> None:
    sheet, _values = read(case)
    problem = sheet.rejections[0].problem if sheet.rejections else Problem(MISSING)
    sheet.reject(sheet.rows[0], "", problem)
    file = io.StringIO()
    write_rejected(sheet, file)
    for row in csv.reader(io.StringIO(file.getvalue()), delimiter=";"):
        assert not [cell for cell in row if IS_RUN.match(cell)]
