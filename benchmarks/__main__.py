"""`python -m benchmarks [--databases sqlite,postgresql] [--campuses plain,full]`: the tables of docs/benchmarks.md."""

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measuring import ROOT, Measure, last_json, measure_command
from benchmarks.nights import CAMPUSES, Line, measure_cohort, measure_nights, write_campus
from tests.servers.postgres import running_postgres

#: Milliseconds allowed by people of the course: any order, and orders by roles or groups.
PAGE_LIMITS = {20_000: {"page": 50, "costly": 100}, 100_000: {"page": 200, "costly": 500}}
HISTORY_LIMITS = {"history": 0.5, "past": 1.0}  # seconds
EXPORT_PEOPLE = (20_000, 100_000)
EXPORT_LIMITS = {"csv": 1, "xlsx": 3, "ods": 3}  # seconds for the smaller course
ACTION_LIMITS = {"preview": 2, "confirm": 2, "job": 5}  # seconds for everyone of the course
#: Seconds for a cohort of 20,000 in one course, one of 300 in 500 courses, and the end of the latter.
METHOD_LIMITS = {"one preview": 1, "one confirm": 0.2, "one job": 5} | {
    "many preview": 3,
    "many confirm": 1,
    "many job": 20,
}
METHOD_LIMITS |= {"delete preview": 3, "delete confirm": 1, "delete job": 20}
#: Seconds for a preview, and as many for applying it, of so many rows of a kind of file.
FILE_LIMITS = {(5_000, "csv"): 2, (5_000, "xlsx"): 4, (50_000, "csv"): 10, (50_000, "xlsx"): 20}
SEARCH_PEOPLE, SEARCH_LIMIT = 40_000, 50  # milliseconds
GUARDS_SHARE = 0.15  # of a night
EXPLAIN_PAIRS, EXPLAIN_LIMIT = 1_000, 100  # milliseconds
VERIFIED_PEOPLE, VERIFICATION_LIMIT = 2_000, 200  # milliseconds
MEMORY_LIMIT = 400  # megabytes, of any process
COLUMNS = ("work", "seconds", "at most", "peak MB", "writer waited", "arrivals", "departures", "held", "unchanged")


