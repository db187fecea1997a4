"""The rules of FORMATS §3, each on a night of its own: who is enrolled in a course that registrations feed, and who leaves."""

import pytest
from pytest_django import Settings

from cohorts.models import Cohort, Person
from courses.models import Course, Enrolment
from enrolhub.sync.models import Change, Run
from tests.factories import PersonFactory, role
from tests.registers import (
    ADMINISTRATIVE,
    PEDAGOGICAL,
    Registers,
    course,
    enrolled,
    figures,
    grouped,
    logins,
    members,
    method_of,
    student_number,
)

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


@pytest.fixture
def space() -> Course:
    """The course that INF101 feeds."""
    return course("INF101-26", "INF101")


def reasons(run: Run, relation: str) -> list[tuple[str, str]]:
    """Who departs in this relation, and why."""
    rows = Change.objects.filter(scope__phase__run=run, scope__phase__relation=relation, action="D")
    return sorted(rows.values_list("person", "reason"))


def test_who_follows_the_element_is_enrolled_as_a_student(registers: Registers, space: Course) -> None:
    run = registers.night()
    assert (run.state, figures(run)) == ("applied", {"arrivals": 12})
    assert enrolled(space) == CROWD
    rows = set(Enrolment.objects.values_list("role__short_name", "starts_at", "ends_at", "created_run"))
    assert rows == {("student", None, None, run.pk)}


def test_an_unchanged_night_changes_nothing(registers: Registers, space: Course) -> None:
    registers.night()
    again = registers.night()
    assert (again.state, figures(again)) == ("applied", {"unchanged": 12})
    assert not Change.objects.filter(scope__phase__run=again).exists()


#: What the register says of one student, and whether it counts.
CASES: list[tuple[dict[str, str], dict[str, str], bool]] = [
    ({}, {}, True),
    ({"eta_iae": "A"}, {}, False),
    ({"eta_iae": ""}, {}, False),
    ({"eta_iae": "e"}, {}, True),
    ({"eta_pmt_iae": "N"}, {}, False),
    ({"eta_pmt_iae": ""}, {}, False),
    ({}, {"tem_prc_ice": "O"}, False),
    ({}, {"tem_prc_ice": ""}, False),
    ({}, {"tem_prc_ice": "n"}, True),
    ({"cod_vrs_vet": "2"}, {}, False),
    ({"cod_vrs_vet": "001"}, {"cod_vrs_vet": "1"}, True),
    ({"cod_vrs_vet": "1"}, {"cod_vrs_vet": "01"}, True),
    ({"cod_etp": "L2INF"}, {}, False),
    ({"cod_etp": "l1inf"}, {}, True),
    ({}, {"cod_etp": " L1INF "}, True),
    ({}, {"cod_elp": "inf101"}, True),
    ({}, {"cod_elp": "INF201"}, False),
    ({"cod_anu": "2025"}, {}, False),
    ({"cod_anu": "2025"}, {"cod_anu": "2025"}, False),
    ({"cod_etu": "47"}, {"cod_etu": "00000047"}, True),
    ({"cod_etu": "00000048"}, {"cod_etu": " 48"}, True),
]


def test_what_counts(registers: Registers, space: Course) -> None:
    for number, (administrative, pedagogical, _) in enumerate(CASES, 28):
        registers.student(number)
        where = {"cod_etu": student_number(number)}
        registers.change(ADMINISTRATIVE, where, **administrative)
        registers.change(PEDAGOGICAL, where, **pedagogical)
    registers.night()
    counting = [number for number, (_, _, counts) in enumerate(CASES, 28) if counts]
    assert enrolled(space) == logins([*range(1, 13), *counting])


def test_the_payment_states_are_a_setting(registers: Registers, space: Course, settings: Settings) -> None:
    settings.APOGEE_PAYMENT_STATES = ["P", "D"]
    for number, state in ((30, "D"), (31, "N")):
        registers.student(number)
        registers.change(ADMINISTRATIVE, {"cod_etu": student_number(number)}, eta_pmt_iae=state)
    registers.night()
    assert enrolled(space) == sorted([*CROWD, "e30"])
    assert members("2026-L1INF") == sorted([*CROWD, "e30"])


