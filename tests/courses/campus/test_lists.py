import csv
import re
from pathlib import Path
from typing import Any

import pytest

from tests.courses.campus.reading import CampusReader, Reader, registration_of

# The contract, word for word.
HEADERS = {
    "annuaire.csv": "uid;supannAliasLogin;supannEtuId;supannEmpId;sn;givenName;displayName;mail;eduPersonAffiliation;supannRessourceEtat",
    "annees.csv": "cod_anu;eta_anu_iae;lib_anu",
    "etapes.csv": "cod_etp;cod_vrs_vet;lib_etp;cod_cmp;lib_cmp",
    "inscriptions_administratives.csv": "cod_anu;cod_etu;cod_etp;cod_vrs_vet;eta_iae;eta_pmt_iae;dat_mod_iae",
    "elements.csv": "cod_elp;lib_elp;cod_pel;cod_cmp",
    "inscriptions_pedagogiques.csv": "cod_anu;cod_etu;cod_etp;cod_vrs_vet;cod_elp;tem_prc_ice;dat_mod_ice",
    "groupes.csv": "cod_anu;cod_elp;cod_gpe;cod_ext_gpe;lib_gpe",
    "affectations_groupes.csv": "cod_anu;cod_etu;cod_gpe",
    "espaces.csv": "code;titre;plateforme;composante;annee;creation;elements;visible",
    "enseignants.csv": "cours;identifiant;role;groupe;debut;fin;statut;operation",
    "inscriptions_manuelles.csv": "cours;identifiant;role;groupe;debut;fin;statut;operation",
    "cohortes.csv": "cohorte;nom;identifiant;operation",
    "methodes.csv": "operation;methode;cours;source;role;groupe;active;nom",
    "derniers_acces.csv": "cours;identifiant;dernier_acces",
}
IDENTIFIER = re.compile(r"[A-Za-z0-9.@_+'-]+")


@pytest.fixture(scope="module", params=["", "nights/02"])
def night(demo_folder: Path, request: pytest.FixtureRequest) -> Reader:
    return Reader(demo_folder / request.param)


def test_each_file_has_the_columns_of_the_contract(demo_folder: Path) -> None:
    found = {path.name: path.read_text(encoding="utf-8").split("\n")[0] for path in demo_folder.glob("*.csv")}
    assert found == HEADERS


@pytest.mark.slow
def test_each_line_is_a_record_and_each_file_is_plain(demo_folder: Path) -> None:
    for path in demo_folder.rglob("*.csv"):
        data = path.read_bytes()
        assert data.endswith(b"\n"), path
        assert not any(mark in data for mark in (b"\r", b"\0", b"\xef\xbb\xbf")), path
        lines = data.decode().split("\n")[:-1]
        records = list(csv.reader(lines, delimiter=";", strict=True))
        assert len(records) == len(lines), path
        assert {len(record) for record in records} == {len(records[0])}, path


def test_a_semicolon_and_quotes_are_kept_inside_quotes(demo: CampusReader) -> None:
    labels = {each["lib_elp"] for each in demo.elements}
    assert "Engagement étudiant ; sport et culture" in labels
    text = (demo.folder / "elements.csv").read_text(encoding="utf-8")
    assert ';"Engagement étudiant ; sport et culture";S4;' in text


def test_nothing_comes_twice(night: Reader) -> None:
    keys: dict[str, list[Any]] = {
        "uid": [each["uid"] for each in night.directory],
        "login": [each["supannAliasLogin"] for each in night.directory],
        "student": [each["supannEtuId"] for each in night.directory if each["supannEtuId"]],
        "employee": [each["supannEmpId"] for each in night.directory if each["supannEmpId"]],
        "mail": [each["mail"] for each in night.directory if each["mail"]],
        "programme": [(each["cod_etp"], each["cod_vrs_vet"]) for each in night.programmes],
        "element": [each["cod_elp"] for each in night.elements],
        "administrative": [registration_of(each) for each in night.administrative],
        "contract": [(*registration_of(each), each["cod_elp"]) for each in night.contracts],
        "group": [each["cod_gpe"] for each in night.groups],
        "group code": [each["cod_ext_gpe"] for each in night.groups],
        "place": [tuple(each.values()) for each in night.places],
    }
    assert {name: len(values) - len(set(values)) for name, values in keys.items()} == dict.fromkeys(keys, 0)


