"""What a night does with an extract that is partial, refused, old, or that has rows which cannot be believed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cohorts.models import ExtractFile, Person, Snapshot, StagedPerson, StagedUnitRegistration
from courses.models import Course
from enrolhub.sync.models import Run
from tests.dumps import facts
from tests.registers import (
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
from tests.worlds import once

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


def filled(registers: Registers) -> Course:
    found = course("INF101-26", "INF101")
    registers.group("10", 1, 2, code="TD1")
    registers.night()
    return found


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course that a first night has filled."""
    return once(filled, registers)


def problems(run: Run) -> list[tuple[str, str]]:
    findings = run.findings.filter(code="extract_problem")
    return [(case["code"], case["file"]) for finding in findings for case in finding.cases]


def test_a_partial_extract_adds_and_never_removes(registers: Registers, space: Course) -> None:
    registers.leave(1)
    registers.close_account(2)
    registers.remove("annuaire", supannAliasLogin="e3")
    registers.student(30)
    registers.write()
    (registers.folder / "elements.csv").unlink()
    run = registers.read()
    assert (run.state, figures(run)) == ("source_partial", {"arrivals": 1, "unchanged": 12, "finding_count": 3})
    assert problems(run) == [("file_missing", "elements.csv")]
    everyone = sorted([*CROWD, "e30"])
    assert (enrolled(space), members("2026-L1INF")) == (everyone, everyone)
    assert [(p.relation, p.withheld) for p in run.phases.filter(withheld__gt=0)] == [
        ("people", 1),
        ("cohort_members", 2),
        ("database", 2),
        ("group_members.database", 1),
    ]
    registers.night()
    assert enrolled(space) == sorted(set(everyone) - {"e1", "e2", "e3"})


def test_a_partial_extract_is_not_what_shrinking_is_measured_by(registers: Registers, space: Course) -> None:
    """Half of the directory is missing two nights in a row: the second night believes it no more than the first."""
    for number in range(100, 160):
        registers.student(number)
    registers.night()
    del registers.lists["annuaire"][20:]
    first, second = registers.night(), registers.night()
    assert problems(first) == problems(second) == [("list_shrank", "annuaire.csv")]
    assert (first.departures, second.departures, len(enrolled(space))) == (0, 0, 72)


def test_a_refused_extract_changes_nothing(registers: Registers, space: Course) -> None:
    before, staged = facts(), StagedPerson.objects.count()
    in_force = Snapshot.objects.get(accepted=True)
    registers.leave(1)
    registers.student(30)
    registers.write()
    path = registers.folder / f"{PEDAGOGICAL}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("tem_prc_ice", "autre"), encoding="utf-8")
    run = registers.read()
    assert (run.state, run.message, run.message_params) == (
        "refused",
        "column_missing",
        {"file": path.name, "line": 1, "column": "tem_prc_ice", "params": {}},
    )
    assert (facts(), StagedPerson.objects.count()) == (before, staged)
    assert list(Snapshot.objects.filter(accepted=True)) == [in_force]
    refused = Snapshot.objects.get(accepted=False)
    assert (refused.verdict, [p["code"] for p in refused.problems]) == ("refused", ["column_missing"])
    assert registers.night().state == "applied"


def test_an_older_extract_is_refused_and_one_of_the_same_time_is_not(registers: Registers, space: Course) -> None:
    assert registers.night().state == "applied"
    registers.extracted_at -= timedelta(seconds=1)
    registers.leave(1)
    run = registers.night()
    assert (run.state, run.message, enrolled(space)) == ("refused", "older_than_in_force", CROWD)


@pytest.mark.parametrize(
    ("hours", "state", "found"),
    [(25, "applied", []), (27, "applied", [("old", "")]), (37, "source_partial", [("stale", "")])],
)
def test_an_extract_grows_old(registers: Registers, hours: int, state: str, found: list[tuple[str, str]]) -> None:
    registers.extracted_at = timezone.now() - timedelta(hours=hours)
    run = registers.night()
    assert (run.state, problems(run)) == (state, found)


def test_an_extract_from_the_future_is_told(registers: Registers) -> None:
    registers.extracted_at = timezone.now() + timedelta(hours=2)
    run = registers.night()
    assert (run.state, problems(run)) == ("applied", [("from_the_future", "manifest.json")])


