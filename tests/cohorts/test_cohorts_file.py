"""import_cohorts: FORMATS.md §4."""

import pytest

from cohorts.models import Cohort, CohortMember
from enrolhub.sync.models import Change, Run
from tests.bulk_files import Load
from tests.factories import CohortFactory, CohortMemberFactory, HandCohortFactory, PersonFactory

pytestmark = pytest.mark.django_db


def members(code: str) -> list[str]:
    return sorted(CohortMember.objects.filter(cohort__code=code).values_list("person__username", flat=True))


def test_add_to_an_unknown_code_with_a_name_creates_the_hand_kept_cohort(load: Load) -> None:
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    text = "cohorte;nom;identifiant;operation\nTUTEURS-L2;Tuteurs L2 pharma;u1;ajout\nTUTEURS-L2;;u2;ajout\n"
    assert load("import_cohorts", text).result == (0, {"rows": 2, "accepted": 2, "arrivals": 2})
    assert list(Cohort.objects.values_list("code", "name", "keeper", "name_key")) == [
        ("TUTEURS-L2", "Tuteurs L2 pharma", "hand", "tuteurs l2 pharma")
    ]
    assert members("TUTEURS-L2") == ["u1", "u2"]
    assert load("import_cohorts", text).result == (0, {"rows": 2, "accepted": 2, "unchanged": 2})


def test_the_ledger_names_file_line_and_person(load: Load) -> None:
    HandCohortFactory(code="TUT")
    PersonFactory(username="u1")
    load("import_cohorts", "cohort;person\n\nTUT;u1\n")
    run = Run.objects.get()
    assert (run.kind, run.lane, run.state, run.arrivals) == ("file", "file:cohorts", "applied", 1)
    (change,) = Change.objects.values_list(
        "scope__phase__relation", "scope__code", "action", "person", "before", "after", "source"
    )
    assert change == ("cohort_members.hand", "TUT", "A", "u1", "", "yes", "fichier.csv:3")


def test_add_to_an_unknown_code_without_a_name_is_rejected(load: Load) -> None:
    PersonFactory(username="u1")
    loaded = load("import_cohorts", "cohorte;identifiant;operation\nTUT;u1;ajout\n")
    assert loaded.result == (3, {"rows": 1, "rejected": 1})
    assert "TUT" in loaded.stderr
    assert not Cohort.objects.exists()
    assert not Run.objects.exists()


def test_a_register_kept_cohort_rejects_the_row(load: Load) -> None:
    cohort = CohortFactory(code="2026-ETP1")
    PersonFactory(username="u1")
    loaded = load("import_cohorts", "cohorte;nom;identifiant;operation\n2026-ETP1;;u1;ajout\n")
    assert loaded.result == (3, {"rows": 1, "rejected": 1})
    assert not cohort.members.exists()


def test_remove_takes_out_who_is_in_and_rejects_who_is_not(load: Load) -> None:
    cohort = HandCohortFactory(code="TUT")
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="u1"))
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="u2"))
    PersonFactory(username="u3")
    text = "cohorte;identifiant;operation\nTUT;u1;retrait\nTUT;u3;remove\nTUT;u3;Retrait\n"
    loaded = load("import_cohorts", text)
    assert loaded.result == (3, {"rows": 3, "accepted": 1, "rejected": 2, "departures": 1})
    assert members("TUT") == ["u2"]


def test_a_dry_run_says_what_the_real_run_does_and_changes_nothing(load: Load) -> None:
    CohortMemberFactory(cohort=HandCohortFactory(code="OLD"), person=PersonFactory(username="u1"))
    text = "cohorte;nom;identifiant;operation\nNEW;Nouvelle;u1;ajout\nOLD;;u1;retrait\n"
    rehearsed = load("import_cohorts", text, "--dry-run").result
    assert rehearsed == (0, {"rows": 2, "accepted": 2, "arrivals": 1, "departures": 1})
    assert (members("OLD"), members("NEW"), Cohort.objects.count()) == (["u1"], [], 1)
    assert load("import_cohorts", text).result == rehearsed
    assert (members("OLD"), members("NEW")) == ([], ["u1"])


def test_rows_that_contradict_each_other_are_all_rejected(load: Load) -> None:
    HandCohortFactory(code="TUT")
    PersonFactory(username="u1", student_number="22600001")
    PersonFactory(username="u2")
    text = "cohorte;identifiant;operation\nTUT;u1;ajout\nTUT;22600001;retrait\nTUT;u2;ajout\n"
    loaded = load("import_cohorts", text)
    assert loaded.result == (3, {"rows": 3, "accepted": 1, "rejected": 2, "arrivals": 1})
    assert members("TUT") == ["u2"]


def test_two_names_for_one_new_cohort_are_rejected(load: Load) -> None:
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    text = "cohorte;nom;identifiant;operation\nTUT;Tuteurs;u1;ajout\nTUT;Autres;u2;ajout\n"
    assert load("import_cohorts", text).result == (3, {"rows": 2, "rejected": 2})
    assert not Cohort.objects.exists()


def test_a_name_that_is_not_the_cohort_s_is_rejected(load: Load) -> None:
    HandCohortFactory(code="TUT", name="Tuteurs")
    PersonFactory(username="u1")
    text = "cohorte;nom;identifiant;operation\nTUT;Autre chose;u1;ajout\n"
    assert load("import_cohorts", text).result == (3, {"rows": 1, "rejected": 1})
    assert load("import_cohorts", text.replace("Autre chose", "TUTEURS")).result == (
        0,
        {"rows": 1, "accepted": 1, "arrivals": 1},
    )


def test_more_than_half_of_the_members_may_leave_by_a_file(load: Load) -> None:
    cohort = HandCohortFactory(code="TUT")
    people = PersonFactory.create_batch(60)
    CohortMember.objects.bulk_create(CohortMember(cohort=cohort, person=person) for person in people)
    text = "cohorte;identifiant;operation\n" + "".join(f"TUT;{person.username};retrait\n" for person in people)
    assert load("import_cohorts", text).result == (0, {"rows": 60, "accepted": 60, "departures": 60})


def test_a_refused_file_exits_2_and_writes_nothing(load: Load) -> None:
    loaded = load("import_cohorts", 'cohorte;identifiant\nTUT;"u1\n')
    assert loaded.result == (2, {})
    assert "2" in loaded.stderr
    assert not Run.objects.exists()
