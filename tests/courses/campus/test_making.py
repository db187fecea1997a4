import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from courses.campus.making import make_campus
from courses.campus.plan import CampusError, Plan, academic_year_of, paris_moment
from courses.campus.writing import write_bulk_file
from tests.courses.campus.reading import EXCHANGE, CampusReader, Reader, digests_of, rows_of

BULK = ["cohortes", "derniers_acces", "enseignants", "espaces", "inscriptions_manuelles", "methodes"]
# In another process sets have another order: nothing of it may show.
SCRIPT = """
import sys
from pathlib import Path
from courses.campus.making import make_campus
from courses.campus.plan import Plan, paris_moment
make_campus(Plan(40, 6, 5, 7, 2026, paris_moment("2026-11-20T02:10:00")), Path(sys.argv[1]), nights=2, churn=0.1)
"""


def test_the_same_plan_gives_the_same_bytes_in_any_process(tiny: Plan, tmp_path: Path) -> None:
    make_campus(tiny, tmp_path / "here", nights=2, churn=0.1)
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        there = str(tmp_path / hash_seed)
        subprocess.run([sys.executable, "-c", SCRIPT, there], check=True, env=environment)
        assert digests_of(tmp_path / hash_seed) == digests_of(tmp_path / "here")


def test_another_seed_gives_another_university(tiny: Plan, tmp_path: Path) -> None:
    make_campus(tiny, tmp_path / "one")
    make_campus(replace(tiny, seed=8), tmp_path / "two")
    one, two = digests_of(tmp_path / "one"), digests_of(tmp_path / "two")
    assert sorted(one) == sorted(two) == sorted(["manifest.json", *EXCHANGE, *(f"{name}.csv" for name in BULK)])
    drawn = set(one) - {"annees.csv", "etapes.csv", "elements.csv", "methodes.csv"}  # too short to differ here
    assert all(one[name] != two[name] for name in drawn)


def test_a_campus_holds_its_nights_as_exchange_folders(demo_folder: Path) -> None:
    nights = demo_folder / "nights"
    assert sorted(path.name for path in nights.iterdir()) == ["01", "02"]
    for night in nights.iterdir():
        assert sorted(path.name for path in night.iterdir()) == sorted(["manifest.json", *EXCHANGE])


