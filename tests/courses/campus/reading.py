"""Reads the files of a campus the way any program would: with the csv module, and nothing of the generator."""

import csv
import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, str]
EXCHANGE = (
    "annuaire.csv",
    "annees.csv",
    "etapes.csv",
    "inscriptions_administratives.csv",
    "elements.csv",
    "inscriptions_pedagogiques.csv",
    "groupes.csv",
    "affectations_groupes.csv",
)


def rows_of(path: Path) -> list[Row]:
    """The rows of a list."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def digests_of(folder: Path) -> dict[str, str]:
    """The hash of every file under a folder, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def registration_of(line: Row) -> tuple[str, ...]:
    """What ties a pedagogical registration to its administrative one."""
    return line["cod_anu"], line["cod_etu"], line["cod_etp"], line["cod_vrs_vet"]


class Reader:
    """One extract; the lists are read once, when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest, parsed."""
        parsed: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return parsed

    @cached_property
    def directory(self) -> list[Row]:
        """annuaire.csv."""
        return rows_of(self.folder / "annuaire.csv")

    @cached_property
    def programmes(self) -> list[Row]:
        """etapes.csv."""
        return rows_of(self.folder / "etapes.csv")

    @cached_property
    def administrative(self) -> list[Row]:
        """inscriptions_administratives.csv."""
        return rows_of(self.folder / "inscriptions_administratives.csv")

    @cached_property
    def elements(self) -> list[Row]:
        """elements.csv."""
        return rows_of(self.folder / "elements.csv")

    @cached_property
    def contracts(self) -> list[Row]:
        """inscriptions_pedagogiques.csv."""
        return rows_of(self.folder / "inscriptions_pedagogiques.csv")

    @cached_property
    def groups(self) -> list[Row]:
        """groupes.csv."""
        return rows_of(self.folder / "groupes.csv")

    @cached_property
    def places(self) -> list[Row]:
        """affectations_groupes.csv."""
        return rows_of(self.folder / "affectations_groupes.csv")

    @cached_property
    def counting(self) -> set[tuple[str, ...]]:
        """The pedagogical registrations that count, by the rules of the contract: student, programme, version, element."""
        active = {
            each["supannEtuId"] for each in self.directory if not each["supannRessourceEtat"].startswith("{COMPTE}I")
        }
        valid = {
            registration_of(each)
            for each in self.administrative
            if (each["eta_iae"], each["eta_pmt_iae"]) == ("E", "P") and each["cod_etu"].zfill(8) in active
        }
        return {
            (*registration_of(each)[1:], each["cod_elp"])
            for each in self.contracts
            if each["tem_prc_ice"] == "N" and registration_of(each) in valid
        }


class CampusReader(Reader):
    """A campus: an extract, and the bulk files around it."""

    @cached_property
    def spaces(self) -> list[Row]:
        """espaces.csv."""
        return rows_of(self.folder / "espaces.csv")

    def bulk(self, name: str) -> list[Row]:
        """Another bulk file with its further parts."""
        return [
            row
            for path in [self.folder / f"{name}.csv", *sorted(self.folder.glob(f"{name}-*.csv"))]
            for row in rows_of(path)
        ]

    @cached_property
    def enrolments(self) -> set[tuple[str, str]]:
        """The courses and students that pedagogical registrations bring together."""
        return enrolments_by(self, self.spaces)


def enrolments_by(extract: Reader, spaces: list[Row]) -> set[tuple[str, str]]:
    """The courses and students that an extract brings together in some spaces."""
    fed: dict[str, list[str]] = {}
    for space in spaces:
        for element in filter(None, space["elements"].split("|")):
            fed.setdefault(element, []).append(space["code"])
    return {(course, line[0]) for line in extract.counting for course in fed.get(line[3], ())}
