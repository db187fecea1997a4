"""Reading a bulk file: FORMATS.md §4, and the files of RELIABILITY.md §5a and §5b that are CSV."""

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolhub.web.formulas import without_mark
from enrolhub.web.sheets import reading
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.reading import Sheet, read_sheet
from enrolhub.web.sheets.recognition import Column
from enrolhub.web.sheets.rejects import write_rejected

COLUMNS = (
    Column("course", "cours", "course", required=True),
    Column("person", "identifiant", "person", required=True),
    Column("last_access", "dernier_acces", "last_access"),
)
GOOD = "cours;identifiant\nC1;u1\n"


def read(content: str | bytes, name: str = "f.csv") -> Sheet:
    return read_sheet(content.encode() if isinstance(content, str) else content, COLUMNS, name)


def cells(content: str | bytes) -> list[tuple[int, str, str]]:
    return [(row.line, row["course"], row["person"]) for row in read(content).rows]


def refusal(content: str | bytes, name: str = "f.csv") -> tuple[str, dict[str, object]]:
    with pytest.raises(FileRefused) as raised:
        read(content, name)
    assert str(raised.value)
    return raised.value.problem.cause.code, dict(raised.value.problem.params)


def rejected(content: str) -> list[tuple[int, str]]:
    return [(rejection.line, rejection.problem.cause.code) for rejection in read(content).rejections]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_recognised(separator: str) -> None:
    assert cells(GOOD.replace(";", separator)) == [(2, "C1", "u1")]


def test_a_comma_inside_a_cell_does_not_fool_the_recognition() -> None:
    assert cells("remarque, avis;cours;identifiant\na, b, c;C1;u1\n") == [(2, "C1", "u1")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("cours;identifiant\né;u1\n".encode(), "UTF-8"),
        ("cours;identifiant\né;u1\n".encode("utf-8-sig"), "UTF-8"),
        (codecs.BOM_UTF16_LE + "cours;identifiant\né;u1\n".encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + "cours;identifiant\né;u1\n".encode("utf-16-be"), "UTF-16"),
        ("cours;identifiant\né;u1\n".encode("cp1252"), "Windows-1252"),
    ],
)
def test_the_encoding_is_recognised(data: bytes, encoding: str) -> None:
    sheet = read(data)
    assert (sheet.encoding, sheet.rows[0]["course"]) == (encoding, "é")


@pytest.mark.parametrize(
    "header",
    [
        "Cours;IDENTIFIANT;Dernier accès",
        "course;person;last_access",
        "dernier_acces;identifiant;cours",
        " cours ;\u00a0identifiant;dernier-acces",
        "\ufeffcours\u200b;identifiant;DERNIER_ACCÈS",
        '"cours";"identifiant";"dernier_acces"',
    ],
)
def test_the_header_is_french_or_english_in_any_case_and_order_accents_optional(header: str) -> None:
    sheet = read(f"{header}\nC1;C1;C1\n")
    assert [row.cells for row in sheet.rows] == [{"course": "C1", "person": "C1", "last_access": "C1"}]
    assert sheet.unknown == []


def test_unknown_columns_are_reported_and_ignored() -> None:
    sheet = read("cours;Prénom;identifiant;;\nC1;Zoé;u1;x;\n")
    assert (sheet.unknown, [row.cells for row in sheet.rows]) == (["Prénom", "#4"], [{"course": "C1", "person": "u1"}])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_usual_way(ending: str) -> None:
    assert cells(GOOD.replace("\n", ending)) == [(2, "C1", "u1")]


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert cells(GOOD.removesuffix("\n")) == [(2, "C1", "u1")]


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_what_only_looks_like_the_end_of_a_line_is_none(letter: str) -> None:
    assert cells(f"cours;identifiant\nC{letter}1;u1\n") == [(2, f"C{letter}1", "u1")]


def test_every_physical_line_is_accounted_for() -> None:
    sheet = read("\ncours;identifiant\nC1;u1\n\n ;\nC1\n;;;\nC1;u1;x\nC1;u1;\ncours;identifiant\n")
    assert (sheet.line_count, sheet.blank_count, len(sheet.rows), len(sheet.rejections)) == (10, 4, 2, 3)
    codes = [(rejection.line, rejection.problem.cause.code) for rejection in sheet.rejections]
    assert codes == [(6, "short_row"), (8, "long_row"), (10, "header_again")]


def test_a_footer_is_rejected_not_lost() -> None:
    assert rejected(GOOD + "2 rows selected.\n") == [(3, "short_row")]