@pytest.mark.parametrize("place", ["", "nights/01", "nights/02"])
def test_the_manifest_counts_and_signs_each_list(demo_folder: Path, place: str) -> None:
    folder = demo_folder / place
    expected = {
        name: {"rows": len(rows_of(folder / name)), "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in EXCHANGE
    }
    day = {"": 20, "nights/01": 21, "nights/02": 22}[place]
    assert Reader(folder).manifest == {
        "extracted_at": f"2026-11-{day}T02:10:00+01:00",
        "academic_years": ["2026"],
        "files": expected,
    }


def test_a_night_keeps_the_hour_of_paris_over_the_change_of_time(tiny: Plan, tmp_path: Path) -> None:
    make_campus(replace(tiny, extracted_at=paris_moment("2026-10-24T02:10:00")), tmp_path / "campus", nights=1)
    moments = [Reader(tmp_path / place).manifest["extracted_at"] for place in ("campus", "campus/nights/01")]
    assert moments == ["2026-10-24T02:10:00+02:00", "2026-10-25T02:10:00+02:00"]


@pytest.mark.parametrize(("students", "courses", "staff"), [(1, 1, 1), (2, 3, 1), (25, 60, 2), (400, 2, 3)])
def test_a_university_may_be_small_or_out_of_proportion(
    tiny: Plan, tmp_path: Path, students: int, courses: int, staff: int
) -> None:
    make_campus(replace(tiny, students=students, courses=courses, staff=staff), tmp_path / "campus", nights=2)
    campus = CampusReader(tmp_path / "campus")
    assert len(campus.spaces) == courses
    assert len({each["cod_etu"] for each in campus.administrative}) == students
    assert len([each for each in campus.directory if each["uid"].startswith("p")]) == staff


def test_a_university_may_be_of_another_year_or_seen_on_its_first_day(tiny: Plan, tmp_path: Path) -> None:
    make_campus(replace(tiny, year=2027, extracted_at=paris_moment("2027-07-01T00:00:00")), tmp_path / "campus")
    campus = CampusReader(tmp_path / "campus")
    assert {each["dat_mod_iae"] for each in campus.administrative} == {"2027-07-01"}
    assert {each["dat_mod_ice"] for each in campus.contracts} == {"2027-07-01"}
    assert max(each["dernier_acces"] for each in campus.bulk("derniers_acces")) < "2027-07-01T00:00:00+02:00"


def test_an_older_campus_gives_way_with_its_nights(tiny: Plan, tmp_path: Path) -> None:
    make_campus(tiny, tmp_path / "campus", nights=2)
    make_campus(replace(tiny, seed=8), tmp_path / "campus")
    make_campus(replace(tiny, seed=8), tmp_path / "fresh")
    assert digests_of(tmp_path / "campus") == digests_of(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campus", "fresh"]


def test_a_folder_that_is_there_already_stays_the_same_folder(tiny: Plan, tmp_path: Path) -> None:
    (tmp_path / "campus").mkdir()
    inode = (tmp_path / "campus").stat().st_ino
    make_campus(tiny, tmp_path / "campus")
    (tmp_path / "campus" / ".campus.making-1").mkdir()  # a process was killed here
    make_campus(tiny, tmp_path / "campus", nights=1)
    make_campus(tiny, tmp_path / "fresh", nights=1)
    assert (tmp_path / "campus").stat().st_ino == inode
    assert digests_of(tmp_path / "campus") == digests_of(tmp_path / "fresh")
    assert not (tmp_path / "campus" / ".campus.making-1").exists()


def test_a_campus_that_fails_half_way_leaves_the_old_one(tiny: Plan, tmp_path: Path) -> None:
    make_campus(tiny, tmp_path / "campus", nights=1)
    before = digests_of(tmp_path)
    with pytest.raises(CampusError, match="churn"):
        make_campus(replace(tiny, seed=8), tmp_path / "campus", nights=1, churn=7)
    assert digests_of(tmp_path) == before


def test_a_folder_with_anything_else_is_left_alone(tiny: Plan, tmp_path: Path) -> None:
    make_campus(tiny, tmp_path / "campus")
    (tmp_path / "campus" / "thesis.odt").write_text("years of work")
    before = digests_of(tmp_path)
    with pytest.raises(CampusError, match="is not empty and does not hold a campus"):
        make_campus(tiny, tmp_path / "campus")
    assert digests_of(tmp_path) == before


def test_a_file_in_the_way_is_named(tiny: Plan, tmp_path: Path) -> None:
    (tmp_path / "campus").write_text("a file")
    with pytest.raises(CampusError, match="campus is not a folder"):
        make_campus(tiny, tmp_path / "campus")
    with pytest.raises(CampusError, match="campus/below"):
        make_campus(tiny, tmp_path / "campus" / "below")


def test_a_bulk_file_goes_on_in_parts_that_an_import_accepts(tmp_path: Path) -> None:
    lines = [f"C;p{rank};2026-11-01T10:00:00+01:00" for rank in range(100_001)]
    write_bulk_file(tmp_path, "derniers_acces.csv", lines)
    sizes = {path.name: len(rows_of(path)) for path in tmp_path.iterdir()}
    assert sizes == {"derniers_acces.csv": 50_000, "derniers_acces-2.csv": 50_000, "derniers_acces-3.csv": 1}


@pytest.mark.parametrize(("day", "year"), [("2026-06-30", 2025), ("2026-07-01", 2026), ("2027-01-15", 2026)])
def test_an_academic_year_begins_on_the_first_of_july(day: str, year: int) -> None:
    assert academic_year_of(datetime.fromisoformat(day).date()) == year


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T02:10:00", "2026-11-20T02:10:00+01:00"),
        ("2026-07-20T02:10:00.75", "2026-07-20T02:10:00+02:00"),
        ("2026-11-20T02:10:00+00:00", "2026-11-20T03:10:00+01:00"),
    ],
)
def test_a_moment_is_taken_in_paris_time(text: str, moment: str) -> None:
    assert paris_moment(text).isoformat() == moment