def test_every_code_is_known(night: Reader) -> None:
    versions = {(each["cod_etp"], each["cod_vrs_vet"]) for each in night.programmes}
    elements = {each["cod_elp"] for each in night.elements}
    registrations = {registration_of(each) for each in night.administrative}
    assert {(each["cod_etp"], each["cod_vrs_vet"]) for each in night.administrative} <= versions
    assert {registration_of(each) for each in night.contracts} <= registrations
    assert {each["cod_elp"] for each in night.contracts} | {each["cod_elp"] for each in night.groups} <= elements
    assert {each["cod_gpe"] for each in night.places} <= {each["cod_gpe"] for each in night.groups}
    assert {each["cod_etu"] for each in night.places} <= {each["cod_etu"] for each in night.administrative}
    assert {each["cod_cmp"] for each in night.elements} == {each["cod_cmp"] for each in night.programmes}


def test_codes_have_the_lengths_of_apogee(night: Reader) -> None:
    for row, patterns in (
        (
            night.programmes,
            {"cod_etp": r"[A-Z0-9]{1,6}", "cod_vrs_vet": r"\d{1,3}", "lib_etp": ".{1,60}", "cod_cmp": "[A-Z0-9]{3}"},
        ),
        (
            night.elements,
            {"cod_elp": r"[A-Z0-9]{1,8}", "lib_elp": ".{1,60}", "cod_pel": r"S([1-9]|10)", "cod_cmp": "[A-Z0-9]{3}"},
        ),
        (night.groups, {"cod_gpe": r"\d+", "cod_ext_gpe": r"[A-Z0-9]{1,10}", "lib_gpe": r"T[DP] groupe \d{1,2}"}),
        (night.administrative, {"cod_anu": "2026", "cod_etu": r"\d{7,8}", "eta_iae": "[EAR]", "eta_pmt_iae": "[PA]"}),
        (night.contracts, {"cod_anu": "2026", "cod_etu": r"\d{7,8}", "tem_prc_ice": "[NO]"}),
    ):
        wrong = [
            (cell, each[cell])
            for each in row
            for cell, pattern in patterns.items()
            if not re.fullmatch(pattern, each[cell])
        ]
        assert wrong == []
    assert max(len(each["lib_cmp"]) for each in night.programmes) <= 40


def test_dates_lie_in_the_year_and_before_the_extract(night: Reader) -> None:
    last = night.manifest["extracted_at"][:10]
    dates = {each["dat_mod_iae"] for each in night.administrative} | {each["dat_mod_ice"] for each in night.contracts}
    assert min(dates) >= "2026-07-01"
    assert max(dates) <= last
    assert all(re.fullmatch(r"2026-\d\d-\d\d", each) for each in dates)


def test_directory_entries_have_the_shape_of_their_kind(night: Reader) -> None:
    for each in night.directory:
        assert each["displayName"] == f"{each['givenName']} {each['sn']}"
        assert 1 <= len(each["sn"]) <= 30
        assert 1 <= len(each["givenName"]) <= 20
        assert IDENTIFIER.fullmatch(each["supannAliasLogin"])
        if each["uid"].startswith("e"):
            number = each["uid"][1:]
            assert re.fullmatch(r"\d{8}", number)
            found = (each["supannAliasLogin"], each["supannEtuId"], each["mail"])
            assert found == (number, number, f"{number}@etu.exemple.fr")
        else:
            assert re.fullmatch(r"p000\d{5}", each["uid"])
            assert (each["supannEmpId"], each["supannEtuId"]) == (each["uid"][1:], "")
            assert each["mail"] == "" or re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+@exemple\.fr", each["mail"])


