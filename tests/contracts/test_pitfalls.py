"""The pitfalls of APOGÉE and of the directory, each under its name, on the sources that know it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from cohorts.models import (
    Person,
    StagedProgramme,
    StagedRegistration,
    StagedRejection,
    StagedUnitRegistration,
)
from cohorts.sources.apogee_queries import QUERIES, Question
from cohorts.sources.apogee_sql import cell
from cohorts.sources.apogee_tables import ApogeeTables
from courses.models import Course
from courses.night import request_night
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from tests.contracts.places import ApogeePlace, FolderPlace, land, tell
from tests.registers import Registers, course, enrolled, members, student_number
from tests.servers.apogee import Apogee

pytestmark = pytest.mark.django_db
KIND = "apogee_sql"
ONE, TWO, TWENTY = student_number(1), student_number(2), student_number(20)


@pytest.fixture
def space() -> Course:
    return course("INF101-26", "INF101")


@pytest.fixture
def tables(apogee_place: ApogeePlace, folder_place: FolderPlace, settings: Settings) -> Apogee:
    """APOGÉE by SQL beside the directory's list in the folder, both filled with the university."""
    folder_place.write()
    apogee_place.write()
    return apogee_place.apogee


def night() -> Run:
    run = request_night()
    assert run is not None
    return attempt_run(run)


def counted(unit: str) -> set[str]:
    """Students with a row on an element that is to be followed, whatever covers it."""
    rows = StagedUnitRegistration.objects.filter(unit_code=unit, followed="N")
    return set(rows.values_list("student_number", flat=True))


CROWD = [f"e{number}" for number in range(1, 7)]
CONTRACT = "INSERT INTO ind_contrat_elp VALUES ('2026', %s, %s, 1, %s, 'LSE1', %s, NULL)"
STATE = "UPDATE ins_adm_etp SET {} WHERE cod_ind = %s"


def test_01_cancelled_registrations_stay_with_their_elements_and_do_not_count(tables: Apogee, space: Course) -> None:
    for number, state in enumerate(["eta_iae = 'A'", "eta_iae = 'R'", "eta_pmt_iae = 'A'"], 1):
        tables.execute(STATE.format(state), tables.person(student_number(number)))
    night()
    assert {student_number(number) for number in (1, 2, 3)} <= counted("INF101")
    assert enrolled(space) == CROWD[3:]
    assert StagedRegistration.objects.filter(student_number=ONE).count() == 2


@pytest.mark.slow
def test_02_deleted_elements_leave_no_trace_but_their_absence(tables: Apogee, space: Course) -> None:
    night()
    tables.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", tables.person(ONE))
    run = night()
    assert (run.departures, enrolled(space)) == (1, CROWD[1:])


def test_03_leaving_one_programme_keeps_what_another_one_justifies(tables: Apogee, space: Course) -> None:
    """Student 1 takes INF101 on L1INF and on L2INF as well, then leaves L1INF."""
    person = tables.person(ONE)
    tables.execute(CONTRACT, person, "L2INF", "INF101", "N")
    night()
    tables.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s AND cod_etp = 'L1INF'", person)
    tables.execute("DELETE FROM ins_adm_etp WHERE cod_ind = %s AND cod_etp = 'L1INF'", person)
    assert night().departures == 0
    assert enrolled(space) == CROWD
    assert (members("2026-L1INF"), members("2026-L2INF")) == (CROWD[1:], ["e1"])


def test_04_registrations_of_other_years_of_repeaters_are_not_read(tables: Apogee) -> None:
    tables.insert("ins_adm_etp", [("2025", tables.person(ONE), "L1INF", 1, 1, "E", "P", "O", "CGE", "")])
    land(KIND)
    assert set(StagedRegistration.objects.values_list("academic_year", flat=True)) == {"2026"}


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "expected"), [(True, [*CROWD, "e20"]), (False, CROWD)])
def test_05_debts_and_anticipations_have_no_registration_of_their_own(
    tables: Apogee, settings: Settings, space: Course, setting: bool, expected: list[str]
) -> None:
    """Student 20 is on L2INF, and owes INF101 of L1INF."""
    person = tables.person(TWENTY)
    tables.execute("DELETE FROM ins_adm_etp WHERE cod_ind = %s", person)
    tables.insert("ins_adm_etp", [("2026", person, "L2INF", 1, 1, "E", "P", "O", "CGE", "")])
    tables.execute(CONTRACT, person, "L1INF", "INF101", "N")
    tables.execute("INSERT INTO ins_pedagogi_etp VALUES ('2026', %s, 'L1INF', 1, 'D')", person)
    settings.APOGEE_OTHER_YEARS_UNITS = setting
    night()
    assert enrolled(space) == sorted(expected)


