"""Whole nights on a file that was cut somewhere and whose manifest has no hash to tell: whatever is left of it, nobody leaves."""

import random

import pytest
from django.db import transaction

from courses.models import Course
from tests.dumps import facts
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers, course

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.timeout(900)]
CROWD, RANDOM = 40, 10


@pytest.fixture
def settled(registers: Registers) -> Registers:
    """A university that a first night has filled; tonight's registers say the same."""
    course("INF101-26", "INF101")
    for number in range(13, CROWD):
        registers.student(number)
    registers.group("10", *range(1, CROWD), code="TD1")
    registers.night()
    registers.write()
    return registers


def cuts_of(content: bytes) -> list[int]:
    """Every byte of the last line, and some places anywhere, always the same."""
    last = len(content.splitlines(keepends=True)[-1])
    elsewhere = random.Random(0).sample(range(len(content) - last), RANDOM)
    return [*sorted(elsewhere), *range(len(content) - last, len(content))]


@pytest.mark.parametrize("name", ["annuaire", ADMINISTRATIVE, PEDAGOGICAL, "groupes", "affectations_groupes"])
def test_a_file_cut_anywhere_removes_nobody(settled: Registers, name: str) -> None:
    before = {part: rows for part, rows in facts().items() if part in ("members", "enrolments", "places")}
    path = settled.folder / f"{name}.csv"
    content = path.read_bytes()
    rows = {file.name: {"rows": file.read_bytes().count(b"\n") - 1} for file in settled.folder.glob("*.csv")}
    wrong = []
    for cut in cuts_of(content):
        path.write_bytes(content[:cut])
        settled.declare(files=rows)
        with transaction.atomic():
            run = settled.read()
            after = facts()
            if run.departures or any(after[part] != before[part] for part in before):
                wrong.append((cut, content[max(0, cut - 20) : cut], run.state))
            transaction.set_rollback(True)
    assert wrong == []
    assert Course.objects.get().code == "INF101-26"
