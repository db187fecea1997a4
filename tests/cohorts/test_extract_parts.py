"""A component's part of a list that shrank keeps an extract from removing anyone; one that was renamed lost nothing."""

from typing import Any

import pytest
from pytest_django import Settings

from cohorts.models import Snapshot
from courses.models import Course
from enrolhub.sync.models import Run
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers, course, enrolled, logins, members, registers
from tests.worlds import once

__all__ = ["registers"]
pytestmark = pytest.mark.django_db
LAW = range(21, 27)


def read_once(registers: Registers) -> None:
    registers.add("etapes", cod_etp="L1DRO", lib_etp="L1 Droit", cod_vrs_vet="1", cod_cmp="DRO", lib_cmp="UFR Droit")
    registers.add("elements", cod_elp="DRO101", lib_elp="Droit civil", cod_pel="S1", cod_cmp="DRO")
    for number in LAW:
        registers.student(number, programme="L1DRO", unit="DRO101")
    registers.group("10", 1, 2, 3)
    registers.group("20", *LAW, unit="DRO101")
    course("INF101-26", "INF101")
    course("DRO101-26", "DRO101")
    registers.night()


@pytest.fixture
def campus(registers: Registers, settings: Settings) -> Registers:
    """Twelve people of the sciences, six of law, each in their course; four rows lost are too many."""
    settings.GUARD_EXTRACT_SHRINK_ROWS = 3
    once(read_once, registers)
    return registers


def parts() -> dict[str, list[Any]]:
    rows = Snapshot.objects.filter(accepted=True).first()
    assert rows is not None
    return {row.file.list_name: row.parts for row in rows.snapshot_files.select_related("file") if row.parts}


def problems(run: Run) -> list[tuple[str, str, str]]:
    findings = run.findings.filter(code="extract_problem")
    found = [(case["code"], case["file"], case["params"]) for finding in findings for case in finding.cases]
    return [(code, file, params.get("component", "")) for code, file, params in found]


def test_rows_are_counted_where_their_etape_or_element_is(campus: Registers) -> None:
    assert parts() == {
        "etapes": [["", "DRO", 1], ["", "SCI", 2]],
        "elements": [["", "DRO", 1], ["", "SCI", 2]],
        ADMINISTRATIVE: [["2026", "DRO", 6], ["2026", "SCI", 12]],
        PEDAGOGICAL: [["2026", "DRO", 6], ["2026", "SCI", 12]],
        "groupes": [["2026", "DRO", 1], ["2026", "SCI", 1]],
        "affectations_groupes": [["2026", "DRO", 6], ["2026", "SCI", 3]],
    }


@pytest.mark.slow
def test_of_several_years_each_is_counted(campus: Registers) -> None:
    campus.years = ["2026", "2027"]
    campus.register(1, programme="L1DRO", year="2027")
    campus.follow(1, "UNKNOWN", year="2027")
    campus.night()
    assert parts()[ADMINISTRATIVE] == [["2026", "DRO", 6], ["2026", "SCI", 12], ["2027", "DRO", 1]]
    assert parts()[PEDAGOGICAL] == [["2026", "DRO", 6], ["2026", "SCI", 12], ["2027", "", 1]]


def test_nobody_leaves_a_component_that_shrank_nor_any_other(campus: Registers) -> None:
    """Four of the six of law are gone from one list, 4 of 18 in all: held against law alone they are too many."""
    campus.leave(1)
    for number in (1, 2, 3, 4):
        campus.student(100 + number)
    for number in LAW[:4]:
        campus.remove(PEDAGOGICAL, cod_etu=f"{number:08}")
    run = campus.night()
    assert (run.state, run.departures) == ("source_partial", 0)
    assert problems(run) == [("component_shrank", f"{PEDAGOGICAL}.csv", "DRO")]
    assert members("2026-L1DRO") == logins(LAW)
    assert "e1" in members("2026-L1INF")
    assert "e104" in members("2026-L1INF")


def test_within_the_limit_they_leave(campus: Registers) -> None:
    """Three rows are no more than three, whatever their share."""
    campus.leave(*LAW[:1])
    for number in (1, 2):
        campus.remove(PEDAGOGICAL, cod_etu=f"{number:08}")
    run = campus.night()
    assert (problems(run), run.departures) == ([], 3)


@pytest.mark.slow
def test_a_list_that_shrank_as_a_whole_is_told_once(campus: Registers) -> None:
    campus.leave(*range(1, 13), *LAW)
    campus.student(50)
    assert problems(campus.night()) == [
        ("list_shrank", f"{ADMINISTRATIVE}.csv", ""),
        ("list_shrank", f"{PEDAGOGICAL}.csv", ""),
    ]


@pytest.mark.slow
def test_a_component_that_was_renamed_lost_nothing(campus: Registers) -> None:
    campus.change("etapes", {"cod_cmp": "DRO"}, cod_cmp="DSP")
    campus.change("elements", {"cod_cmp": "DRO"}, cod_cmp="DSP")
    campus.leave(LAW[0])
    run = campus.night()
    assert (run.state, problems(run)) == ("applied", [])
    assert enrolled(course_of_law()) == logins(LAW[1:])
    assert parts()[PEDAGOGICAL] == [["2026", "DSP", 5], ["2026", "SCI", 12]]


@pytest.mark.slow
def test_etapes_that_vanish_with_their_registrations_are_still_counted_where_they_were(campus: Registers) -> None:
    campus.leave(*LAW)
    campus.remove("etapes", cod_cmp="DRO")
    campus.remove("elements", cod_cmp="DRO")
    for number in range(101, 107):
        campus.student(number)
    run = campus.night()
    assert problems(run) == [
        ("component_shrank", f"{ADMINISTRATIVE}.csv", "DRO"),
        ("component_shrank", f"{PEDAGOGICAL}.csv", "DRO"),
    ]
    assert enrolled(course_of_law()) == logins(LAW)


@pytest.mark.slow
def test_what_was_lost_is_measured_by_the_last_complete_extract_however_long_ago(campus: Registers) -> None:
    for number in (1, 2, 3, 4):
        campus.student(100 + number)
        campus.student(200 + number)
    for number in LAW[:4]:
        campus.remove(PEDAGOGICAL, cod_etu=f"{number:08}")
    for night in range(2):
        campus.change("annees", {"cod_anu": "2026"}, lib_anu=f"Année {night}")
        campus.change(PEDAGOGICAL, {"cod_etu": "00000101"}, dat_mod_ice=f"2026-11-1{night}")
        assert problems(campus.night()) == [("component_shrank", f"{PEDAGOGICAL}.csv", "DRO")]
    campus.change("elements", {"cod_cmp": "DRO"}, cod_cmp="DSP")
    for number in LAW[:4]:
        campus.follow(number, "DRO101", programme="L1DRO")
    assert campus.night().state == "applied"


@pytest.mark.slow
def test_rejected_rows_are_not_lost(campus: Registers) -> None:
    for number in LAW[:4]:
        campus.change(PEDAGOGICAL, {"cod_etu": f"{number:08}"}, cod_anu="26")
    run = campus.night()
    assert (run.state, enrolled(course_of_law())) == ("applied", logins(LAW))


def course_of_law() -> Course:
    return Course.objects.get(code="DRO101-26")
