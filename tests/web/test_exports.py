"""Lists as files: what is read back is what was written, nothing is run as a formula, and memory does not follow the rows."""

import csv
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import FileResponse, StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from enrolhub.web.exports import (
    CONTENT_TYPES,
    LONGEST_CELL,
    SHEET_ROWS,
    WRITERS,
    Export,
    TooManyRows,
    check_fits,
    csv_pieces,
    export_response,
    json_pieces,
    sheet_name,
)
from enrolhub.web.formulas import as_text
from tests.web.test_formulas import IS_RUN

HEADINGS = ("name", "number", "groups")
ROWS = [
    ("Été Zoé", "00042", "TD 1|TP 2"),
    ("=SUM(A1)", "+33", "-1"),
    ('d\'Or "Anne"; Łukasz', "1e5", ""),
    ("deux\nlignes", "  trois  blancs ", "<b>&amp;</b>"),
    ("<r>&</r>", "_x0041_", "Дуров 김 𝔘"),
    ("", "", ""),
]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=12)


@pytest.fixture(autouse=True, scope="module")
def _no_end_of_request() -> Iterator[None]:
    """A response that is closed ends a request, and with it the connections to the database; here is neither."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def written(kind: str, rows: Sequence[Sequence[str]], title: str = "Liste") -> bytes:
    """The file of that kind, as the web sends it."""
    with closing(export_response(Export(title, HEADINGS, iter(rows)), kind, "x")) as response:
        return b"".join(response)


def read_back(kind: str, data: bytes) -> list[list[str]]:
    """Header and rows as another program reads them."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_holds_every_cell_as_it_is(kind: str) -> None:
    read = read_back(kind, written(kind, ROWS))
    assert read[: len(ROWS)] == [list(HEADINGS), *map(list, ROWS[:-1])]
    assert [row for row in read[len(ROWS) :] if any(row)] == []


def test_csv_holds_every_cell_with_formulas_made_text() -> None:
    data = written("csv", ROWS)
    assert data.startswith(b"\xef\xbb\xbfname;number;groups\n")
    assert read_back("csv", data) == [list(HEADINGS), *([as_text(cell) for cell in row] for row in ROWS)]
    assert read_back("csv", data)[2] == ["'=SUM(A1)", "'+33", "'-1"]


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_list_of_nobody_has_its_header(kind: str) -> None:
    assert read_back(kind, written(kind, [])) == [list(HEADINGS)]


@pytest.mark.parametrize("cell", IS_RUN)
def test_a_workbook_has_no_formula(cell: str) -> None:
    rows = [(cell, cell, cell)] * 2
    sheet = zipfile.ZipFile(io.BytesIO(written("xlsx", rows))).read("xl/worksheets/sheet1.xml").decode()
    content = zipfile.ZipFile(io.BytesIO(written("ods", rows))).read("content.xml").decode()
    assert set(re.findall(r' t="(\w+)"', sheet)) == {"inlineStr"}
    assert set(re.findall(r'office:value-type="(\w+)"', content)) == {"string"}
    assert ("<f>" in sheet, "table:formula" in content) == (False, False)


def test_cells_of_workbooks_have_the_format_text() -> None:
    book = zipfile.ZipFile(io.BytesIO(written("xlsx", ROWS)))
    used = set(re.findall(r'<c r="[A-Z]+[2-9]" s="(\d+)"', book.read("xl/worksheets/sheet1.xml").decode()))
    styles = ElementTree.fromstring(book.read("xl/styles.xml"))  # noqa: S314  # our own
    formats = styles.findall(".//{*}cellXfs/{*}xf")
    assert {formats[int(number)].get("numFmtId") for number in used} == {"49"}  # “@”, text
    content = zipfile.ZipFile(io.BytesIO(written("ods", ROWS))).read("content.xml").decode()
    assert 'table:default-cell-style-name="text"' in content


def test_an_opendocument_file_says_first_what_it_is() -> None:
    data = written("ods", ROWS)
    archive = zipfile.ZipFile(io.BytesIO(data))
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert data[30:].startswith(f"mimetype{CONTENT_TYPES['ods']}".encode())
    for name in archive.namelist()[1:]:
        ElementTree.fromstring(archive.read(name))  # noqa: S314  # our own
    assert archive.testzip() is None


def test_blanks_tabs_and_line_ends_of_an_opendocument_cell() -> None:
    cells = ("  a   b ", "x\ty", "1\r\n2\r3\n4")
    content = zipfile.ZipFile(io.BytesIO(written("ods", [cells]))).read("content.xml").decode()
    inside = re.findall(r"<table:table-cell[^>]*>(.*?)</table:table-cell>", content)[-3:]
    assert inside == [
        '<text:p><text:s text:c="2"/>a <text:s text:c="2"/>b<text:s text:c="1"/></text:p>',
        "<text:p>x<text:tab/>y</text:p>",
        "<text:p>1</text:p><text:p>2</text:p><text:p>3</text:p><text:p>4</text:p>",
    ]


