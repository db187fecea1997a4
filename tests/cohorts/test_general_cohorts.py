"""General cohorts appear by themselves: names, versions and semesters by setting, and what no register may take over."""

import pytest
from django.conf import settings

from cohorts.models import Cohort
from tests.factories import CohortMemberFactory, HandCohortFactory, PersonFactory
from tests.registers import PEDAGOGICAL, Registers, logins, members, student_number

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


def cohorts() -> list[tuple[str, str, str, int]]:
    """Code, name, keeper and number of members."""
    found = Cohort.objects.order_by("code")
    return [(cohort.code, cohort.name, cohort.keeper, cohort.members.count()) for cohort in found]


def test_one_cohort_a_programme_and_year_named_by_component_and_programme(registers: Registers) -> None:
    registers.years = ["2025", "2026"]
    registers.register(1, year="2025")
    registers.follow(1, year="2025")
    registers.add("etapes", cod_etp="SEUL", cod_vrs_vet="1", lib_etp="", cod_cmp="", lib_cmp="")
    registers.add("etapes", cod_etp="MED", cod_vrs_vet="2", lib_etp="Médecine", cod_cmp="SAN", lib_cmp="")
    registers.night()
    assert cohorts() == [
        (f"{year}-{code}", name, "register", count.get(year, 0) if code == "L1INF" else 0)
        for year, count in (("2025", {"2025": 1}), ("2026", {"2026": 12}))
        for code, name in (
            ("L1INF", "UFR Sciences: L1 Informatique"),
            ("L2INF", "UFR Sciences: L2 Informatique"),
            ("MED", "SAN: Médecine"),
            ("SEUL", "SEUL"),
        )
    ]


@pytest.mark.slow
def test_labels_are_followed_and_cohorts_never_deleted(registers: Registers) -> None:
    registers.night()
    registers.change("etapes", {"cod_etp": "L1INF"}, lib_etp="Licence 1 d’informatique")
    registers.add("etapes", cod_etp="L1INF", cod_vrs_vet="10", lib_etp="Licence 1 (2026)", cod_cmp="SCI", lib_cmp="UFR")
    registers.add("etapes", cod_etp="L1INF", cod_vrs_vet="9", lib_etp="Licence 1 (2025)", cod_cmp="SCI", lib_cmp="UFR")
    registers.remove("etapes", cod_etp="L2INF")
    registers.night()
    assert cohorts() == [
        ("2026-L1INF", "UFR: Licence 1 (2026)", "register", 12),
        ("2026-L2INF", "UFR Sciences: L2 Informatique", "register", 0),
    ]


def test_a_programme_that_the_list_lacks_is_told_and_makes_no_cohort(registers: Registers) -> None:
    registers.register(1, programme="FANTOME")
    finding = registers.night().findings.get(code="unknown_programmes")
    assert (finding.count, finding.cases) == (1, [{"programme": "FANTOME"}])
    assert not Cohort.objects.filter(code="2026-FANTOME").exists()


@pytest.mark.slow
def test_versions_and_semesters_by_setting_of_the_component(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "COHORTS_BY_VERSION", ["SCI"])
    monkeypatch.setattr(settings, "COHORTS_BY_PERIOD", ["SCI"])
    registers.add("etapes", cod_etp="L1INF", cod_vrs_vet="002", lib_etp="L1", cod_cmp="SCI", lib_cmp="UFR Sciences")
    registers.add("etapes", cod_etp="L1DRO", cod_vrs_vet="1", lib_etp="L1 Droit", cod_cmp="DRO", lib_cmp="UFR Droit")
    registers.change("inscriptions_administratives", {"cod_etu": student_number(1)}, cod_vrs_vet="2")
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(1)}, cod_vrs_vet="2")
    registers.follow(2, "INF201")
    registers.remove(PEDAGOGICAL, cod_etu=student_number(3))
    registers.change(PEDAGOGICAL, {"cod_etu": student_number(4)}, tem_prc_ice="O")
    registers.night()
    assert {code: count for code, _, _, count in cohorts()} == {
        "2026-L1DRO": 0, "2026-L1INF": 12, "2026-L1INF-1": 11, "2026-L1INF-2": 1, "2026-L1INF-S1": 10,
        "2026-L1INF-S2": 1, "2026-L2INF": 0, "2026-L2INF-1": 0, "2026-L2INF-S1": 0, "2026-L2INF-S2": 0,
    }  # fmt: skip
    assert members("2026-L1INF-2") == ["e1"]
    assert members("2026-L1INF-S2") == ["e2"]
    assert members("2026-L1INF-S1") == [name for name in CROWD if name not in ("e3", "e4")]
    assert Cohort.objects.get(code="2026-L1INF-S1").name == "UFR Sciences: L1 (S1)"
    registers.remove(PEDAGOGICAL, cod_etu=student_number(5))
    registers.night()
    assert (len(members("2026-L1INF-S1")), "e5" in members("2026-L1INF")) == (9, True)


def test_a_hand_kept_cohort_under_the_code_stays_by_hand(registers: Registers) -> None:
    cohort = HandCohortFactory(code="2026-L1INF", name="Nos L1")
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="guest"))
    registers.night()
    assert cohorts() == [
        ("2026-L1INF", "Nos L1", "hand", 1),
        ("2026-L2INF", "UFR Sciences: L2 Informatique", "register", 0),
    ]


def test_a_member_added_behind_the_register_s_back_leaves(registers: Registers) -> None:
    registers.night()
    CohortMemberFactory(cohort=Cohort.objects.get(code="2026-L1INF"), person=PersonFactory(username="guest"))
    registers.night()
    assert members("2026-L1INF") == CROWD
