"""A small invented university after two nights, with what hands did in between; the oracle reads the same files."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from cohorts.bulk.cohorts_file import CohortsFile
from cohorts.models import Person
from courses.bulk.courses_file import CoursesFile
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.campus.making import make_campus
from courses.campus.plan import PARIS, Plan
from courses.models import Course, Exclusion, Method
from courses.night import request_night
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from tests.courses.explain.oracle import Extract, University

STUDENTS, COURSES, STAFF, SEED = 500, 70, 40, 11
#: The first extract; the second is of the day after, shortly before ``NOW``.
EXTRACTED_AT = datetime(2026, 11, 19, 2, 10, tzinfo=PARIS)
NOW = datetime(2026, 11, 20, 3, 30, tzinfo=PARIS)
Hand = tuple[str, str, str]


@dataclass(frozen=True)
class Campus:
    """Where the files of two nights lie, and where the hands between them are told."""

    folder: Path

    @property
    def second(self) -> Path:
        return self.folder / "nights" / "01"

    @property
    def hands(self) -> Path:
        return self.folder / "hands"


def write_campus(folder: Path) -> Campus:
    """The files of two nights, the second with rows that no generator would write."""
    make_campus(Plan(STUDENTS, COURSES, STAFF, SEED, 2026, EXTRACTED_AT), folder, nights=1, churn=0.04)
    campus = Campus(folder)
    spoil(campus.second)
    tell_hands(campus)
    return campus


def spoil(folder: Path) -> None:
    """Other versions, other étapes and lost rows, so that every kind of break is met."""
    change_rows(folder / "inscriptions_administratives.csv", spoil_registration)
    change_rows(folder / "annuaire.csv", lambda cells, number: None if number % 90 == 7 else cells)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in ("inscriptions_administratives.csv", "annuaire.csv"):
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"rows": content.count(b"\n") - 1, "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def spoil_registration(cells: list[str], number: int) -> list[str] | None:
    match number % 40:
        case 3:
            return [*cells[:3], "999", *cells[4:]]
        case 5:
            return [*cells[:2], "ZZZ9", *cells[3:]]
        case 9:
            return None
    return cells


def change_rows(path: Path, change: Callable[[list[str], int], list[str] | None]) -> None:
    """Let each row but the header become another one, or none."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    kept = [header, *filter(None, (change(cells, number) for number, cells in enumerate(rows)))]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows(kept)


def tell_hands(campus: Campus) -> None:
    """Choose what hands do to courses that one element feeds, and write it for the oracle and for the database."""
    campus.hands.mkdir()
    write_hands(campus, [])
    files = University(campus.folder, campus.second, campus.hands)
    sources = {source for links in files.links.values() for _, source, _ in links}
    plain = [
        code
        for code in sorted(files.spaces)
        if len(files.units(code)) == 1 and not files.links[code] and code not in sources
    ]
    full = [code for code in plain if len(files.database_of(code)) > 4]
    write_hands(campus, [*restrictions(files, full[::3]), *other_hands(files, full[1::3])])


def write_hands(campus: Campus, hands: Iterable[Hand]) -> None:
    with (campus.hands / "hands.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("kind", "course", "detail"), *hands])


def restrictions(files: University, courses: list[str]) -> Iterable[Hand]:
    """Courses for one group of their element, for one étape of several, for one version of two; one that nobody may enter."""
    yield "programme", courses.pop(), "ETP-OTHER"
    for course in courses:
        [unit] = files.units(course)
        groups = sorted({place[2] for places in files.second.places.values() for place in places if place[1] == unit})
        routes = {row[:4] for rows in files.second.pedagogical.values() for row in rows if row[3] == unit}
        programmes, editions = sorted({route[1] for route in routes}), sorted({route[1:3] for route in routes})
        if len(programmes) > 1:
            yield "programme", course, programmes[0]
        elif len(editions) > 1:
            yield "programme", course, "/".join(editions[0])
        elif any(groups):
            yield "group", course, max(groups)


def other_hands(files: University, courses: list[str]) -> Iterable[Hand]:
    yield "year", courses[0], "2025"
    yield "year", courses[1], ""
    for course in courses[2:]:
        if arriving(files, course):
            yield "disable", course, ""
        else:
            for person in sorted(files.database_of(course))[:2]:
                yield "exclude", course, person


def arriving(files: University, course: str) -> set[str]:
    """Whom the second extract would bring into the course."""
    now, then = (
        {person for person in files.people if not files.by_database(person, course, extract)}
        for extract in (files.second, files.first)
    )
    return now - then


def load(campus: Campus) -> Run:
    """Two nights with the bulk files and the hands in between; the second night."""
    for name, reader in (("espaces", CoursesFile),):
        reader((campus.folder / f"{name}.csv").read_bytes(), f"{name}.csv").carry_out(dry_run=False)
    pass_night(campus.folder)
    for name, reads in (
        ("cohortes", CohortsFile),
        ("methodes", MethodsFile),
        ("enseignants", EnrolmentsFile),
        ("inscriptions_manuelles", EnrolmentsFile),
    ):
        reads((campus.folder / f"{name}.csv").read_bytes(), f"{name}.csv").carry_out(dry_run=False)
    do_hands(campus)
    return pass_night(campus.second)


def pass_night(folder: Path) -> Run:
    run = request_night(folder=folder)
    assert run is not None
    return attempt_run(run)


def do_hands(campus: Campus) -> None:
    for hand in University(campus.folder, campus.second, campus.hands).hands:
        course, detail = Course.objects.get(code=hand["course"]), hand["detail"]
        method = Method.objects.get(course=course, kind="database")
        match hand["kind"]:
            case "group":
                course.units.update(group_code=detail)
            case "programme":
                programme, _, version = detail.partition("/")
                course.units.update(programme_code=programme, version_code=version)
            case "year":
                Course.objects.filter(pk=course.pk).update(academic_year=detail)
            case "disable":
                Method.objects.filter(pk=method.pk).update(enabled=False)
            case "exclude":
                Exclusion.objects.create(method=method, person=Person.objects.get(username=detail))


def pairs_of(files: University, dice: Random) -> list[tuple[str, str]]:
    """A thousand pairs, each once: people whom hands were about, people in a course, people who just miss it, anybody."""
    inside = sorted(
        (course, person) for course, by in files.enrolled.items() for people in by.values() for person in people
    )
    near = sorted(near_misses(files, files.second))
    anybody = [(dice.choice(sorted(files.spaces)), dice.choice(files.people)) for _ in range(2_000)]
    wanted = [*handled(files, dice), *dice.sample(inside, 330), *dice.sample(near, 300), *anybody]
    return list(dict.fromkeys(wanted))[:1_000]


def handled(files: University, dice: Random) -> Iterable[tuple[str, str]]:
    """People of courses that hands changed: some who were in, some who would come, those excluded."""
    for hand in files.hands:
        course = hand["course"]
        if hand["kind"] == "exclude":
            yield course, hand["detail"]
            continue
        then = {person for person in files.people if not files.by_database(person, course, files.first)}
        for people in (then - files.in_database[course], arriving(files, course)):
            yield from ((course, person) for person in dice.sample(sorted(people), min(5, len(people))))


def near_misses(files: University, extract: Extract) -> Iterable[tuple[str, str]]:
    """Students with a row on an element of a course who are not in it."""
    fed = {unit: code for code in files.in_database for unit in files.units(code)}
    for person, number in files.numbers.items():
        for row in extract.pedagogical[number] if number else []:
            course = fed.get(row[3])
            if course and person not in files.in_database[course]:
                yield course, person
