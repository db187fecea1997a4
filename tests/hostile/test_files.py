"""Every file of the corpus gets its answer: refused whole, or each of its lines accounted for, and nothing else left behind."""

import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.bulk.enrolments_file import columns_for, readers_for
from enrolhub.web.sheets import archive
from enrolhub.web.sheets.command import read_file
from enrolhub.web.sheets.container import BYTE_LIMIT
from enrolhub.web.sheets.intake import read_entries
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.reading import Sheet, read_sheet
from tests.hostile.cases import Case, Refused
from tests.hostile.files import FILES
from tests.hostile.making import XML, bomb, ods, ods_row, xlsx
from tests.hostile.structures import STRUCTURES

ROLES = ("student", "teacher", "editingteacher", "tutor", "observer")
MEBIBYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def no_file_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever is read leaves nothing in the folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = sorted(tmp_path.iterdir())
    yield
    assert sorted(tmp_path.iterdir()) == before


def read(data: bytes, name: str) -> Sheet:
    """The file as one of enrolments, its cells read."""
    sheet = read_sheet(data, columns_for(None), name)
    read_entries(sheet, readers_for(ROLES))
    rejected = {rejection.line for rejection in sheet.rejections}
    assert sheet.line_count == 1 + len(sheet.lines) + sheet.blank_count
    assert rejected <= sheet.lines.keys()
    assert all(str(rejection) for rejection in sheet.rejections)
    return sheet


@pytest.mark.parametrize("case", [*FILES, *STRUCTURES], ids=str)
def test_the_file_gets_its_answer(case: Case) -> None:
    with translation.override("en"):
        if isinstance(case.answer, Refused):
            with pytest.raises(FileRefused) as refused:
                read(case.make(), case.name)
            problem = refused.value.problem
            assert problem.cause.code == case.answer.cause
            assert case.answer.params.items() <= dict(problem.params).items()
            assert problem.reason
            assert problem.remedy
            return
        sheet = read(case.make(), case.name)
    rejected = {rejection.line: (rejection.column, rejection.problem.cause.code) for rejection in sheet.rejections}
    assert rejected == case.answer.rejected
    assert sheet.row_count - len(rejected) == case.answer.taken
    assert tuple(remark.problem.cause.code for remark in sheet.remarks) == case.answer.remarks
    assert tuple(sheet.unknown) == case.answer.unknown


@pytest.mark.parametrize(
    ("start", "filling", "cause"),
    [
        (b"<worksheet><sheetData>", b" ", "swollen"),
        (b"<worksheet><sheetData>", b"<row/>", "damaged"),
        (b'<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>', b"x", "long_line"),
        (b"<worksheet><!--", b"x", "damaged"),
    ],
)
def put_out(start: bytes, filling: bytes, mebibytes: int) -> str:
    """The cause for which a bomb is refused, by a reader that takes little memory for it."""
    data = bomb(XML.encode() + start, filling, mebibytes)
    assert len(data) < MEBIBYTE
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused) as refused:
            read(data, "f.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 16 * MEBIBYTE
    finally:
        tracemalloc.stop()
    return refused.value.problem.cause.code


BOMBS = [
    (b"<worksheet><sheetData>", b" ", "swollen"),
    (b"<worksheet><sheetData>", b"<row/>", "damaged"),
    (b'<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>', b"x", "long_line"),
    (b"<worksheet><!--", b"x", "damaged"),
]
#: Rows without an end that begin shortly before the last one a sheet can have.
LATE_ROWS = (b'<worksheet><sheetData><row r="1048500"/>', b"<row/>", "damaged")


@pytest.mark.parametrize(("start", "filling", "cause"), [*BOMBS[:1], LATE_ROWS, *BOMBS[2:]])
def test_a_bomb_is_put_out_in_little_memory(
    start: bytes, filling: bytes, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT", 8 * MEBIBYTE)
    assert put_out(start, filling, 10) == cause


@pytest.mark.long
@pytest.mark.parametrize(("start", "filling", "cause"), BOMBS)
def test_a_bomb_of_the_size_that_is_allowed_is_put_out_too(start: bytes, filling: bytes, cause: str) -> None:
    assert put_out(start, filling, 200) == cause


def test_of_a_line_of_two_gigabytes_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    data, _name = read_file(str(path))
    path.unlink()
    assert len(data) == BYTE_LIMIT + 1
    with pytest.raises(FileRefused) as refused:
        read(data, "f.csv")
    assert refused.value.problem.cause.code == "too_large"


def test_a_stream_that_never_ends_is_left(tmp_path: Path) -> None:
    data, name = read_file("/dev/zero")
    assert (len(data), name) == (BYTE_LIMIT + 1, "zero")


@pytest.mark.parametrize("data", [xlsx(), ods(ods_row("cours", "identifiant") + ods_row("C1", "u1"))])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_whatever_byte_of_a_workbook_is_wrong_the_answer_is_clear(data: bytes, place: float, value: int) -> None:
    changed = bytearray(data)
    changed[int(place * len(data))] = value
    answer(bytes(changed))


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@given(
    parts=st.lists(
        st.sampled_from(
            [
                "<row>",
                "</row>",
                '<c r="B2">',
                "<c>",
                "</c>",
                "<v>1</v>",
                "<f/>",
                "<is><t>x</t></is>",
                "]]>",
                "<!--",
                "&#0;",
                "\ud83d",
                "<table:table-row>",
                "</table:table-row>",
                "<table:table-cell>",
                "</table:table-cell>",
                "<text:p>x</text:p>",
                "&lt;",
            ]
        ),
        max_size=8,
    )
)
def test_whatever_a_sheet_is_made_of_the_answer_is_clear(kind: str, parts: list[str]) -> None:
    rows = "".join(parts).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    answer(xlsx(rows) if kind == "xlsx" else ods(ods_row("cours", "identifiant") + rows))


@given(
    st.binary(max_size=300),
    st.sampled_from(["f.csv", "f.xlsx", "f.ods", "f"]),
    st.sampled_from([b"", b"PK\x03\x04", b"cours;identifiant\n"]),
)
def test_any_bytes_in_a_clear_answer_out(data: bytes, name: str, start: bytes) -> None:
    answer(start + data, name)


def answer(data: bytes, name: str = "f") -> None:
    """A sheet whose lines add up, or a refusal that says something."""
    words = "read"
    try:
        read(data, name)
    except FileRefused as refused:
        words = str(refused)
    assert words
