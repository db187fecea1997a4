"""The study of false holds: its days, and the ways in which it spoils an extract."""

import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.study_calendar import rushes, whole_year
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


def test_the_year_has_its_seasons_in_their_order() -> None:
    days = [day.season for day in whole_year(100, 0)]
    assert Counter(days) == {"September": 15, "teaching weeks": 70, "semester change": 15}
    assert [days[night] for night in (0, 14, 15, 54, 55, 69, 70, 99)] == [
        *["September"] * 2,
        *["teaching weeks"] * 2,
        *["semester change"] * 2,
        *["teaching weeks"] * 2,
    ]


@pytest.mark.parametrize(("nights", "poisoned"), [(100, 100), (10, 33), (33, 10), (7, 0)])
def test_poisons_come_in_turn_spread_evenly(nights: int, poisoned: int) -> None:
    due = [list(day.poisons) for day in whole_year(nights, poisoned)]
    assert len(due) == nights
    assert [number for numbers in due for number in numbers] == list(range(poisoned))
    assert max(map(len, due)) - min(map(len, due)) <= 1


def test_each_rush_has_all_small_losses_after_enough_quiet_days() -> None:
    days = rushes()
    assert [day.season for day in days] == ["teaching weeks"] * 11 + ["semester change"] * 4 + ["September"] * 11
    spoiled = {
        night: [POISONS[number].name for number in day.poisons] for night, day in enumerate(days, 1) if day.poisons
    }
    small = [
        ["pedagogical list cut at the end, 3 %"],
        ["2 % of the pedagogical rows lost at random"],
        ["students shuffled, 2 % of the pedagogical rows"],
    ]
    assert spoiled == dict(zip((13, 14, 15, 24, 25, 26), small * 2, strict=True))