def test_a_double_registration_enrols_once_and_one_of_the_two_is_enough(registers: Registers, space: Course) -> None:
    registers.register(1, programme="L2INF")
    registers.follow(1, programme="L2INF")
    registers.night()
    registers.remove(ADMINISTRATIVE, cod_etu=student_number(1), cod_etp="L1INF")
    run = registers.night()
    assert (enrolled(space), figures(run)) == (CROWD, {"unchanged": 12})
    assert (members("2026-L1INF"), members("2026-L2INF")) == (logins(range(2, 13)), ["e1"])


def test_identifiers_may_have_lost_their_zeros_and_repeated_cells_take_the_first(
    registers: Registers, space: Course
) -> None:
    registers.person("zeros", number="123")
    registers.person("repeated", number="00000124|00000999", mail="a@exemple.fr|b@exemple.fr")
    for number in (123, 124):
        registers.register(number)
        registers.follow(number)
    registers.night()
    assert enrolled(space) == sorted([*CROWD, "repeated", "zeros"])
    rows = Person.objects.filter(username__in=["zeros", "repeated"]).order_by("username")
    assert list(rows.values_list("student_number", "email")) == [
        ("00000124", "a@exemple.fr"),
        ("00000123", "zeros@exemple.fr"),
    ]


def test_logins_and_mail_keep_their_case(registers: Registers) -> None:
    registers.person("Elan", mail="Prenom.NOM@Exemple.FR", supannEmpId="ab12")
    registers.night()
    row = Person.objects.filter(username="Elan").values_list("email", "staff_number", "id_number").get()
    assert row == ("Prenom.NOM@Exemple.FR", "AB12", "AB12")


def test_every_entry_of_the_directory_becomes_a_person(registers: Registers) -> None:
    registers.person("staff", number="", supannEmpId="1234", eduPersonAffiliation="employee|Teacher")
    registers.person("closed", state="I")
    registers.person("locked", state="S")
    registers.person("silent", state="")
    registers.night()
    rows = Person.objects.exclude(username__in=CROWD).order_by("username")
    assert list(rows.values_list("username", "account_state", "affiliations")) == [
        ("closed", "inactive", ""),
        ("locked", "suspended", ""),
        ("silent", "active", ""),
        ("staff", "active", "employee|teacher"),
    ]


def test_a_person_s_entry_is_followed(registers: Registers) -> None:
    registers.night()
    registers.change("annuaire", {"supannAliasLogin": "e1"}, sn="DUPONT-ÉPÉE", mail="e1@autre.fr")
    registers.night()
    row = Person.objects.filter(username="e1").values_list("last_name", "last_name_key", "email", "email_key").get()
    assert row == ("DUPONT-ÉPÉE", "dupont-epee", "e1@autre.fr", "e1@autre.fr")


def test_a_student_without_an_entry_is_reported_and_not_created(registers: Registers, space: Course) -> None:
    registers.register(77)
    registers.follow(77)
    run = registers.night()
    assert enrolled(space) == CROWD
    assert not Person.objects.filter(student_number=student_number(77)).exists()
    finding = run.findings.get(code="unknown_students")
    assert (finding.count, finding.cases) == (1, [{"student_number": "00000077"}])


def test_accounts_that_end_leave_cohort_and_course_the_same_night(registers: Registers, space: Course) -> None:
    registers.night()
    registers.close_account(3)
    registers.remove("annuaire", supannAliasLogin="e4")
    run = registers.night()
    rest = [name for name in CROWD if name not in ("e3", "e4")]
    assert (enrolled(space), members("2026-L1INF")) == (rest, rest)
    assert Person.objects.filter(username__in=["e3", "e4"], account_state="inactive").count() == 2
    expected = [("e3", "account_closed"), ("e4", "account_missing")]
    assert (reasons(run, "database"), reasons(run, "cohort_members")) == (expected, expected)


