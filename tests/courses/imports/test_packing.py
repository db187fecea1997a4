"""What was seen of a file, packed and read again piece by piece."""

import tracemalloc

import pytest

from cohorts.bulk.file_run import KIND
from courses.bulk.enrolments_file import EnrolmentsFile
from courses.imports.outcomes import look_into
from courses.imports.packing import PIECE, Packed, Section, pack
from courses.imports.preview import ROWS, pack_seen, rejects_in

ROW_COUNT = 2_000


def packed_of(count: int) -> Packed:
    """A summary, and rows of which every third is rejected."""
    rows = Section()
    for number in range(count):
        rows.write_row([number, "rejected" if number % 3 == 0 else "arrival", f"é, {number}\n"])
    text = Section()
    text.write("à" * PIECE)
    return Packed(pack({"said": "œ"}, {ROWS: rows, "text": text}))


def test_what_is_packed_is_read_again() -> None:
    packed = packed_of(5)
    assert packed.summary["said"] == "œ"
    assert packed.page(ROWS, 0, 9) == [
        [number, fate, f"é, {number}\n"]
        for number, fate in enumerate(("rejected", "arrival", "arrival", "rejected", "arrival"))
    ]
    assert b"".join(packed.pieces("text")).decode() == "à" * PIECE
    assert list(packed.pieces("other")) == []


@pytest.mark.parametrize(
    ("start", "stop", "fate", "numbers"),
    [
        (0, 2, "", [0, 1]),
        (4_998, 5_010, "", [4_998, 4_999]),
        (1, 3, "rejected", [3, 6]),
        (0, 2, "arrival", [1, 2]),
        (0, 2, "other", []),
        (3, 3, "", []),
    ],
)
def test_a_page_of_rows(start: int, stop: int, fate: str, numbers: list[int]) -> None:
    assert [row[0] for row in packed_of(5_000).page(ROWS, start, stop, fate)] == numbers


def test_nothing_is_read_of_a_file_that_nobody_looked_at() -> None:
    assert (Packed(b"").summary, Packed(b"").page(ROWS, 0, 20)) == ({}, [])


@pytest.mark.django_db
def test_rejected_rows_are_packed_one_by_one() -> None:
    lines = "\n".join(f"C1;{1_000_000 + number}" for number in range(ROW_COUNT))
    opened = EnrolmentsFile(f"cours;identifiant\n{lines}\n".encode(), f"{KIND}.csv")
    outlook = look_into(opened)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        packed = Packed(pack_seen({}, opened, outlook))
        grown = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert packed.summary["fates"] == {"rejected": ROW_COUNT}
    rejects = b"".join(packed.pieces(rejects_in("fr"))).decode()
    assert rejects.count("\n") == ROW_COUNT + 1
    assert grown < len(rejects) + 1_000_000