@pytest.mark.slow
def test_05_a_cancelled_programme_is_no_debt(tables: Apogee, space: Course) -> None:
    """Student 1 is on L2INF as well; what was taken on L1INF ends with L1INF."""
    tables.execute(STATE.format("eta_iae = 'A'") + " AND cod_etp = 'L1INF'", tables.person(ONE))
    night()
    assert enrolled(space) == CROWD[1:]


def test_06_elements_kept_from_an_earlier_year_are_not_followed(tables: Apogee, space: Course) -> None:
    tables.execute("UPDATE ind_contrat_elp SET tem_prc_ice = 'O' WHERE cod_ind = %s", tables.person(ONE))
    night()
    assert enrolled(space) == CROWD[1:]


@pytest.mark.parametrize(("setting", "expected"), [(False, CROWD[1:]), (True, CROWD)])
def test_06_exempted_elements_are_not_followed_unless_a_university_says_so(
    tables: Apogee, settings: Settings, space: Course, setting: bool, expected: list[str]
) -> None:
    tables.insert("ind_dispense_elp", [("2026", tables.person(ONE), "L1INF", 1, "INF101")])
    settings.APOGEE_EXEMPTED_UNITS = setting
    night()
    assert enrolled(space) == expected


def test_07_registrations_on_a_parent_reach_a_space_only_where_its_link_says_so(tables: Apogee) -> None:
    """The university registers on UE1; the spaces are those of its part EC1."""
    columns = "elp_regroupe_elp (cod_elp_pere, cod_elp_fils)"
    tables.insert("element_pedagogi", [(code, code, "S1", "SCI") for code in ("UE1", "EC1")])
    tables.insert(columns, [("UE1", "EC1"), ("EC1", "UE1")])
    tables.execute(CONTRACT, tables.person(ONE), "L1INF", "UE1", "N")
    exact, lenient = course("EC1-26", "EC1"), course("EC1-26-UE", "EC1..")
    night()
    assert (enrolled(exact), enrolled(lenient)) == ([], ["e1"])


def test_08_students_of_a_carried_element_belong_to_the_carriers_space(tables: Apogee) -> None:
    tables.insert("element_pedagogi", [("MUT1", "Mutualisé", "S1", "SCI")])
    tables.insert("elp_porteur_porte", [("2026", "MUT1", "INF101")])
    shared = course("MUT1-26", "MUT1")
    night()
    assert enrolled(shared) == CROWD


def test_09_a_registration_without_any_element_makes_a_cohort_and_no_finding(tables: Apogee, space: Course) -> None:
    tables.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", tables.person(ONE))
    run = night()
    assert members("2026-L1INF") == CROWD
    assert not run.findings.filter(code__contains="registration").exists()


def test_10_persons_without_a_number_are_left_out_and_doubles_are_one_student(tables: Apogee, space: Course) -> None:
    tables.insert("individu", [(1, "", "Sans numéro"), (2, int(ONE), "Doublon")])
    tables.insert("ins_adm_etp", [("2026", person, "L1INF", 1, 1, "E", "P", "O", "CGE", "") for person in (1, 2)])
    tables.execute(CONTRACT, 1, "L1INF", "INF101", "N")
    tables.execute(CONTRACT, 2, "L1INF", "INF101", "N")
    run = night()
    assert (run.state, enrolled(space)) == ("applied", CROWD)
    assert set(StagedRegistration.objects.values_list("student_number", flat=True)) >= {ONE}


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (Decimal("22604117"), "22604117"), (241.0, "241"), (None, ""), ("DRT2AA ", "DRT2AA"), (1.5, "1.5")],
)
def test_11_numbers_texts_and_padding_become_the_same_text(value: object, text: str) -> None:
    assert cell(value) == text


def test_11_numbers_that_lost_their_zeros_are_the_directorys_numbers(tables: Apogee, space: Course) -> None:
    """APOGÉE knows the student 1, the directory 00000001."""
    night()
    assert StagedRegistration.objects.filter(student_number=ONE, version_code="1").exists()
    assert enrolled(space) == CROWD


def test_12_padded_codes_in_lower_case_are_the_same_codes(registers: Registers, space: Course) -> None:
    for row in registers.lists["inscriptions_pedagogiques"]:
        row.update(cod_elp=f"{row['cod_elp'].lower()}  ", cod_etp=f" {row['cod_etp'].lower()}")
    registers.night()
    assert enrolled(space) == CROWD


def test_12_a_code_with_a_blank_inside_is_refused_and_protects(tables: Apogee, space: Course) -> None:
    night()
    tables.execute("UPDATE ind_contrat_elp SET cod_elp = 'INF 101' WHERE cod_ind = %s", tables.person(ONE))
    assert (night().departures, enrolled(space)) == (0, CROWD)
    assert set(StagedRejection.objects.values_list("reason", "protects")) == {("bad_code", ONE)}