@pytest.mark.slow
def test_an_account_that_comes_back_is_enrolled_again(registers: Registers, space: Course) -> None:
    registers.night()
    entry = registers.find("annuaire", supannAliasLogin="e3")[0]
    registers.remove("annuaire", supannAliasLogin="e3")
    registers.night()
    registers.lists["annuaire"].append(entry)
    run = registers.night()
    assert (enrolled(space), members("2026-L1INF"), figures(run)) == (CROWD, CROWD, {"arrivals": 1, "unchanged": 11})


def test_a_locked_account_keeps_its_place(registers: Registers, space: Course) -> None:
    registers.night()
    registers.change("annuaire", {"supannAliasLogin": "e3"}, supannRessourceEtat="{COMPTE}S")
    assert figures(registers.night()) == {"unchanged": 12}


def test_who_leaves_the_diploma_leaves_cohort_and_course_the_same_night(registers: Registers, space: Course) -> None:
    registers.night()
    registers.change(ADMINISTRATIVE, {"cod_etu": student_number(4)}, eta_iae="A")
    registers.change(ADMINISTRATIVE, {"cod_etu": student_number(5)}, eta_pmt_iae="N")
    registers.remove(ADMINISTRATIVE, cod_etu=student_number(6))
    run = registers.night()
    rest = [name for name in CROWD if name not in ("e4", "e5", "e6")]
    assert (enrolled(space), members("2026-L1INF")) == (rest, rest)
    expected = [("e4", "registration_cancelled"), ("e5", "registration_unpaid"), ("e6", "registration_missing")]
    assert (reasons(run, "database"), reasons(run, "cohort_members")) == (expected, expected)


def test_who_drops_the_element_leaves_the_course_and_stays_in_the_cohort(registers: Registers, space: Course) -> None:
    registers.night()
    registers.remove(PEDAGOGICAL, cod_etu=student_number(5))
    run = registers.night()
    assert (enrolled(space), members("2026-L1INF")) == ([name for name in CROWD if name != "e5"], CROWD)
    assert reasons(run, "database") == [("e5", "unit_registration_missing")]


def test_a_course_of_several_elements_keeps_whoever_follows_one(registers: Registers) -> None:
    both = course("ALGO-26", "INF101", "INF201")
    registers.follow(1, "INF201")
    registers.student(30, programme="L2INF", unit="INF201")
    registers.night()
    registers.remove(PEDAGOGICAL, cod_etu=student_number(1), cod_elp="INF101")
    registers.night()
    assert enrolled(both) == sorted([*CROWD, "e30"])


def test_a_link_may_admit_one_programme_or_one_version_only(registers: Registers) -> None:
    first, second = course("A-26", "INF101"), course("B-26", "INF101")
    first.units.update(programme_code="L1INF")
    second.units.update(programme_code="L1INF", version_code="2")
    registers.student(30, programme="L2INF")
    registers.person("e31", number=student_number(31))
    registers.register(31, cod_vrs_vet="2")
    registers.follow(31, cod_vrs_vet="002")
    registers.night()
    assert (enrolled(first), enrolled(second)) == (sorted([*CROWD, "e31"]), ["e31"])


def test_a_link_may_admit_one_group_only(registers: Registers) -> None:
    space = course("TD1-26", "INF101")
    space.units.update(group_code="TD1")
    registers.group("10", 1, 2, code="TD1")
    registers.group("11", 3, 4, code="TD2")
    registers.night()
    assert enrolled(space) == ["e1", "e2"]
    assert grouped(space) == [("TD1", "e1", "database"), ("TD1", "e2", "database")]