@pytest.mark.parametrize(
    ("content", "code", "params"),
    [
        (b"", "empty", {}),
        (codecs.BOM_UTF8, "empty", {}),
        (b"\n \n", "empty", {}),
        ("C1;u1\nC2;u2\n", "no_header", {"line": 1, "expected": "cours, identifiant, dernier_acces"}),
        ("sep=;\n" + GOOD, "separator_line", {"line": 1}),
        ("\ncours;role\nC1;x\n", "missing_column", {"line": 2, "columns": "identifiant"}),
        ("cours;identifiant;Course\n", "column_twice", {"line": 1, "column": "Course", "first": 1, "second": 3}),
        ("cours;identifiant;x;X\n", "column_twice", {"line": 1, "column": "X", "first": 3, "second": 4}),
        (GOOD + 'C1;"u2\nC1;u3\n', "open_quote", {"line": 3}),
        (GOOD + 'C1;"u2\nC1;u3"\n', "open_quote", {"line": 3}),
        ('cours;"identifiant\n', "open_quote", {"line": 1}),
        (GOOD + 'C1;"u"2\n', "stray_quote", {"line": 3}),
        (GOOD + "C1;u\0\n", "nul", {"line": 3}),
        (GOOD.encode("utf-16-le"), "nul", {"line": 1}),
        (GOOD.encode("utf-32"), "unread_encoding", {"encoding": "UTF-32"}),
        (GOOD.encode("utf-8-sig") + b"\xe9", "undecodable", {"line": 3, "encoding": "UTF-8"}),
        (GOOD.encode() + b"\x81\n", "undecodable", {"line": 3, "encoding": "Windows-1252"}),
        (GOOD.encode() + b"C1;\xc3\xa9\nC1;\xe9\n", "mixed_encodings", {"line": 3, "other": 4}),
        (b"PK\x03\x04rest", "not_text", {"type": "ZIP"}),
        (b"PK\x03\x04 xl/workbook.xml", "other_type", {"says": "CSV", "is": "XLSX"}),
        (
            b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "other_type",
            {"says": "CSV", "is": "ODS"},
        ),
        (b"\xd0\xcf\x11\xe0", "workbook", {"type": "XLS"}),
        (b"%PDF-1.7", "not_text", {"type": "PDF"}),
        (b"<!DOCTYPE html><table>", "not_text", {"type": "HTML/XML"}),
        ("cours;identifiant\n" + "x" * 70_000, "long_line", {"line": 2, "length": 70_000, "limit": 65_536}),
        (
            ";".join(["cours", "identifiant", *map(str, range(300))]),
            "too_many_columns",
            {"line": 1, "count": 302, "limit": 200},
        ),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(
    content: str | bytes, code: str, params: dict[str, object]
) -> None:
    assert refusal(content) == (code, params)


def test_a_table_that_says_it_is_a_workbook_is_refused() -> None:
    assert refusal(GOOD, "f.XLSX") == ("other_type", {"says": "XLSX", "is": "CSV"})


def test_at_most_10_mib_are_read() -> None:
    limit = 10 * 1024 * 1024
    full = GOOD + (" " * 999 + "\n") * 10_485 + "\n" * (limit - len(GOOD) - 10_485_000)
    assert len(read(full).rows) == 1
    assert refusal(full + "\n") == ("too_large", {"size": limit + 1, "limit": limit})


def test_at_most_50_000_rows_are_read() -> None:
    full = "cours;identifiant\n" + "C1;u1\n" * reading.ROW_LIMIT
    assert len(read(full).rows) == 50_000
    assert refusal(full + "\n\nC1;u1\n") == ("too_many_rows", {"limit": 50_000, "next": 50_001, "line": 50_004})


def written(sheet: Sheet) -> str:
    file = io.StringIO()
    write_rejected(sheet, file)
    return file.getvalue()


def test_rejected_rows_come_back_with_the_same_columns_and_their_error() -> None:
    sheet = read("Cours,IDENTIFIANT,Remarque,erreur\nC1,u1,bien,avant\nC2\n")
    sheet.reject(sheet.rows[0], "course", sheet.rejections[0].problem)
    first, *others = written(sheet).splitlines()
    assert first == "Cours,IDENTIFIANT,Remarque,erreur"
    assert [line.split(",")[:3] for line in others] == [["C1", "u1", "bien"], ["C2", "", ""]]
    assert all("cells" in line or "cellules" in line for line in others)


def test_without_a_rejection_only_the_header_comes_back() -> None:
    assert written(read(GOOD)) == "cours;identifiant;erreur\n"


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-u1", "@u1", "=cmd|' /C calc'!A0", "＝1"])
def test_no_cell_comes_back_as_a_formula_and_each_is_read_again_as_it_was(cell: str) -> None:
    sheet = read(f"cours;identifiant;\nC1;{cell};\nC1\n")
    sheet.reject(sheet.rows[0], "person", sheet.rejections[0].problem)
    back = written(sheet)
    assert f"C1;'{cell};" in back
    assert read(back).rows[0]["person"] == cell


def answers(data: bytes) -> Sheet | None:
    """The sheet, with its lines accounted for, or nothing when the file is refused with a sentence."""
    try:
        sheet = read(data)
    except FileRefused as refused:
        return None if str(refused) else pytest.fail("refused without a word")
    assert sheet.line_count == 1 + len(sheet.rows) + len(sheet.rejections) + sheet.blank_count
    return sheet


@given(st.binary(max_size=400))
def test_any_bytes_in_a_clear_answer_out(data: bytes) -> None:
    answers(data)


@given(
    st.lists(
        st.sampled_from(["cours", "identifiant", "C1", "u1", ";", ",", "\t", '"', "\n", "\r", "é", "'=", "\0", " "])
    )
)
def test_any_text_of_such_parts_in_a_clear_answer_out(parts: list[str]) -> None:
    sheet = answers("".join(parts).encode())
    if sheet and sheet.rejections:
        again = answers(written(sheet).encode())
        assert again is not None
        assert again.row_count == len({rejection.line for rejection in sheet.rejections})


PLAIN = st.text(st.characters(exclude_characters='\0\r\n"', exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(PLAIN, PLAIN), max_size=8), st.sampled_from([";", ",", "\t"]))
def test_what_was_written_is_what_is_read(rows: list[tuple[str, str]], separator: str) -> None:
    lines = [f'"{course}"{separator}"{person}"' for course, person in rows]
    content = "\n".join([f"cours{separator}identifiant", *lines])
    expected = [
        (number, *map(without_mark, row))
        for number, row in enumerate(rows, 2)
        if any(cell.strip() for cell in row) and row != ("cours", "identifiant")
    ]
    assert cells(content) == expected
