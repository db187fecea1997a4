"""Why somebody is, or is not, in a course: told from the files alone, by the csv module, with none of the code under test.

Two extracts were read one after the other. Between them the hands of `hands.csv` changed courses: kind, course, detail.
"""

import csv
import json
from collections import defaultdict
from functools import cached_property
from pathlib import Path

Row = dict[str, str]
Break = tuple[str, str]
PLACES = ["account", "administrative", "pedagogical", "group", "course_link", "cohort", "source_course", "method", "decision",
          "enrolment"]  # fmt: skip
NEAR = {"registration_unpaid", "registration_cancelled", "registration_other_version", "registration_elsewhere",
        "cohort_other_version", "unit_not_followed"}  # fmt: skip
FAR = {"no_units", "not_in_hand_cohort"}
MENDERS = {
    "account_closed": "directory", "account_missing": "directory", "registration_unpaid": "student", "not_a_student": "teacher",
    "no_units": "cemu", "course_without_year": "cemu", "year_closed": "cemu", "method_year_closed": "cemu",
    "link_other_programme": "cemu", "link_other_version": "cemu", "not_in_hand_cohort": "cemu", "method_off": "teacher",
    "excluded": "teacher", "not_enrolled_by_hand": "teacher", "enrolment_pending": "night",
}  # fmt: skip


def rows_of(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{key: (cell or "").strip() for key, cell in row.items()} for row in csv.DictReader(file, delimiter=";")]


def student(text: str) -> str:
    return text.rjust(8, "0") if text else ""


def version(text: str) -> str:
    return str(int(text)) if text.isdigit() else text


class Extract:
    """The lists of one extract, as far as they say who belongs where."""

    def __init__(self, folder: Path) -> None:
        self.years = set(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["academic_years"])
        directory = rows_of(folder, "annuaire")
        self.closed = {
            row["supannAliasLogin"] for row in directory if "{COMPTE}I" in row["supannRessourceEtat"].upper()
        }
        self.numbers = {row["supannAliasLogin"]: student(row["supannEtuId"].split("|")[0]) for row in directory}
        self.administrative: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
        for row in rows_of(folder, "inscriptions_administratives"):
            worth = "counts" if (row["eta_iae"], row["eta_pmt_iae"]) == ("E", "P") else row["eta_iae"]
            key = row["cod_anu"], row["cod_etp"], version(row["cod_vrs_vet"])
            self.administrative[student(row["cod_etu"])].append((*key, worth if row["cod_anu"] in self.years else "A"))
        self.pedagogical: dict[str, list[tuple[str, str, str, str, str]]] = defaultdict(list)
        for row in rows_of(folder, "inscriptions_pedagogiques"):
            key = row["cod_anu"], row["cod_etp"], version(row["cod_vrs_vet"])
            self.pedagogical[student(row["cod_etu"])].append((*key, row["cod_elp"], row["tem_prc_ice"]))
        groups = {
            (row["cod_anu"], row["cod_gpe"]): (row["cod_elp"], row["cod_ext_gpe"]) for row in rows_of(folder, "groupes")
        }
        self.places: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for row in rows_of(folder, "affectations_groupes"):
            number = row["cod_anu"], row["cod_gpe"]
            if number in groups:
                self.places[student(row["cod_etu"])].add((row["cod_anu"], *groups[number]))


