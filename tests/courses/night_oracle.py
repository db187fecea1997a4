"""What FORMATS §3 says of a folder, in plain loops over the csv module: none of the code under test is used."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

YEAR = "2026"
#: Courses of the oracle's university: what feeds each. `TD1` admits one group of its element only.
UNITS = {"A": {"INF101"}, "B": {"INF101", "INF201"}, "TD1": {"INF101"}}
COHORT_COURSE, LINKED_COURSE, LINK_SOURCE = "C", "D", "B"
EXCLUDED = ("A", "e3")
BY_HAND = ("B", "prof")


@dataclass
class Expected:
    """Usernames by course and by cohort; (course, group, username) of each group place."""

    courses: dict[str, set[str]] = field(default_factory=dict)
    cohorts: dict[str, set[str]] = field(default_factory=dict)
    places: set[tuple[str, str, str]] = field(default_factory=set)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: cell.strip() for key, cell in row.items()} for row in csv.DictReader(file, delimiter=";")]


def number(row: dict[str, str]) -> str:
    return row["cod_etu"].rjust(8, "0")


def version(row: dict[str, str]) -> tuple[str, int]:
    return row["cod_etp"].upper(), int(row["cod_vrs_vet"])


class Folder:
    """The lists of a folder, with what counts in them."""

    def __init__(self, folder: Path) -> None:
        self.logins = {
            row["supannEtuId"].rjust(8, "0"): row["supannAliasLogin"]
            for row in read(folder, "annuaire")
            if row["supannEtuId"] and not row["supannRessourceEtat"].startswith("{COMPTE}I")
        }
        self.registered = {
            (number(row), version(row))
            for row in read(folder, "inscriptions_administratives")
            if row["cod_anu"] == YEAR and row["eta_iae"] == "E" and row["eta_pmt_iae"] == "P"
        }
        self.following = {
            (number(row), row["cod_elp"].upper())
            for row in read(folder, "inscriptions_pedagogiques")
            if row["cod_anu"] == YEAR
            if row["tem_prc_ice"] == "N"
            if (number(row), version(row)) in self.registered
        }
        groups = {
            row["cod_gpe"]: (row["cod_elp"], row["cod_ext_gpe"] or row["cod_gpe"]) for row in read(folder, "groupes")
        }
        self.assigned = {
            (number(row), *groups[row["cod_gpe"]])
            for row in read(folder, "affectations_groupes")
            if row["cod_anu"] == YEAR
        }

    def name(self, student: str) -> set[str]:
        return {self.logins[student]} if student in self.logins else set()


def expected_of(path: Path) -> Expected:
    """Who belongs where once the folder has been followed."""
    folder, found = Folder(path), Expected()
    for code in ("L1INF", "L2INF"):
        registered = {student for student, (programme, _) in folder.registered if programme == code}
        found.cohorts[f"{YEAR}-{code}"] = {name for student in registered for name in folder.name(student)}
    for course, units in UNITS.items():
        admitted = {student for student, unit in folder.following if unit in units}
        if course == "TD1":
            admitted &= {student for student, unit, group in folder.assigned if (unit, group) == ("INF101", "TD1")}
        names = {name for student in admitted for name in folder.name(student)}
        found.courses[course] = names - {EXCLUDED[1]} if course == EXCLUDED[0] else names
        found.places |= places_of(course, folder, found.courses[course])
    found.courses[COHORT_COURSE] = found.cohorts[f"{YEAR}-L1INF"]
    found.courses[LINKED_COURSE] = found.courses[LINK_SOURCE] | {BY_HAND[1]}
    return found


def places_of(course: str, folder: Folder, enrolled: set[str]) -> set[tuple[str, str, str]]:
    """Places in the groups of the course's elements, for those it enrols who follow the group's own element."""
    return {
        (course, group, name)
        for student, unit, group in folder.assigned
        if unit in UNITS[course] and (student, unit) in folder.following and (course != "TD1" or group == "TD1")
        for name in folder.name(student) & enrolled
    }