def test_years_are_the_last_one_closed_and_this_one_open(demo: CampusReader) -> None:
    assert (demo.folder / "annees.csv").read_text(encoding="utf-8") == (
        "cod_anu;eta_anu_iae;lib_anu\n2025;F;Année universitaire 2025-2026\n2026;O;Année universitaire 2026-2027\n"
    )


def test_spaces_refer_to_what_exists(demo: CampusReader) -> None:
    elements, components = {each["cod_elp"] for each in demo.elements}, {each["cod_cmp"] for each in demo.programmes}
    codes = [each["code"] for each in demo.spaces]
    assert len(set(codes)) == len(codes) == 300
    for each in demo.spaces:
        assert re.fullmatch(r"[A-Z0-9-]{3,20}", each["code"])
        assert 1 <= len(each["titre"]) <= 255
        assert each["plateforme"] in ("ecampus", "collegium")
        assert each["composante"] in components
        assert (each["annee"], each["creation"] in ("auto", "manuelle"), each["visible"] in ("oui", "non")) == (
            "2026",
            True,
            True,
        )
        assert set(filter(None, each["elements"].split("|"))) <= elements
        assert each["elements"] or each["creation"] == "manuelle"
        assert each["plateforme"] == "ecampus" or not each["elements"]


def test_bulk_files_refer_to_what_exists(demo: CampusReader) -> None:
    spaces = {each["code"] for each in demo.spaces}
    logins = {each["supannAliasLogin"] for each in demo.directory}
    cohorts = {f"2026-{each['cod_etp']}" for each in demo.administrative} | {
        each["cohorte"] for each in demo.bulk("cohortes")
    }
    roles = {"student", "teacher", "editingteacher", "tutor", "observer"}
    for name in ("enseignants", "inscriptions_manuelles", "derniers_acces"):
        assert {each["cours"] for each in demo.bulk(name)} <= spaces
        assert {each["identifiant"] for each in demo.bulk(name)} <= logins
    by_hand = demo.bulk("enseignants") + demo.bulk("inscriptions_manuelles")
    assert len({(each["cours"], each["identifiant"]) for each in by_hand}) == len(by_hand)
    assert {each["role"] for each in by_hand} == roles
    assert all(not (each["debut"] and each["fin"]) or each["debut"] < each["fin"] for each in by_hand)
    assert {each["identifiant"] for each in demo.bulk("cohortes")} <= logins
    methods = demo.bulk("methodes")
    assert {each["source"] for each in methods if each["methode"] == "cohorte"} <= cohorts
    assert {each["source"] for each in methods if each["methode"] == "meta"} <= spaces
    assert {each["cours"] for each in methods} <= spaces
    assert len({(each["methode"], each["cours"], each["source"]) for each in methods}) == len(methods)
    linked = {each["cours"] for each in methods if each["methode"] == "meta"}
    assert not linked & {each["source"] for each in methods}, (
        "a link through a link would depend on the order of the night"
    )


def test_last_accesses_come_once_for_people_of_the_course_before_the_extract(demo: CampusReader) -> None:
    accesses = demo.bulk("derniers_acces")
    keys = {(each["cours"], each["identifiant"]) for each in accesses}
    assert len(keys) == len(accesses)
    assert max(each["dernier_acces"] for each in accesses) < "2026-11-20T02:10:00+01:00"
    assert min(each["dernier_acces"] for each in accesses) > "2026-07-01"
    members: dict[str, set[str]] = {}
    for each in demo.administrative:
        if (each["eta_iae"], each["eta_pmt_iae"]) == ("E", "P"):
            members.setdefault(f"2026-{each['cod_etp']}", set()).add(each["cod_etu"].zfill(8))
    enrolled = {(course, student.zfill(8)) for course, student in demo.enrolments}
    enrolled |= {
        (each["cours"], each["identifiant"]) for each in demo.bulk("enseignants") + demo.bulk("inscriptions_manuelles")
    }
    enrolled |= {
        (each["cours"], person)
        for each in demo.bulk("methodes")
        if each["methode"] == "cohorte"
        for person in members.get(each["source"], ())
    }
    assert keys <= enrolled