class University:
    """Everything the files say, before and after the second extract."""

    def __init__(self, folder: Path, second: Path, hands: Path) -> None:
        self.first, self.second = Extract(folder), Extract(second)
        self.numbers = self.first.numbers | self.second.numbers
        self.spaces = {row["code"]: row for row in rows_of(folder, "espaces")}
        self.hands = rows_of(hands, "hands")
        self.links: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for row in rows_of(folder, "methodes"):
            self.links[row["cours"]].append((row["methode"], row["source"], row["active"]))
        self.hand_cohorts: dict[str, set[str]] = defaultdict(set)
        for row in rows_of(folder, "cohortes"):
            self.hand_cohorts[row["cohorte"]].add(row["identifiant"])
        self.manual: dict[str, set[str]] = defaultdict(set)
        for name in ("enseignants", "inscriptions_manuelles"):
            for row in rows_of(folder, name):
                self.manual[row["cours"]].add(row["identifiant"])

    def hand(self, kind: str, course: str) -> list[str]:
        return [row["detail"] for row in self.hands if (row["kind"], row["course"]) == (kind, course)]

    def year(self, course: str, extract: Extract) -> str:
        changed = self.hand("year", course)
        return changed[0] if changed and extract is self.second else self.spaces[course]["annee"]

    def units(self, course: str) -> list[str]:
        return [unit for unit in self.spaces[course]["elements"].split("|") if unit]

    def account(self, person: str, extract: Extract) -> set[Break]:
        if person not in extract.numbers:
            return {("account", "account_missing")}
        return {("account", "account_closed")} if person in extract.closed else set()

    # ---- what an extract would have, method by method: the first breaks, none when it would enrol ----

    def by_database(self, person: str, course: str, extract: Extract) -> set[Break]:
        year = self.year(course, extract)
        if broken := self.account(person, extract):
            return broken
        if not self.units(course):
            return {("course_link", "no_units")}
        if not year:
            return {("course_link", "course_without_year")}
        if year not in extract.years:
            return {("course_link", "year_closed")}
        number = self.numbers[person]
        routes = [row for row in extract.pedagogical[number] if row[0] == year and row[3] in self.units(course)]
        breaks = [self.by_route(number, course, row, extract) for row in routes]
        if not breaks:
            return {self.of_year(number, year, extract) or ("pedagogical", "unit_registration_missing")}
        if None in breaks:
            return set()
        furthest = max(PLACES.index(each[0]) for each in breaks if each)
        return {each for each in breaks if each and PLACES.index(each[0]) == furthest}

    def by_route(self, number: str, course: str, row: tuple[str, ...], extract: Extract) -> Break | None:
        year, programme, edition, unit, kept = row
        worths = [worth for *key, worth in extract.administrative[number] if key == [year, programme, edition]]
        if "counts" not in worths:
            return self.uncovered(number, worths, row, extract)
        if kept != "N":
            return ("pedagogical", "unit_not_followed")
        restricted = extract is self.second
        for group in self.hand("group", course) if restricted else []:
            if (year, unit, group) not in extract.places[number]:
                return ("group", "not_in_group")
        for wanted in self.hand("programme", course) if restricted else []:
            only_programme, _, only_version = wanted.partition("/")
            if only_programme != programme:
                return ("course_link", "link_other_programme")
            if only_version and only_version != edition:
                return ("course_link", "link_other_version")
        return None

    def uncovered(self, number: str, worths: list[str], row: tuple[str, ...], extract: Extract) -> Break:
        if worths:
            return ("administrative", "registration_unpaid" if "E" in worths else "registration_cancelled")
        counting = [each for each in extract.administrative[number] if each[0] == row[0] and each[3] == "counts"]
        if any(each[1] == row[1] for each in counting):
            return ("administrative", "registration_other_version")
        if counting:
            return ("administrative", "registration_elsewhere")
        return self.of_year(number, row[0], extract) or ("administrative", "impossible")

    def of_year(self, number: str, year: str, extract: Extract) -> Break | None:
        if not number:
            return ("administrative", "not_a_student")
        worths = [each[3] for each in extract.administrative[number] if each[0] == year]
        if "counts" in worths:
            return None
        if "E" in worths:
            return ("administrative", "registration_unpaid")
        return ("administrative", "registration_cancelled" if worths else "registration_missing")

    def into_cohort(self, person: str, cohort: str, extract: Extract) -> set[Break]:
        if broken := self.account(person, extract):
            return broken
        year, _, programme = cohort.partition("-")
        number = self.numbers[person]
        mine = [each[3] for each in extract.administrative[number] if each[:2] == (year, programme)]
        if "counts" in mine:
            return set()
        if mine:
            return {("administrative", "registration_unpaid" if "E" in mine else "registration_cancelled")}
        general = self.of_year(number, year, extract)
        return {general or ("administrative", "cohort_other_programme")}

    # ---- who is there after both ----

    @cached_property
    def people(self) -> list[str]:
        return sorted(self.numbers)

    def settle(self, before: set[str], wanted: set[str]) -> set[str]:
        """Who stays: whoever is wanted; everybody when nobody would be left, for that is held."""
        return wanted if wanted or not before else before

    @cached_property
    def members(self) -> dict[str, set[str]]:
        """The members of the cohorts that courses follow."""
        found = dict(self.hand_cohorts)
        for kind, source, _ in (link for links in self.links.values() for link in links):
            if kind == "cohorte" and source not in found:
                now, then = (
                    {person for person in self.people if not self.into_cohort(person, source, extract)}
                    for extract in (self.second, self.first)
                )
                found[source] = self.settle(then, now)
        return found

    def excluded(self, course: str) -> set[str]:
        return set(self.hand("exclude", course))

    def is_frozen(self, course: str) -> bool:
        return self.year(course, self.second) not in ("", *self.second.years)

    @cached_property
    def in_database(self) -> dict[str, set[str]]:
        return {
            course: self.database_of(course) for course, row in self.spaces.items() if row["plateforme"] == "ecampus"
        }

    def database_of(self, course: str) -> set[str]:
        then = {person for person in self.people if not self.by_database(person, course, self.first)}
        if self.is_frozen(course):
            return then
        now = {person for person in self.people if not self.by_database(person, course, self.second)} - self.excluded(
            course
        )
        return self.settle(then, now & then if self.hand("disable", course) else now)

    def by_cohort(self, course: str, cohort: str, active: str) -> set[str]:
        """Cohort members whose account is open; a method that is off from the start lets nobody in."""
        if active != "oui":
            return set()
        closed = {person for person in self.people if self.account(person, self.second)}
        return self.settle(self.members[cohort], self.members[cohort] - closed)

    def unlinked(self, course: str) -> set[str]:
        """Whom the course has by another method than a link."""
        found = self.manual[course] | self.in_database.get(course, set())
        for kind, source, active in self.links[course]:
            found = found | (self.by_cohort(course, source, active) if kind == "cohorte" else set())
        return found

    @cached_property
    def enrolled(self) -> dict[str, dict[str, set[str]]]:
        """By course, then by method (kind and source), the usernames."""
        found: dict[str, dict[str, set[str]]] = {}
        for course in self.spaces:
            found[course] = {"manual": self.manual[course]}
            if course in self.in_database:
                found[course]["database"] = self.in_database[course]
            for kind, source, active in self.links[course]:
                people = self.by_cohort(course, source, active) if kind == "cohorte" else self.by_link(source)
                found[course][f"{'cohort' if kind == 'cohorte' else 'meta'} {source}"] = people
        return found

    def by_link(self, source: str) -> set[str]:
        people = self.unlinked(source)
        return people - {person for person in people if self.account(person, self.second)}

    # ---- why not ----

    def breaks(self, person: str, course: str) -> dict[str, set[Break]]:
        """Of each synced method, where it breaks first; nothing where everything holds."""
        found: dict[str, set[Break]] = {}
        if course in self.in_database:
            off = "disable" if self.hand("disable", course) else ""
            feeding = self.by_database(person, course, self.second)
            found["database"] = feeding or self.method(person, course, "database", off)
        for kind, source, active in self.links[course]:
            name = f"{'cohort' if kind == 'cohorte' else 'meta'} {source}"
            feeding = self.account(person, self.second)
            if not feeding:
                feeding = self.no_member(person, source) if kind == "cohorte" else self.no_source(person, source)
            found[name] = feeding or self.method(person, course, name, "" if active == "oui" else "off")
        return found

    def no_member(self, person: str, cohort: str) -> set[Break]:
        if cohort in self.hand_cohorts:
            return set() if person in self.hand_cohorts[cohort] else {("cohort", "not_in_hand_cohort")}
        return self.into_cohort(person, cohort, self.second)

    def no_source(self, person: str, source: str) -> set[Break]:
        return set() if person in self.unlinked(source) else self.nearest(person, source, linked=False)

    def method(self, person: str, course: str, name: str, off: str) -> set[Break]:
        if person in self.enrolled[course][name]:
            return set()
        if off:
            return {("method", "method_off")}
        if name != "database" and self.is_frozen(course):
            return {("method", "method_year_closed")}
        if name == "database" and person in self.excluded(course):
            return {("decision", "excluded")}
        return {("enrolment", "enrolment_pending")}

    def nearest(self, person: str, course: str, *, linked: bool = True) -> set[Break]:
        """What keeps somebody absent out: the breaks of the chains that get furthest; by hand where no register feeds."""
        synced = [each for name, each in self.breaks(person, course).items() if linked or not name.startswith("meta")]
        if not synced:
            closed = self.account(person, self.second)
            return closed or {("enrolment", "not_enrolled_by_hand")}
        every = {each for breaks in synced for each in breaks}
        furthest = max(self.depth(each) for each in every)
        return {each for each in every if self.depth(each) == furthest}

    def depth(self, broken: Break) -> tuple[int, bool]:
        return -1 if broken[1] in FAR else PLACES.index(broken[0]), broken[1] in NEAR

    def mender(self, code: str) -> str:
        return MENDERS.get(code, "registrar")
