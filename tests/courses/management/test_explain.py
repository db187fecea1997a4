"""`explain` as an operator uses it: exit codes, the answer as text and as JSON, what it says of the unknown."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from courses.models import Course
from tests.factories import PersonFactory
from tests.registers import Registers, course
from tests.worlds import once

pytestmark = pytest.mark.django_db


@pytest.fixture
def explain(capsys: pytest.CaptureFixture[str]) -> Any:
    """`explain(course, person, *options)`: exit code, output, messages."""

    def run(*words: str) -> tuple[int, str, str]:
        code, complaint = 0, ""
        try:
            with translation.override("en"):
                call_command("explain", *words)
        except SystemExit as error:
            code = int(error.code or 0)
        except CommandError as error:
            code, complaint = error.returncode, str(error)
        output = capsys.readouterr()
        return code, output.out, output.err + complaint

    return run


def filled(registers: Registers) -> Course:
    space = course("A", "INF101")
    registers.person("e20", number="00000020")
    registers.register(20)
    registers.register(21)
    registers.night()
    return space


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course that a night has filled; student 20 is registered on its étape, not on its element."""
    return once(filled, registers)


def test_exit_codes(explain: Any, space: Course) -> None:
    assert explain("A", "e1")[0] == 0
    assert explain("A", "e20")[0] == 3
    assert explain("B", "e1")[0] == 2
    assert explain("A", "nobody")[0] == 2


@pytest.mark.parametrize("identifier", ["e1", "00000001", "e1@exemple.fr", "E1@exemple.fr", " e1 "])
def test_a_person_by_any_identifier(explain: Any, space: Course, identifier: str) -> None:
    assert explain("A", identifier)[0] == 0


def test_a_username_comes_before_a_number(explain: Any, space: Course) -> None:
    PersonFactory(username="00000001", student_number="99999999", email="other@exemple.fr")
    code, output, _ = explain("A", "00000001")
    assert code == 3
    assert "(00000001)" in output


def test_the_answer_as_json(explain: Any, space: Course) -> None:
    code, output, _ = explain("A", "e20", "--format", "json")
    told = json.loads(output)
    assert code == 3
    assert (told["course"], told["person"], told["enrolled"]) == ("A", "e20", False)
    conclusion = told["conclusion"]
    assert (conclusion["link"], conclusion["code"]) == ("pedagogical", "unit_registration_missing")
    assert conclusion["mender"] == "registrar"
    assert conclusion["params"]["units"] == ["INF101"]
    assert told["broken"]["rows"] == [
        {
            "file": "inscriptions_pedagogiques.csv",
            "line": None,
            "about": "INF101",
            "label": "Algorithmique 1",
            "counts": False,
            "finding": "no_row",
            "on": None,
        }
    ]
    assert [way["method"]["kind"] for way in told["ways"]] == ["database", "manual"]
    assert told["registers"]["verdict"] == "complete"
    assert told["registers"]["run"] is not None


def test_the_answer_as_text(explain: Any, space: Course) -> None:
    _, output, _ = explain("A", "e20")
    lines = output.splitlines()
    assert lines[0] == "Nom e20 Camille (e20) · Cours A (A)"
    assert lines[1] == "Not in this course: no pedagogical registration on INF101."
    assert "the registrar’s office (scolarité) of UFR Sciences" in lines[2]
    assert any("inscriptions_administratives.csv:14" in line for line in lines)
    _, output, _ = explain("A", "e1")
    assert "inscriptions_pedagogiques.csv:2" in output
    assert output.splitlines()[1].startswith("In this course: enrolled")


def test_a_student_without_an_account_is_told_apart(explain: Any, space: Course) -> None:
    code, output, message = explain("A", "21")
    assert (code, output) == (2, "")
    assert "inscriptions_administratives.csv:15" in message
    assert "directory service" in message


@pytest.mark.parametrize("identifier", ["", " ", "\x00", "a" * 300, "é", "\ud800", "%", "1e3", "١٢٣٤٥٦٧٨"])
def test_what_names_nobody_is_said(explain: Any, space: Course, identifier: str) -> None:
    code, output, message = explain("A", identifier)
    assert (code, output) == (2, "")
    assert message


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_chain(explain: Any, space: Course, registers: Registers) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            explain("A", "e1")
        return len(captured)

    few = queries()
    for _ in range(3):
        registers.leave(1)
        registers.night()
        registers.register(1)
        registers.follow(1)
        registers.night()
    assert queries() == few