def test_a_registration_feeds_courses_of_its_own_year_only(registers: Registers) -> None:
    now, before, undated = (
        course("NOW", "INF101"),
        course("OLD", "INF101", academic_year="2025"),
        course("ANY", "INF101"),
    )
    Course.objects.filter(pk=undated.pk).update(academic_year="")
    registers.years = ["2025", "2026"]
    registers.register(1, year="2025")
    registers.follow(1, year="2025")
    run = registers.night()
    assert (enrolled(now), enrolled(before), enrolled(undated)) == (CROWD, ["e1"], [])
    finding = run.findings.get(code="courses_without_year")
    assert finding.cases == [{"course": "ANY"}]


def test_a_closed_year_is_frozen_never_emptied(registers: Registers, space: Course) -> None:
    """The register no longer speaks of 2026: nothing of 2026 moves, whatever else it says."""
    registers.night()
    registers.years = ["2027"]
    for name in (ADMINISTRATIVE, PEDAGOGICAL, "annees"):
        for row in registers.lists[name]:
            row["cod_anu"] = "2027"
    registers.close_account(1)
    run = registers.night()
    assert (enrolled(space), members("2026-L1INF")) == (CROWD, CROWD)
    assert (run.state, run.departures, members("2027-L1INF")) == ("applied", 0, [n for n in CROWD if n != "e1"])


def test_a_row_changed_behind_the_engine_s_back_is_mended_by_the_next_unchanged_night(
    registers: Registers, space: Course
) -> None:
    registers.group("10", 1, 2, code="TD1")
    registers.night()
    kept = grouped(space)
    rows = Enrolment.objects.filter(method__course=space)
    rows.filter(person__username="e1").delete()
    rows.filter(person__username="e2").update(suspended_by="sync")
    rows.filter(person__username="e3").update(role=role("teacher"))
    Enrolment.objects.create(
        method=method_of(space), person=PersonFactory(username="intruder"), role=method_of(space).role
    )
    space.groups.get(code="TD1").members.filter(person__username="e2").delete()
    Cohort.objects.get(code="2026-L1INF").members.filter(person__username="e7").delete()
    Person.objects.filter(username="e8").update(last_name="Pirate")
    run = registers.night()
    assert (enrolled(space), grouped(space), members("2026-L1INF")) == (CROWD, kept, CROWD)
    assert Person.objects.get(username="e8").last_name == "Nom e8"
    assert figures(run) == {"arrivals": 1, "departures": 1, "alterations": 2, "unchanged": 9}
    assert set(rows.values_list("role__short_name", flat=True)) == {"student"}


@pytest.mark.slow
def test_a_disabled_method_admits_nobody_new_and_still_follows_departures(registers: Registers, space: Course) -> None:
    registers.night()
    space.methods.update(enabled=False)
    registers.student(30)
    registers.leave(1)
    registers.night()
    assert enrolled(space) == [name for name in CROWD if name != "e1"]


def test_someone_removed_by_hand_does_not_come_back(registers: Registers, space: Course) -> None:
    registers.night()
    method = method_of(space)
    method.exclusions.create(person=Person.objects.get(username="e1"))
    run = registers.night()
    assert (enrolled(space), reasons(run, "database")) == ([n for n in CROWD if n != "e1"], [("e1", "excluded")])
    assert figures(registers.night()) == {"unchanged": 11}
    method.exclusions.all().delete()
    registers.night()
    assert enrolled(space) == CROWD


def test_a_source_row_is_kept_with_each_arrival(registers: Registers, space: Course) -> None:
    run = registers.night()
    changes = Change.objects.filter(scope__phase__run=run, person="e3").order_by("scope__phase__position")
    assert list(changes.values_list("scope__phase__relation", "scope__code", "source")) == [
        ("people", "annuaire", "annuaire.csv:4"),
        ("cohort_members", "2026-L1INF", "inscriptions_administratives.csv:4"),
        ("database", "INF101-26", "inscriptions_pedagogiques.csv:4"),
    ]


def test_an_element_unknown_to_the_register_is_told(registers: Registers) -> None:
    course("X-26", "NOPE1")
    finding = registers.night().findings.get(code="unknown_units")
    assert (finding.count, finding.cases) == (1, [{"unit": "NOPE1"}])
