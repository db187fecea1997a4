"""The study of false holds: its days, and the ways in which it spoils an extract."""

import argparse
import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.study import Study, calendar
from benchmarks.study_poisons import POISONS, poison
from courses.campus.making import make_campus
from courses.campus.plan import Plan


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "campus"
    make_campus(Plan(150, 20, 10, 1, 2026, datetime.fromisoformat("2026-09-01T02:10:00+02:00")), folder)
    return folder


def prints(folder: Path) -> dict[str, str]:
    """What is in a folder's files, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("number", range(len(POISONS)), ids=lambda number: POISONS[number].name)
def test_a_poison_spoils_a_copy_in_the_same_way_each_time(campus: Path, tmp_path: Path, number: int) -> None:
    before = prints(campus)
    for folder in ("one", "other"):
        assert poison(campus, tmp_path / folder, number, 7) is POISONS[number]
    spoiled = prints(tmp_path / "one")
    assert spoiled == prints(tmp_path / "other")
    assert prints(campus) == before
    lists = [name for name in spoiled if name.endswith(".csv")]
    assert len(lists) < 8 or any(spoiled[name] != before[name] for name in lists)


def test_the_year_has_its_periods_in_their_order() -> None:
    days = list(calendar(100))
    assert Counter(name for name, _ in days) == {"September": 15, "teaching weeks": 70, "semester change": 15}
    assert [days[night][0] for night in (0, 14, 15, 54, 55, 69, 70, 99)] == [
        *["September"] * 2,
        *["teaching weeks"] * 2,
        *["semester change"] * 2,
        *["teaching weeks"] * 2,
    ]


@pytest.mark.parametrize(("nights", "poisoned"), [(100, 100), (10, 33), (33, 10), (7, 0)])
def test_poisoned_nights_are_spread_evenly(nights: int, poisoned: int) -> None:
    study = Study(argparse.Namespace(nights=nights, poisoned=poisoned), Path())
    due = [study.poisons_due(night) for night in range(1, nights + 1)]
    assert sum(due) == poisoned
    assert max(due) - min(due) <= 1
