"""Nights of three sizes: first, changed, unchanged; and a large cohort into ten courses."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Measure, measure_command
from benchmarks.plain_campus import reduce_to_enrolments

NIGHT = (0, 3)  # something held is a night like another


@dataclass(frozen=True)
class Campus:
    """A university of `make_campus`, and how much of it changes in its second night."""

    name: str
    students: int
    courses: int
    staff: int
    churn: float
    #: Seconds allowed on PostgreSQL: first night, changed, unchanged. SQLite may take twice as long.
    limits: tuple[float, float, float]
    #: Reduced to people and enrolments.
    plain: bool = False


CAMPUSES = {
    "plain": Campus(
        "22,000 people, 1,000 courses, 200,000 enrolments", 21_000, 1_000, 500, 0.016, (10, 4, 3), plain=True
    ),
    "full": Campus("full-size campus", 40_000, 8_000, 4_000, 0.02, (40, 15, 10)),
}
COHORT, COHORT_SIZE, COHORT_COURSES, COHORT_LIMIT = "BENCH", 20_000, 10, 8


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    work: str
    measure: Measure
    limit: float


def write_campus(campus: Campus, folder: Path, database_url: str) -> Measure:
    """The exchange files of three nights."""
    sizes = ["--students", str(campus.students), "--courses", str(campus.courses), "--staff", str(campus.staff)]
    nights = ["--seed", "1", "--nights", "2", "--churn", str(campus.churn)]
    measure = measure_command("make_campus", str(folder), *sizes, *nights, database_url=database_url)
    if campus.plain:
        reduce_to_enrolments(folder)
    return measure


def measure_nights(campus: Campus, folder: Path, database_url: str) -> Iterator[Line]:
    """Three nights on an empty database, with the courses and teachers of the campus."""
    factor = 2 if database_url.startswith("sqlite:") else 1
    first, changed, unchanged = (limit * factor for limit in campus.limits)
    measure_command("migrate", "-v", "0", database_url=database_url)
    measure_command("import_courses", str(folder / "espaces.csv"), database_url=database_url)
    yield Line(f"{campus.name}: first night", measure_night(folder, database_url), first)
    measure_command("import_enrolments", str(folder / "enseignants.csv"), database_url=database_url, accept=NIGHT)
    following = folder / "nights" / "01"
    name = f"{campus.name}: {campus.churn:.0%} of registrations changed"
    yield Line(name, measure_night(following, database_url), changed)
    yield Line(f"{campus.name}: unchanged night", measure_night(following, database_url), unchanged)


def measure_night(folder: Path, database_url: str) -> Measure:
    """One whole `nightly` process."""
    return measure_command("nightly", "--sources", str(folder), database_url=database_url, accept=NIGHT)


def measure_cohort(campus_folder: Path, folder: Path, database_url: str) -> Line:
    """A hand-kept cohort of all students into ten courses; the methods are the work, the cohort stands before."""
    with (campus_folder / "annuaire.csv").open(encoding="utf-8", newline="") as file:
        people = [row["supannAliasLogin"] for row in csv.DictReader(file, delimiter=";") if row["supannEtuId"]]
    courses = [[f"{COHORT}{n}", f"Cours {n}", "ecampus", "manuelle"] for n in range(COHORT_COURSES)]
    spaces = write(folder / "espaces.csv", ["code", "titre", "plateforme", "creation"], courses)
    members = write(
        folder / "cohorte.csv",
        ["cohorte", "nom", "identifiant", "operation"],
        [[COHORT, "Toutes et tous", person, "ajout"] for person in people[:COHORT_SIZE]],
    )
    methods = write(
        folder / "methodes.csv",
        ["operation", "methode", "cours", "source", "role"],
        [["ajout", "cohorte", course[0], COHORT, "student"] for course in courses],
    )
    measure_command("import_courses", spaces, database_url=database_url)
    measure_command("import_cohorts", members, database_url=database_url)
    factor = 2 if database_url.startswith("sqlite:") else 1
    measure = measure_command("import_methods", methods, database_url=database_url)
    return Line(f"a cohort of {COHORT_SIZE:,} into {COHORT_COURSES} courses", measure, COHORT_LIMIT * factor)


def write(path: Path, header: list[str], rows: list[list[str]]) -> str:
    """A bulk file; its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([header, *rows])
    return str(path)