@contextmanager
def sqlite_file() -> Iterator[str]:
    """An empty SQLite database on the disk that temporary files are on."""
    with tempfile.TemporaryDirectory(prefix="enrolhub-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'db.sqlite3'}"


def open_database(name: str) -> AbstractContextManager[str]:
    """A fresh database; PostgreSQL as it comes, every commit on the disk."""
    return sqlite_file() if name == "sqlite" else running_postgres(careless=False)


def measure_database(campus_names: list[str], folder: Path, database: str) -> Iterator[Line]:
    """Each campus, and the participants page, on a database of its own; the cohort joins the first campus."""
    for campus_name in campus_names:
        with open_database(database) as url:
            yield from measure_nights(CAMPUSES[campus_name], folder / campus_name, url)
            yield from measure_guards(CAMPUSES[campus_name].name, folder / campus_name, url)
            yield from measure_explain(CAMPUSES[campus_name].name, url)
            yield from measure_verification(CAMPUSES[campus_name].name, url)
            if campus_name == campus_names[0]:
                yield measure_cohort(folder / campus_name, folder, url)
    for people in PAGE_LIMITS:
        with open_database(database) as url:
            yield from measure_page(url, people)
    with open_database(database) as url:
        yield from measure_exports(url)
    with open_database(database) as url:
        yield from measure_actions(url)
    with open_database(database) as url:
        yield from measure_methods(url)
    with open_database(database) as url:
        yield from measure_files(url)
    with open_database(database) as url:
        yield from measure_search(url)
    with open_database(database) as url:
        yield from measure_history(url)


def measure_guards(campus: str, folder: Path, database_url: str) -> Iterator[Line]:
    """The guards of one more changed night and of an unchanged one, against their share of it."""
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    following = str(folder / "nights" / "02")
    for kind in ("changed", "unchanged"):
        words = [sys.executable, "-m", "benchmarks.guards", following]
        done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        times = last_json(done.stdout)
        limit = times["night"] * GUARDS_SHARE
        yield Line(f"{campus}: guards of a night, {kind} ({times['night']:.1f} s)", Measure(times["guards"], 0), limit)


def measure_history(database_url: str) -> Iterator[Line]:
    """The history of one very large course after sixty nights, and its list as it was after the first ones."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    people = min(PAGE_LIMITS)
    words = [sys.executable, "-m", "benchmarks.history", str(people)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for kind, name in {"history": "history", "past": "list as it was on a day"}.items():
        yield Line(f"{name}, {people:,} people", Measure(times[f"{kind}_most"] / 1000, 0), HISTORY_LIMITS[kind])


def measure_actions(database_url: str) -> Iterator[Line]:
    """Everyone of one very large course suspended: the preview, the confirmation, the worker's part."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    people = min(PAGE_LIMITS)
    words = [sys.executable, "-m", "benchmarks.participants_actions", str(people)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for step, limit in ACTION_LIMITS.items():
        yield Line(f"suspend {people:,} people, {step}", Measure(times[step], 0), limit)


def measure_methods(database_url: str) -> Iterator[Line]:
    """Methods of one very large cohort, and of many courses: previews, confirmations, the worker's part."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    words = [sys.executable, "-m", "benchmarks.methods"]
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for step, limit in METHOD_LIMITS.items():
        yield Line(f"methods: {step}", Measure(times[step], 0), limit)


def measure_files(database_url: str) -> Iterator[Line]:
    """Files of enrolments of two sizes and two kinds: read, checked and previewed, then applied."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    words = [sys.executable, "-m", "benchmarks.bulk_files"]
    subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    def run(*arguments: str) -> dict[str, float]:
        command = [*words, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return last_json(done.stdout)

    for (rows, kind), limit in FILE_LIMITS.items():
        times, rejected = run(str(rows), kind), run(str(rows), kind, "rejected")
        for step in ("preview", "apply"):
            yield Line(f"file of {rows:,} rows, {kind}: {step}", Measure(times[step], times["megabytes"]), limit)
        yield Line("…all rejected: preview", Measure(rejected["look"], rejected["megabytes"]), limit)


def measure_explain(campus: str, database_url: str) -> Iterator[Line]:
    """« Pourquoi ? » over pairs of a person and a course, present and absent."""
    words = [sys.executable, "-m", "benchmarks.explain", str(EXPLAIN_PAIRS)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for kind, name in {"explain": f"{campus}: why, a pair", "page": "…its page"}.items():
        for figure in ("median", "p95", "worst"):
            yield Line(f"{name}, {figure}", Measure(times[f"{kind}_{figure}"] / 1000, 0), EXPLAIN_LIMIT / 1000)


def measure_verification(campus: str, database_url: str) -> Iterator[Line]:
    """Course › Vérification of the largest course of at most so many people."""
    words = [sys.executable, "-m", "benchmarks.verification", str(VERIFIED_PEOPLE)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for figure in ("median", "worst"):
        work = f"{campus}: verification of {times['people']:,} people, {figure}"
        yield Line(work, Measure(times[figure] / 1000, 0), VERIFICATION_LIMIT / 1000)


def measure_page(database_url: str, people: int) -> Iterator[Line]:
    """The participants page of one very large course."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    words = [sys.executable, "-m", "benchmarks.participants_page", str(people)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    if times["disturbed"]:
        print(f"{times['disturbed']:.0f} of {times['addresses']:.0f} addresses had no quiet moment", file=sys.stderr)
    for kind, name in {
        "page": f"participants page, {people:,} people",
        "costly": "…sorted by roles or groups",
    }.items():
        for figure in ("median", "p95"):
            milliseconds = times[f"{kind}_{figure}"]
            yield Line(f"{name}, {figure}", Measure(milliseconds / 1000, 0), PAGE_LIMITS[people][kind] / 1000)


def measure_exports(database_url: str) -> Iterator[Line]:
    """A whole course as a file of each kind; of a larger course too, since the memory must stay the same."""
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    measure_command("migrate", "-v", "0", database_url=database_url)

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "benchmarks.participants_exports", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    for people in EXPORT_PEOPLE:
        run("load", str(people))
        for kind, limit in EXPORT_LIMITS.items():
            report = last_json(run(kind))
            measure = Measure(report["seconds"], report["megabytes"])
            yield Line(f"export of {people:,} people, {kind}", measure, limit * people / EXPORT_PEOPLE[0])


def measure_search(database_url: str) -> Iterator[Line]:
    """The search of people and of cohorts as one types, when enrolling."""
    measure_command("migrate", "-v", "0", database_url=database_url)
    words = [sys.executable, "-m", "benchmarks.people_search", str(SEARCH_PEOPLE)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "enrolhub.settings"}
    done = subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    times = last_json(done.stdout)
    for kind, name in {"people": f"search among {SEARCH_PEOPLE:,} people", "cohorts": "search among cohorts"}.items():
        for figure in ("median", "p95"):
            yield Line(f"{name}, {figure}", Measure(times[f"{kind}_{figure}"] / 1000, 0), SEARCH_LIMIT / 1000)


def cells_of(line: Line) -> list[str]:
    """A line of the table as text; times under a second in milliseconds."""
    measure = line.measure

    def seconds(value: float | None) -> str:
        return "" if value is None else f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"

    counts = [str(measure.report.get(name, "")) for name in ("arrivals", "departures", "held", "unchanged")]
    late = " !" if measure.seconds > line.limit else ""
    heavy = " !" if measure.megabytes > MEMORY_LIMIT else ""
    memory = f"{measure.megabytes:.0f}{heavy}" if measure.megabytes else ""
    return [
        line.work,
        seconds(measure.seconds) + late,
        seconds(line.limit),
        memory,
        seconds(measure.longest_wait),
        *counts,
    ]


def leave(number: int, _frame: object) -> None:
    """End through every `finally`, so that no server and no folder is left."""
    sys.exit(128 + number)


def main() -> None:
    """Measure, and print one table a database."""
    signal.signal(signal.SIGTERM, leave)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How long nights and pages take.")
    parser.add_argument("--databases", default="postgresql,sqlite")
    parser.add_argument("--campuses", default="plain,full")
    options = parser.parse_args()
    console, campus_names = Console(width=None if sys.stdout.isatty() else 160), options.campuses.split(",")
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="enrolhub-campus-") as place, sqlite_file() as unused:
        folder = Path(place)
        os.environ["STATIC_ROOT"] = str(folder / "static")
        measure_command("collectstatic", "--noinput", database_url=unused)
        for name in campus_names:
            written = write_campus(CAMPUSES[name], folder / name, unused)
            console.print(f"{CAMPUSES[name].name}: written in {written.seconds:.1f} s, {written.megabytes:.0f} MB")
        for database in options.databases.split(","):
            table = Table(*COLUMNS, title=f"On {database}")
            for line in measure_database(campus_names, folder, database):
                cells = cells_of(line)
                print(f"{database}: {cells[0]}: {cells[1]}", file=sys.stderr)
                table.add_row(*cells)
            console.print(table)


if __name__ == "__main__":
    main()