def test_13_values_are_bound_and_no_list_of_them_is_long() -> None:
    """Oracle takes a thousand values in a list: ours are the academic years and the states of payment."""
    question = Question(ApogeeTables(), ["2026", "2027"], ["P", "A"])
    for name, query_of in QUERIES.items():
        compiled = query_of(question).compile()
        assert "2026" not in str(compiled), name
        lists = [value for value in compiled.params.values() if isinstance(value, list)]
        assert all(len(value) <= 2 for value in lists), name


def test_13_dates_lose_their_time_and_empty_texts_are_null(tables: Apogee) -> None:
    person = tables.person(ONE)
    tables.execute(STATE.format("dat_mod_iae = '2026-10-02 14:03:59'") + " AND cod_etp = 'L1INF'", person)
    tables.execute("UPDATE composante SET lib_cmp = NULL")
    land(KIND)
    row = StagedRegistration.objects.get(student_number=ONE, programme_code="L1INF")
    assert row.changed_on == "2026-10-02"
    assert set(StagedProgramme.objects.values_list("component_label", flat=True)) == {""}


def test_14_letters_that_were_damaged_long_ago_are_told_not_mended(tables: Apogee, registers: Registers) -> None:
    registers.change("annuaire", {"supannAliasLogin": "e1"}, sn="Lef\ufffdvre", givenName="Andr¿")
    registers.write()
    run = night()
    finding = run.findings.get(code="damaged_text")
    assert (finding.count, finding.cases[0]["username"]) == (1, "e1")
    assert Person.objects.get(username="e1").last_name == "Lef\ufffdvre"


def test_15_in_summer_two_years_are_open_and_none_empties_the_other(tables: Apogee, space: Course) -> None:
    night()
    tables.execute("INSERT INTO annee_uni VALUES ('2027', 'I', '2027/2028')")
    tables.insert("ins_adm_etp", [("2027", tables.person(ONE), "L2INF", 1, 1, "E", "P", "O", "CGE", "")])
    run = night()
    assert (run.departures, enrolled(space), members("2027-L2INF")) == (0, CROWD, ["e1"])


def test_15_a_closed_year_is_frozen(tables: Apogee, settings: Settings, space: Course) -> None:
    night()
    tables.execute("UPDATE annee_uni SET eta_anu_iae = 'F' WHERE cod_anu = '2026'")
    tables.execute("INSERT INTO annee_uni VALUES ('2027', 'O', '2027/2028')")
    tables.insert("ins_adm_etp", [("2027", tables.person(ONE), "L2INF", 1, 1, "E", "P", "O", "CGE", "")])
    run = night()
    assert (run.departures, enrolled(space), members("2026-L1INF")) == (0, CROWD, CROWD)


def test_16_students_of_outside_schools_without_an_account_are_reported(tables: Apogee, space: Course) -> None:
    tables.execute("UPDATE composante SET cod_tpc = 'EXT'")
    tables.insert("ins_adm_etp", [("2026", tables.person(student_number(99)), "L1INF", 1, 1, "E", "P", "O", "CGE", "")])
    run = night()
    assert run.findings.get(code="unknown_students").cases == [{"student_number": student_number(99)}]
    assert members("2026-L1INF") == CROWD


def test_17_the_component_is_not_the_management_centre(tables: Apogee) -> None:
    tables.execute("UPDATE ins_adm_etp SET cod_cge = 'ZZZ'")
    land(KIND)
    assert set(StagedProgramme.objects.values_list("component", flat=True)) == {"SCI"}


@pytest.mark.slow
def test_18_labels_change_every_night_and_codes_stay_the_keys(tables: Apogee, space: Course) -> None:
    night()
    tables.execute("UPDATE version_etape SET lib_web_vet = 'Licence 1 Informatique' WHERE cod_etp = 'L1INF'")
    run = night()
    assert (run.arrivals, run.departures, enrolled(space), members("2026-L1INF")) == (0, 0, CROWD, CROWD)


def test_19_codes_that_hold_their_version_are_codes_like_others(registers: Registers) -> None:
    """Pégase's « CODE-VERSION »: its connector would be one more source; the lists and all above stay the same."""
    for name in ("etapes", "inscriptions_administratives", "inscriptions_pedagogiques"):
        for row in registers.lists[name]:
            row["cod_etp"] = f"{row['cod_etp']}-V2"
    registers.night()
    assert members("2026-L1INF-V2") == CROWD


def test_20_a_copy_that_was_not_refreshed_removes_nobody(tables: Apogee, settings: Settings, space: Course) -> None:
    stale = (timezone.now() - timedelta(hours=48)).isoformat()
    tables.execute("CREATE TABLE fraicheur (rafraichi_le TIMESTAMPTZ)")
    tables.execute("INSERT INTO fraicheur VALUES (%s)", stale)
    tell(settings, {"APOGEE_REFRESHED_AT": f"{tables.schema}.fraicheur.rafraichi_le"})
    night()
    tables.execute("DELETE FROM ind_contrat_elp WHERE cod_ind = %s", tables.person(ONE))
    run = night()
    assert (run.state, run.departures, enrolled(space)) == ("source_partial", 0, CROWD)
