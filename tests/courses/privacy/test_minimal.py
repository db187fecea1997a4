"""Nothing is read that is not needed: neither asked of a server nor kept of a file (docs/privacy.md)."""

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from cohorts.models import Snapshot, StagedRejection
from cohorts.sources.apogee_tables import SHAPES
from cohorts.sources.directory_entries import attributes_asked
from tests.contracts.oracle_text import compiled_texts, text_of
from tests.courses.privacy.test_anonymising import places_naming
from tests.registers import Registers

#: What APOGÉE calls national numbers, births, addresses, telephones, grants, régimes and marks: parts of its columns' names.
UNWANTED = re.compile(r"nne|nai|sex|nat|mail|tel|adr|ad[123]|bdi|com_|rgi|brs|bru|soc|sit_|not_|moy|res_|admi|pho")
UNWANTED_ATTRIBUTES = re.compile(
    r"codeine|birth|naiss|private|persoMail|mailPerso|postal|telephone|mobile|home|bours|sexe|civilit|photo", re.I
)
MARKER = "zzmarkerzz"


@pytest.mark.parametrize("name", sorted(compiled_texts()))
def test_apogee_is_not_asked_for_it(name: str) -> None:
    words = set(re.findall(r"[a-z][a-z0-9_]+", text_of(compiled_texts()[name]).lower()))
    columns = {word for word in words if "_" in word} - {table.lower() for table in SHAPES}
    assert columns
    assert {column for column in columns if UNWANTED.search(column)} == set()


def test_the_directory_is_not_asked_for_it(settings: Settings) -> None:
    settings.LDAP_REGISTRATIONS = True
    asked = attributes_asked()
    assert {name for name in asked if UNWANTED_ATTRIBUTES.search(name)} == set()
    assert set(asked) == {
        *("uid", "supannAliasLogin", "supannEtuId", "supannEmpId", "sn", "givenName", "displayName", "cn", "mail"),
        *("eduPersonAffiliation", "supannRessourceEtat", "supannRessourceEtatDate", "supannListeRouge"),
        *("supannEtuInscription", "supannEtuEtape", "supannEtuAnneeInscription"),
    }


def add_columns(path: Path, names: str) -> None:
    """More columns than the contract has, each with the marker."""
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    more = ";".join(MARKER for _ in names.split(";"))
    path.write_text("\n".join([f"{head};{names}", *(f"{row};{more}" for row in rows)]) + "\n", encoding="utf-8")


def test_nothing_is_kept_of_columns_that_the_contract_has_not(registers: Registers, db: None) -> None:
    registers.person("not a login", number="00000042")
    registers.register(90, eta_iae="TROP LONG")
    registers.write()
    add_columns(registers.folder / "annuaire.csv", "INE;dateNaissance;mailPerso;adresse;telephone")
    for name in ("inscriptions_administratives", "inscriptions_pedagogiques"):
        add_columns(registers.folder / f"{name}.csv", "regime;bourse;note")
    with (registers.folder / "annuaire.csv").open("a", encoding="utf-8") as file:
        file.write(f"e13;e13;00000013;{MARKER}\n")
    registers.declare()
    run = registers.read(only=["people"])
    assert (run.state, Snapshot.objects.get().verdict) == ("source_partial", "partial")
    assert sorted(StagedRejection.objects.values_list("reason", "value"))[1] == ("cell_count", "4")
    assert places_naming((MARKER,)) == set()
    assert places_naming(("e12@exemple.fr",)), "what the contract has is kept, and is found by the same look"