@given(st.lists(st.tuples(texts, texts, texts), max_size=5))
def test_whatever_csv_is_written_reads_back(rows: list[tuple[str, str, str]]) -> None:
    read = list(csv.reader(io.StringIO("".join(csv_pieces(Export("", HEADINGS, rows))), newline=""), delimiter=";"))
    assert read == [list(HEADINGS), *([as_text(cell) for cell in row] for row in rows)]


@given(st.lists(st.tuples(texts, texts, texts), max_size=5))
def test_whatever_is_written_makes_sound_workbooks(rows: list[tuple[str, str, str]]) -> None:
    for kind, name in {"xlsx": "xl/worksheets/sheet1.xml", "ods": "content.xml"}.items():
        ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(written(kind, rows))).read(name))  # noqa: S314  # our own


@pytest.mark.parametrize("cell", IS_RUN)
def test_csv_marks_what_a_spreadsheet_runs(cell: str) -> None:
    assert read_back("csv", written("csv", [(cell, "", "")]))[1][0] == f"'{cell}"


def test_json_has_an_object_a_line() -> None:
    whole = "".join(json_pieces(Export("", HEADINGS, ROWS)))
    assert json.loads(whole) == [dict(zip(HEADINGS, row, strict=True)) for row in ROWS]
    assert len(whole.splitlines()) == len(ROWS) + 2
    assert "".join(json_pieces(Export("", HEADINGS, []))) == "[]\n"


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_file_is_to_be_kept_and_nowhere_else(kind: str) -> None:
    response = export_response(Export("x", HEADINGS, iter(ROWS)), kind, f"liste é.{kind}")
    assert response.headers["Content-Type"] == CONTENT_TYPES[kind]
    assert response.headers["Content-Disposition"] == f"attachment; filename*=utf-8''liste%20%C3%A9.{kind}"
    assert response.headers["Cache-Control"] == "private, no-store"
    response.close()


def test_csv_is_sent_while_it_is_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[str, str, str]]:
        for number in range(10_000):
            read.append(number)
            yield (str(number), "", "")

    response = export_response(Export("x", HEADINGS, rows()), "csv", "x.csv")
    assert isinstance(response, StreamingHttpResponse)
    pieces = iter(response)
    next(pieces)
    next(pieces)
    assert 0 < len(read) < 10_000
    assert sum(piece.count(b"\n") for piece in pieces) + len(read[:500]) == len(read) == 10_000


@pytest.mark.parametrize("kind", WRITERS)
def test_a_workbook_leaves_no_file_behind(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    response = export_response(Export("x", HEADINGS, iter(ROWS)), kind, "x")
    assert isinstance(response, FileResponse)
    assert int(response.headers["Content-Length"]) == len(b"".join(response))
    response.close()

    def broken() -> Iterator[tuple[str, ...]]:
        yield ROWS[0]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        export_response(Export("x", HEADINGS, broken()), kind, "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_memory_does_not_follow_the_rows(kind: str) -> None:
    def peak(count: int) -> int:
        rows = ((f"Personne {number}", f"{number:08}", "TD 1|TP 2") for number in range(count))
        tracemalloc.start()
        response = export_response(Export("x", HEADINGS, rows), kind, "x")
        for _piece in response:
            pass
        response.close()
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(100)
    assert peak(8_000) < peak(2_000) + 200_000


@pytest.mark.parametrize("kind", WRITERS)
def test_a_cell_is_not_longer_than_a_spreadsheet_takes(kind: str) -> None:
    fits, too_long, wide = "x" * LONGEST_CELL, "x" * (LONGEST_CELL + 1), "𝔘" * LONGEST_CELL
    read = read_back(kind, written(kind, [(fits, too_long, wide)]))[1]
    assert [cell[-1] for cell in read] == ["x", "…", "…"]
    assert [len(cell.encode("utf-16-le")) // 2 <= LONGEST_CELL for cell in read] == [True] * 3
    assert read_back("csv", written("csv", [(fits, too_long, wide)]))[1] == [fits, too_long, wide]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    check_fits(SHEET_ROWS - 1, "xlsx")
    check_fits(SHEET_ROWS * 10, "csv")
    for kind in WRITERS:
        with pytest.raises(TooManyRows, match=str(SHEET_ROWS - 1)):
            check_fits(SHEET_ROWS, kind)


def test_rows_beyond_the_sheet_are_never_left_out_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrolhub.web.exports.SHEET_ROWS", 3)
    for kind in WRITERS:
        assert len(read_back(kind, written(kind, ROWS[:2]))) == 3
        with pytest.raises(TooManyRows):
            written(kind, ROWS[:3])


@pytest.mark.parametrize(
    ("title", "name"),
    [("Participants", "Participants"), ("L2 [A/B]: *?\\", "L2  A B"), ("'", "1"), ("", "1"), ("x" * 40, "x" * 31)],
)
def test_names_of_sheets(title: str, name: str) -> None:
    assert sheet_name(title) == name
    for kind in WRITERS:
        book = CalamineWorkbook.from_filelike(io.BytesIO(written(kind, ROWS, title)))
        assert book.sheet_names == [name]
