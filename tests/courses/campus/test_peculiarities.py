"""What a registrar's files are full of: each of these cases is in the demo, for somebody to find."""

from collections import Counter

import pytest

from tests.courses.campus.reading import CampusReader, registration_of


@pytest.fixture(scope="module")
def names(demo: CampusReader) -> list[tuple[str, str]]:
    return [(each["sn"], each["givenName"]) for each in demo.directory]


@pytest.fixture(scope="module")
def students_with_contracts(demo: CampusReader) -> set[tuple[str, ...]]:
    return {registration_of(each) for each in demo.contracts}


def test_names_with_accents_ligatures_hyphens_particles_and_apostrophes(names: list[tuple[str, str]]) -> None:
    letters = set("".join(sn + given for sn, given in names))
    assert letters >= set("éèëïçœÉ-'’ Łß")
    assert any(sn.startswith("d'") for sn, _ in names)
    assert any(sn.startswith("de ") for sn, _ in names)
    assert any("-" in sn for sn, _ in names)
    assert any("-" in given for _, given in names)


def test_names_of_one_letter(names: list[tuple[str, str]]) -> None:
    assert any(len(sn) == 1 for sn, _ in names)
    assert any(len(given) == 1 for _, given in names)


def test_namesakes(names: list[tuple[str, str]]) -> None:
    assert sum(count > 1 for count in Counter(names).values()) >= 12


def test_students_absent_from_the_directory(demo: CampusReader) -> None:
    known = {each["supannEtuId"] for each in demo.directory}
    absent = {each["cod_etu"].zfill(8) for each in demo.administrative} - known
    assert len(absent) == 12


def test_numbers_that_lost_their_leading_zero_are_whole_in_the_directory(demo: CampusReader) -> None:
    short = {each["cod_etu"] for each in demo.administrative if len(each["cod_etu"]) < 8}
    known = {each["supannEtuId"] for each in demo.directory}
    assert len(short) >= 3
    assert {number.zfill(8) for number in short} & known
    assert short & {each["cod_etu"] for each in demo.contracts}


def test_account_states(demo: CampusReader) -> None:
    students = Counter(each["supannRessourceEtat"] for each in demo.directory if each["uid"].startswith("e"))
    assert {state: count for state, count in students.items() if state != "{COMPTE}A SupannActif"} == {
        "{COMPTE}A SupannAnticipe": 24,
        "{COMPTE}S SupannVerrouille": 6,
        "{COMPTE}I SupannInactif": 12 + 30,
        "{COMPTE}A SupannSursis": 15,
    }


def test_affiliations(demo: CampusReader) -> None:
    found = {each["eduPersonAffiliation"] for each in demo.directory}
    assert {"student|member", "employee|faculty|member", "employee|staff|member", "faculty|affiliate", "alum"} <= found


def test_people_of_last_year_are_in_the_directory_and_nowhere_else(demo: CampusReader) -> None:
    registered = {each["cod_etu"].zfill(8) for each in demo.administrative}
    former = [each for each in demo.directory if each["eduPersonAffiliation"].startswith("alum")]
    assert len(former) == 45
    assert not registered & {each["supannEtuId"] for each in former}


def test_visiting_teachers_without_an_address(demo: CampusReader) -> None:
    assert [each["eduPersonAffiliation"] for each in demo.directory if not each["mail"]] == ["faculty|affiliate"] * 5


def test_programmes_with_two_versions_open(demo: CampusReader) -> None:
    versions: dict[str, set[str]] = {}
    for each in demo.administrative:
        versions.setdefault(each["cod_etp"], set()).add(each["cod_vrs_vet"])
    assert {frozenset(each) for each in versions.values()} == {
        frozenset({"171", "241"}),
        frozenset({"241"}),
        frozenset({"1"}),
    }


def test_repeaters_keep_what_they_passed(demo: CampusReader) -> None:
    kept = Counter(each["cod_etu"] for each in demo.contracts if each["tem_prc_ice"] == "O")
    followed = {each["cod_etu"] for each in demo.contracts if each["tem_prc_ice"] == "N"}
    assert len(kept) > 150
    assert set(kept) <= followed


def test_double_registrations(demo: CampusReader) -> None:
    valid = Counter(
        each["cod_etu"] for each in demo.administrative if (each["eta_iae"], each["eta_pmt_iae"]) == ("E", "P")
    )
    assert 150 < sum(count == 2 for count in valid.values()) < 400


def test_cancelled_registrations_whose_elements_stay(
    demo: CampusReader, students_with_contracts: set[tuple[str, ...]]
) -> None:
    cancelled = {
        state: {registration_of(each) for each in demo.administrative if each["eta_iae"] == state} for state in "AR"
    }
    assert all(len(each) > 20 for each in cancelled.values())
    assert all(each & students_with_contracts and each - students_with_contracts for each in cancelled.values())


def test_students_who_turned_to_another_programme(demo: CampusReader) -> None:
    states: dict[str, set[str]] = {}
    for each in demo.administrative:
        states.setdefault(each["cod_etu"], set()).add(each["eta_iae"])
    assert sum(len(each) > 1 for each in states.values()) > 50


def test_unpaid_registrations_with_elements(demo: CampusReader, students_with_contracts: set[tuple[str, ...]]) -> None:
    unpaid = {
        registration_of(each) for each in demo.administrative if (each["eta_iae"], each["eta_pmt_iae"]) == ("E", "A")
    }
    assert len(unpaid) > 40
    assert len(unpaid & students_with_contracts) > 30


def test_students_without_any_pedagogical_registration(demo: CampusReader) -> None:
    without = {each["cod_etu"] for each in demo.administrative} - {each["cod_etu"] for each in demo.contracts}
    assert 100 < len(without) < 350


