"""A small university written by hand as exchange files (FORMATS §3), and the nights that read it."""

import csv
import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cohorts.models import CohortMember
from cohorts.sources.protocol import COLUMNS, LISTS, OPTIONAL_COLUMNS
from courses.actions import create_course
from courses.models import Course, Enrolment, GroupMember, Method
from courses.night import request_night
from enrolhub.sync.apply import Progress
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import ignore
from enrolhub.sync.models import Run
from tests.factories import platform

YEAR = "2026"
ADMINISTRATIVE, PEDAGOGICAL = "inscriptions_administratives", "inscriptions_pedagogiques"
Row = dict[str, str]


def student_number(number: int) -> str:
    return f"{number:08}"


class Registers:
    """The eight lists in memory, each row a dict by column; `write` makes them a folder whose manifest is true.

    To begin with: one year, the étapes L1INF and L2INF, the elements INF101 and INF201, and `crowd` students numbered
    from 1 (username `e1`…) who are on L1INF and follow INF101.
    """

    def __init__(self, folder: Path, *, crowd: int = 12) -> None:
        self.folder = folder
        self.extracted_at: datetime = timezone.now()
        self.years = [YEAR]
        self.lists: dict[str, list[Row]] = {name: [] for name in LISTS}
        self.add("annees", cod_anu=YEAR, eta_anu_iae="O", lib_anu="2026/2027")
        for level in ("1", "2"):
            programme = {"cod_etp": f"L{level}INF", "lib_etp": f"L{level} Informatique"}
            self.add("etapes", **programme, cod_vrs_vet="1", cod_cmp="SCI", lib_cmp="UFR Sciences")
            unit = {"cod_elp": f"INF{level}01", "lib_elp": f"Algorithmique {level}"}
            self.add("elements", **unit, cod_pel=f"S{level}", cod_cmp="SCI")
        for number in range(1, crowd + 1):
            self.student(number)

    def add(self, name: str, **cells: str) -> Row:
        row = {column: cells.pop(column, "") for column in COLUMNS[name]}
        assert not cells, f"{name} has no column {sorted(cells)}"
        self.lists[name].append(row)
        return row

    def find(self, name: str, **cells: str) -> list[Row]:
        """The rows with these cells; at least one."""
        rows = [row for row in self.lists[name] if cells.items() <= row.items()]
        assert rows, f"{name} has no row {cells}"
        return rows

    def remove(self, name: str, **cells: str) -> None:
        gone = [id(row) for row in self.find(name, **cells)]
        self.lists[name] = [row for row in self.lists[name] if id(row) not in gone]

    def change(self, name: str, where: Row, **cells: str) -> None:
        for row in self.find(name, **where):
            row.update(cells)

    def person(self, login: str, *, number: str = "", state: str = "A", **cells: str) -> Row:
        """A directory entry; `state` is that of its account (A, I, S)."""
        cells = {"uid": login, "sn": f"Nom {login}", "givenName": "Camille", "mail": f"{login}@exemple.fr"} | cells
        resource = f"{{COMPTE}}{state}" if state else ""
        return self.add("annuaire", supannAliasLogin=login, supannEtuId=number, supannRessourceEtat=resource, **cells)

    def student(self, number: int, *, programme: str = "L1INF", unit: str = "INF101") -> None:
        """A directory entry with the registrations that lead into the element's courses."""
        self.person(f"e{number}", number=student_number(number))
        self.register(number, programme=programme)
        self.follow(number, unit, programme=programme)

    def register(self, number: int, *, programme: str = "L1INF", year: str = YEAR, **cells: str) -> Row:
        """An administrative registration that counts, unless `cells` say otherwise."""
        cells = {"cod_vrs_vet": "1", "eta_iae": "E", "eta_pmt_iae": "P"} | cells
        return self.add(ADMINISTRATIVE, cod_anu=year, cod_etu=student_number(number), cod_etp=programme, **cells)

    def follow(
        self, number: int, unit: str = "INF101", *, programme: str = "L1INF", year: str = YEAR, **cells: str
    ) -> Row:
        """A pedagogical registration that counts if an administrative one covers it."""
        cells = {"cod_vrs_vet": "1", "tem_prc_ice": "N"} | cells
        codes = {"cod_anu": year, "cod_etu": student_number(number), "cod_etp": programme, "cod_elp": unit}
        return self.add(PEDAGOGICAL, **codes, **cells)

    def group(self, number: str, *students: int, unit: str = "INF101", year: str = YEAR, code: str = "") -> None:
        """A group of an element, known outside by `code`, and whom it is for."""
        codes = {"cod_anu": year, "cod_gpe": number}
        self.add("groupes", **codes, cod_elp=unit, cod_ext_gpe=code, lib_gpe=f"Groupe {code or number}")
        for student in students:
            self.add("affectations_groupes", **codes, cod_etu=student_number(student))

    def leave(self, *students: int) -> None:
        """These students leave the diploma: no registration is left of them."""
        for student in students:
            self.remove(ADMINISTRATIVE, cod_etu=student_number(student))
            self.remove(PEDAGOGICAL, cod_etu=student_number(student))

    def close_account(self, *students: int) -> None:
        for student in students:
            self.change("annuaire", {"supannAliasLogin": f"e{student}"}, supannRessourceEtat="{COMPTE}I")

    def write(self) -> Path:
        """Put the lists and a true manifest in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.lists.items():
            with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                written = [
                    each for each in COLUMNS[name] if each not in OPTIONAL_COLUMNS or any(row[each] for row in rows)
                ]
                writer = csv.DictWriter(file, written, delimiter=";", lineterminator="\n", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)
        self.declare()
        return self.folder

    def declare(self, **changed: Any) -> None:
        """Write the manifest anew: true to the files as they lie there, but for the `changed` keys."""
        files = {
            path.name: {
                "rows": max(path.read_bytes().count(b"\n") - 1, 0),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(self.folder.glob("*.csv"))
        }
        manifest = {"extracted_at": self.extracted_at.isoformat(), "academic_years": self.years, "files": files}
        (self.folder / "manifest.json").write_text(json.dumps(manifest | changed), encoding="utf-8")

    def night(self, progress: Progress = ignore, **options: Any) -> Run:
        """A night over what the lists say now."""
        self.write()
        return self.read(progress, **options)

    def read(self, progress: Progress = ignore, **options: Any) -> Run:
        """A night over the folder as it lies there."""
        run = request_night(folder=self.folder, **options)
        assert run is not None
        return attempt_run(run, progress)


@pytest.fixture
def registers(tmp_path: Path) -> Registers:
    return Registers(tmp_path / "extract")


def held_night(registers: Registers) -> Run:
    """A night that holds: of the twelve, five leave at once, too many for INF101-26 and for their cohort."""
    course("INF101-26", "INF101")
    registers.night()
    registers.leave(1, 2, 3, 4, 5)
    return registers.night()


def course(code: str, *units: str, feeding: str = "ecampus", academic_year: str = YEAR, **fields: Any) -> Course:
    """A course with the methods it is born with, fed by these elements."""
    return create_course(code, f"Cours {code}", platform(feeding), units, academic_year=academic_year, **fields)


def method_of(course: Course, kind: str = "database") -> Method:
    return Method.objects.get(course=course, kind=kind)


def enrolled(course: Course, kind: str = "database") -> list[str]:
    """The usernames that a kind of method of the course enrols; a suspended one is in brackets."""
    rows = Enrolment.objects.filter(method__course=course, method__kind=kind)
    return sorted(f"({name})" if why else name for name, why in rows.values_list("person__username", "suspended_by"))


def members(cohort_code: str) -> list[str]:
    return sorted(CohortMember.objects.filter(cohort__code=cohort_code).values_list("person__username", flat=True))


def grouped(course: Course) -> list[tuple[str, str, str]]:
    """Group code, username and kind of the method that gave the place (empty: by hand)."""
    rows = GroupMember.objects.filter(group__course=course)
    values = rows.values_list("group__code", "person__username", "method__kind")
    return sorted((code, name, kind or "") for code, name, kind in values)


def logins(numbers: Iterable[int]) -> list[str]:
    """The usernames of the students of these numbers, in the order of text."""
    return sorted(f"e{number}" for number in numbers)


def figures(run: Run) -> dict[str, int]:
    """What the run says it did, but for zeros."""
    names = ("arrivals", "departures", "alterations", "unchanged", "held", "finding_count")
    return {name: getattr(run, name) for name in names if getattr(run, name)}