def test_rows_that_cannot_be_used_protect_whom_they_name(registers: Registers, space: Course) -> None:
    """The rows of e1 to e4 are damaged in four lists: they stay where they are; e5, who really leaves, goes."""
    registers.change("annuaire", {"supannAliasLogin": "e1"}, supannEmpId="é")
    registers.change("inscriptions_administratives", {"cod_etu": student_number(2)}, cod_etp="L1 INF")
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(3)}, cod_anu="26")
    registers.change("affectations_groupes", {"cod_etu": student_number(1)}, cod_gpe="1 0")
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(4)}, cod_elp="")
    registers.leave(5)
    run = registers.night()
    rest = [name for name in CROWD if name != "e5"]
    assert (run.state, enrolled(space), members("2026-L1INF")) == ("applied", rest, rest)
    assert grouped(space) == [("TD1", "e1", "database"), ("TD1", "e2", "database")]
    finding = run.findings.get(code="rows_rejected")
    assert finding.count == 5
    assert {(case["list"], case["line"], case["column"], case["reason"]) for case in finding.cases} == {
        ("annuaire", 2, "supannEmpId", "bad_code"),
        ("inscriptions_administratives", 3, "cod_etp", "bad_code"),
        (PEDAGOGICAL, 4, "cod_anu", "bad_year"),
        (PEDAGOGICAL, 5, "cod_elp", "empty"),
        ("affectations_groupes", 2, "cod_gpe", "bad_code"),
    }


def test_contradictory_entries_protect_what_exists(registers: Registers, space: Course) -> None:
    """Two people under e1, two holders of e2's number; their registrations are gone, and still they stay."""
    registers.person("e1", number=student_number(1), sn="Autre", state="I")
    registers.person("double", number=student_number(2))
    registers.leave(1, 2, 3)
    run = registers.night()
    assert enrolled(space) == [name for name in CROWD if name != "e3"]
    assert Person.objects.get(username="e1").last_name == "Nom e1"
    assert not Person.objects.filter(username="double").exists()
    assert run.findings.get(code="rows_rejected").count == 4


def test_an_unchanged_file_is_landed_once(registers: Registers, space: Course) -> None:
    landed = dict(ExtractFile.objects.values_list("list_name", "landed_at"))
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(1)}, dat_mod_ice="2026-11-17")
    registers.night()
    again = ExtractFile.objects.filter(landed_at__in=landed.values())
    assert sorted(again.values_list("list_name", flat=True)) == sorted(landed)
    assert ExtractFile.objects.count() == len(landed) + 1


@pytest.mark.slow
def test_only_the_last_two_accepted_snapshots_keep_their_rows(registers: Registers, space: Course) -> None:
    """Each night another first registration; the second list of three nights ago is gone, what is unchanged stays."""
    for night in range(3):
        registers.change(PEDAGOGICAL, {"cod_etu": student_number(1)}, dat_mod_ice=f"2026-11-1{night}")
        registers.night()
    dates = StagedUnitRegistration.objects.filter(student_number=student_number(1)).values_list("changed_on", flat=True)
    assert sorted(dates) == ["2026-11-11", "2026-11-12"]
    assert StagedPerson.objects.count() == 12
    files = ExtractFile.objects.filter(list_name=PEDAGOGICAL).order_by("pk")
    assert [file.landed_at is not None for file in files] == [False, False, True, True]
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(1)}, dat_mod_ice="")
    assert registers.night().unchanged == 12


def test_a_list_that_never_had_rows_may_stay_empty(registers: Registers) -> None:
    """No pedagogical registration, no group: a university fed by cohorts only is told so once, and reconciled."""
    registers.lists[PEDAGOGICAL].clear()
    run = registers.night()
    assert (run.state, problems(run)) == ("source_partial", [("year_without_rows", f"{PEDAGOGICAL}.csv")])
    assert members("2026-L1INF") == CROWD


def test_freshness_is_marked_by_complete_nights_only(registers: Registers, space: Course) -> None:
    first = method_of(space).refreshed_at
    assert first is not None
    (registers.write() / "groupes.csv").unlink()
    registers.read()
    assert method_of(space).refreshed_at == first
    registers.night()
    later = method_of(space).refreshed_at
    assert later is not None
    assert later > first


def test_a_name_that_folds_to_more_than_a_key_takes_stops_nobody(registers: Registers) -> None:
    registers.person("odd", number="00000099", sn="\ufdfa" * 60, givenName="\U00020000" * 200)
    assert registers.night().state == "applied"
    person = Person.objects.get(username="odd")
    assert (person.last_name, len(person.last_name_key)) == ("\ufdfa" * 60, 300)


def test_a_group_that_is_not_listed_leaves_its_students_where_they_are(registers: Registers, space: Course) -> None:
    """A last line cut short names another group; whoever is assigned to it may have stayed where they were."""
    registers.group("20", 3, code="TD2")
    registers.change("affectations_groupes", {"cod_etu": student_number(1)}, cod_gpe="1")
    registers.change("affectations_groupes", {"cod_etu": student_number(2)}, cod_gpe="20")
    run = registers.night()
    assert run.state == "applied"
    assert grouped(space) == [(code, name, "database") for code, name in (("TD1", "e1"), ("TD2", "e2"), ("TD2", "e3"))]