def test_a_teaching_shared_by_several_programmes(demo: CampusReader) -> None:
    programmes = {each["cod_etp"] for each in demo.contracts if each["cod_elp"] == "SMTU102"}
    assert {"INF1AA", "SVI1AA"} <= programmes
    assert sum(course == "SMTU102" for course, _ in demo.enrolments) > 250


def test_elements_of_every_kind(demo: CampusReader) -> None:
    labels = {each["lib_elp"] for each in demo.elements}
    assert any(each.startswith("Semestre ") for each in labels)
    assert any(each.startswith("UE1 ") for each in labels)
    fed = {element for each in demo.spaces for element in each["elements"].split("|")}
    orphans = [each["cod_elp"] for each in demo.elements if not each["lib_elp"].startswith(("Semestre", "UE"))]
    assert len(set(orphans) - fed) > 10, "some teachings have no space"


def test_spaces_on_several_elements_and_elements_with_several_spaces(demo: CampusReader) -> None:
    assert sum("|" in each["elements"] for each in demo.spaces) >= 5
    spaces = Counter(element for each in demo.spaces for element in each["elements"].split("|") if element)
    assert sum(count == 2 for count in spaces.values()) >= 5
    same = sum(each["code"] == each["elements"] for each in demo.spaces)
    assert same > 200, "most automatic spaces bear the code of their element"


def test_two_platforms_and_spaces_opened_by_hand(demo: CampusReader) -> None:
    kinds = Counter((each["plateforme"], each["creation"], bool(each["elements"])) for each in demo.spaces)
    assert kinds[("collegium", "manuelle", False)] == 36
    assert kinds[("ecampus", "manuelle", False)] == 9
    assert kinds[("ecampus", "auto", True)] + kinds[("ecampus", "manuelle", True)] == 255
    assert {each["visible"] for each in demo.spaces} == {"oui", "non"}


def test_groups_and_students_without_one(demo: CampusReader) -> None:
    kinds = Counter(each["lib_gpe"][:2] for each in demo.groups)
    assert kinds["TD"] > 400
    assert kinds["TP"] > 100
    element_of = {each["cod_gpe"]: each["cod_elp"] for each in demo.groups}
    placed = {(each["cod_etu"], element_of[each["cod_gpe"]]) for each in demo.places}
    grouped = {each["cod_elp"] for each in demo.groups}
    counting = {(student, element) for student, _, _, element in demo.counting if element in grouped}
    assert 0.03 < len(counting - placed) / len(counting) < 0.2
    assert placed - counting, "a place outlives the registration that gave it"


def test_cohorts_kept_by_hand(demo: CampusReader) -> None:
    cohorts = {(each["cohorte"], each["nom"]): 0 for each in demo.bulk("cohortes")}
    for each in demo.bulk("cohortes"):
        cohorts[each["cohorte"], each["nom"]] += each["operation"] == "ajout"
    assert cohorts == {
        ("TUTEURS-L2-PHARMA", "Tuteurs L2 pharma"): 12,
        ("DELEGUES-SANTE", "Délégués de promotion Santé"): 24,
        ("REFERENTS-NUMERIQUES", "Référents numériques"): 15,
    }


def test_the_degree_of_the_mission(demo: CampusReader) -> None:
    names = {f"{each['lib_cmp']}: {each['lib_etp']}" for each in demo.programmes}
    assert "CEMU: DU Capacité de Gestion des Entreprises - FOAD" in names


def test_methods_of_collegium(demo: CampusReader) -> None:
    methods = demo.bulk("methodes")
    followed = {
        each["cours"] for each in methods if each["methode"] == "cohorte" and each["source"].startswith("2026-")
    }
    assert followed == {each["code"] for each in demo.spaces if each["plateforme"] == "collegium"}
    tutors = [(each["role"], each["active"]) for each in methods if each["source"] == "TUTEURS-L2-PHARMA"]
    assert tutors.count(("tutor", "oui")) == len(tutors) >= 3
    assert sum(each["methode"] == "meta" for each in methods) >= 5


def test_manual_enrolments_in_every_state(demo: CampusReader) -> None:
    today = "2026-11-20"
    states = Counter(
        "suspended"
        if each["statut"] == "suspendu"
        else "not started"
        if each["debut"] > today
        else "ended"
        if each["fin"] and each["fin"] < today
        else "limited"
        if each["fin"]
        else "open"
        for each in demo.bulk("inscriptions_manuelles")
    )
    assert set(states) == {"suspended", "not started", "ended", "limited", "open"}
    assert states["limited"] > states["ended"] > 3


def test_every_space_has_one_to_four_teachers(demo: CampusReader) -> None:
    teachers = Counter(each["cours"] for each in demo.bulk("enseignants") if each["role"].endswith("teacher"))
    leaders = {each["cours"] for each in demo.bulk("enseignants") if each["role"] == "editingteacher"}
    assert set(teachers) == leaders == {each["code"] for each in demo.spaces}
    assert set(teachers.values()) == {1, 2, 3, 4}


def test_last_accesses_of_a_believable_share(demo: CampusReader) -> None:
    came = {(each["cours"], each["identifiant"]) for each in demo.bulk("derniers_acces")}
    periods = {each["cod_elp"]: int(each["cod_pel"][1:]) for each in demo.elements}
    first, second = (
        {(course, student.zfill(8)) for course, student in demo.enrolments if periods.get(course, -1) % 2 == half}
        for half in (1, 0)
    )
    assert 0.75 < len(first & came) / len(first) < 0.97
    assert 0.03 < len(second & came) / len(second) < 0.15, "the second semester has not begun"
    weeks = Counter(each["dernier_acces"] >= "2026-11-13" for each in demo.bulk("derniers_acces"))
    assert 0.5 < weeks[True] / weeks.total() < 0.9
