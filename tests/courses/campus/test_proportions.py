"""Sizes of the real thing: the demo's, and by the long tests those of a whole university."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from tests.courses.campus.reading import CampusReader

# Prints the seconds and the megabytes at most that the full campus, then its next night, took in a process of their own.
FULL = """
import resource, sys, time
from pathlib import Path
from courses.campus.making import make_campus
from courses.campus.nights import write_next_night
from courses.campus.plan import Plan, paris_moment
folder, started = Path(sys.argv[1]), time.monotonic()
make_campus(Plan(40_000, 8_000, 3_000, 1, 2026, paris_moment("2026-11-20T02:10:00")), folder)
written = time.monotonic()
print(written - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
write_next_night(folder, folder.parent / "night", extracted_at=paris_moment("2026-11-21T02:10:00"), churn=0.02, seed=1)
print(time.monotonic() - written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def sizes_of(campus: CampusReader) -> list[int]:
    """How many students pedagogical registrations bring to each space, smallest first."""
    counts = Counter(course for course, _ in campus.enrolments)
    return sorted(counts[each["code"]] for each in campus.spaces if each["elements"])


def test_the_demo_has_the_proportions_of_the_real_thing(demo: CampusReader) -> None:
    sizes = sizes_of(demo)
    assert len({each["cod_etu"] for each in demo.administrative}) == 3000
    assert 3200 < len(demo.administrative) < 3500
    assert 54_000 < len(demo.contracts) < 70_000
    assert 25_000 < len(demo.enrolments) < 33_000
    assert 0.4 < len(demo.enrolments) / len(demo.counting) < 0.6, "about half of the elements have no space"
    assert sum(20 <= size <= 60 for size in sizes) > 60
    assert sum(size >= 200 for size in sizes) > 20
    assert sizes[0] > 0


@pytest.mark.long
def test_a_whole_university_is_written_in_a_minute_and_its_next_night_in_twenty_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    output = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "full")], check=True, capture_output=True, text=True
    )
    campus_figures, night_figures = ([float(figure) for figure in line.split()] for line in output.stdout.splitlines())
    assert campus_figures[0] < 60
    assert night_figures[0] < 20
    assert max(campus_figures[1], night_figures[1]) < 1024
    assert time.monotonic() - started < 90
    campus = CampusReader(tmp_path / "full")
    sizes = sizes_of(campus)
    assert len({each["cod_etu"] for each in campus.administrative}) == 40_000
    assert len(campus.administrative) == pytest.approx(45_000, rel=0.02)
    assert len(campus.contracts) == pytest.approx(800_000, rel=0.06)
    assert len(campus.enrolments) == pytest.approx(400_000, rel=0.06)
    assert len(campus.spaces) == 8000
    assert 700 <= len({each["cod_etp"] for each in campus.programmes}) <= 1500
    assert 15 <= median(sizes) <= 60
    assert sum(20 <= size <= 60 for size in sizes) > 2000
    assert sum(200 <= size <= 1200 for size in sizes) > 300
    assert 1000 < sizes[-1] < 2500
