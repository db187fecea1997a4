"""Files and containers: RELIABILITY.md §5a."""

import codecs
import gzip

from tests.hostile.cases import Case, Refused, Rows, raw, text
from tests.hostile.making import (
    FAR_CELL,
    FORMULA_ROW,
    GOOD_ROW,
    HEADER_ROW,
    HIDING_STYLE,
    MAIN,
    ODS_HEADER,
    SHEET,
    XML,
    flagged_encrypted,
    ods,
    ods_row,
    old_workbook,
    overlapping,
    part_twice,
    text_cell,
    with_link,
    with_packed_sheet,
    xlsx,
    xlsx_parts,
    xlsx_with,
    zipped,
)

HEADER = "cours;identifiant;groupe;role\n"
GOOD = HEADER + "C1;u1;;\n"
ACCENTS = HEADER + "C1;u1;Été;\n"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
#: The harmless text by which virus scanners are tried, put together here so that none takes this file for it.
SCANNER_TEST = "".join(("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE", "!$H+H*"))


def formula(cached: str) -> bytes:
    cells = f'{text_cell("A2", "C1")}<c r="B2"><f>"u"&amp;1</f><v>{cached}</v></c>'
    return xlsx(f'<row r="2">{cells}</row>')


def styled(serial: str, settings: str = "") -> bytes:
    """A workbook with a date in the column of groups, as a spreadsheet makes one of `1-2`."""
    header = f'<row r="1">{text_cell("A1", "cours")}{text_cell("B1", "identifiant")}{text_cell("C1", "groupe")}</row>'
    row = f'<row r="2">{text_cell("A2", "C1")}{text_cell("B2", "u1")}<c r="C2" s="1"><v>{serial}</v></c></row>'
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    return xlsx(row, header=header, styles=styles, settings=settings)


ENCODINGS = [
    Case("F1", "no byte at all", raw(b""), Refused("empty")),
    Case("F2", "a header and nothing else", text(HEADER), Rows(taken=0)),
    Case("F3", "nothing but a byte order mark", raw(codecs.BOM_UTF8), Refused("empty")),
    Case("F4", "UTF-16 with a mark", lambda: codecs.BOM_UTF16_BE + ACCENTS.encode("utf-16-be"), Rows()),
    Case("F4", "UTF-16 without a mark", text(ACCENTS, "utf-16-le"), Refused("nul", {"line": 1})),
    Case("F4", "UTF-32 with a mark", text(ACCENTS, "utf-32"), Refused("unread_encoding", {"encoding": "UTF-32"})),
    Case("F4", "UTF-32 without a mark", text(ACCENTS, "utf-32-be"), Refused("nul", {"line": 1})),
    Case("F5", "Windows-1252, told as such", text(ACCENTS, "cp1252"), Rows(remarks=("assumed_encoding",))),
    Case("F5", "Mac OS Roman", text(ACCENTS, "mac-roman"), Rows(remarks=("assumed_encoding",))),
    Case("F5", "CP850", text(ACCENTS, "cp850"), Refused("undecodable", {"line": 2, "encoding": "Windows-1252"})),
    Case("F5", "EBCDIC", text(GOOD, "cp500"), Refused("undecodable", {"line": 1})),
    Case("F6", "lines in two encodings", lambda: ACCENTS.encode() + b"C1;u2;\xe9t\xe9;\n", Refused("mixed_encodings")),
    Case("F7", "an overlong sequence", raw(GOOD.encode("utf-8-sig") + b"C1;\xc0\xaf;;\n"), Refused("undecodable")),
    Case("F7", "half a surrogate pair", raw(GOOD.encode("utf-8-sig") + b"C1;\xed\xa0\x80;;\n"), Refused("undecodable")),
    Case(
        "F7",
        "cut in the middle of a character",
        raw(ACCENTS.encode("utf-8-sig") + b"C1;u2;\xc3"),
        Refused("undecodable", {"line": 3}),
    ),
    Case(
        "F8",
        "UTF-8 encoded twice",
        lambda: ACCENTS.encode().decode("cp1252").encode(),
        Rows({2: ("groupe", "garbled")}, 0),
    ),
    Case("F9", "line ends of an old Mac", text(GOOD.replace("\n", "\r")), Rows()),
    Case("F9", "line ends of two kinds", text("cours;identifiant\r\nC1;u1\nC1;u2\r\n"), Rows(taken=2)),
    Case("F9", "line ends the wrong way round", text("cours;identifiant\n\rC1;u1\n\r"), Rows()),
    Case(
        "F10", "a line separator in a cell", text(HEADER + "C1;u1;a\u2028b;\n"), Rows({2: ("groupe", "invisible")}, 0)
    ),
    Case(
        "F10",
        "a paragraph separator around a code",
        text(HEADER + "\u2029C1;u1;;\n"),
        Rows({2: ("cours", "outer_blank")}, 0),
    ),
    Case(
        "F10",
        "a next-line character in a code",
        text(HEADER + "C1;u\x851;;\n"),
        Rows({2: ("identifiant", "bad_identifier")}, 0),
    ),
    Case(
        "F10",
        "a vertical tab and a form feed in a name",
        text(HEADER + "C1;u1;a\x0bb\x0cc;\n"),
        Rows({2: ("groupe", "invisible")}, 0),
    ),
    Case("F21", "no line end at the end", text(GOOD.rstrip("\n")), Rows()),
    Case("F21", "the last row cut short", text(GOOD + "C1;u2"), Rows({3: ("", "short_row")})),
    Case("F22", "the text that tries virus scanners", text(SCANNER_TEST), Refused("no_header")),
]
SIZES = [
    Case(
        "F11",
        "one line of nearly 10 MiB",
        lambda: HEADER.encode() + b"x" * 10_000_000,
        Refused("long_line", {"line": 2}),
    ),
    Case("F12", "five million rows", lambda: GOOD.encode() + b"C1;u;;\n" * 5_000_000, Refused("too_large")),
    Case(
        "F12",
        "a million rows within 10 MiB",
        lambda: HEADER.encode() + b"C;u;;\n" * 1_000_000,
        Refused("too_many_rows", {"line": 50_002}),
    ),
    Case(
        "F13",
        "20,000 columns",
        lambda: ("cours;identifiant" + ";x" * 19_998).encode(),
        Refused("too_many_columns", {"count": 20_000}),
    ),
    Case(
        "F13",
        "a cell in the last column that there is",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "C1")}{text_cell("XFD2", "x")}</row>'),
        Rows({2: ("", "long_row")}, 0),
        "f.xlsx",
    ),
    Case(
        "F13",
        "a cell a million columns away",
        lambda: ods(ODS_HEADER + FAR_CELL),
        Rows({2: ("", "long_row")}, 0),
        "f.ods",
    ),
    Case(
        "F16",
        "an empty row repeated a million times",
        lambda: ods(
            ODS_HEADER
            + ods_row("C1", "u1")
            + '<table:table-row table:number-rows-repeated="1048574"><table:table-cell/></table:table-row>'
        ),
        Rows(),
        "f.ods",
    ),
    Case(
        "F16",
        "a filled row repeated a million times",
        lambda: ods(ODS_HEADER + ods_row("C1", "u1", attributes='table:number-rows-repeated="1048574"')),
        Refused("too_many_rows", {"line": 50_002}),
        "f.ods",
    ),
    Case(
        "F16",
        "more rows than a sheet has",
        lambda: xlsx('<row r="99999999"/>'),
        Refused("damaged", {"part": SHEET}),
        "f.xlsx",
    ),
    Case(
        "F16",
        "the row number a thousand digits long",
        lambda: xlsx(f'<row r="{"9" * 1000}"/>'),
        Refused("damaged"),
        "f.xlsx",
    ),
]
LIMITS = [
    Case(
        "X12", "exactly 200 columns", lambda: ("cours;identifiant" + ";" * 198 + "\nC1;u1" + ";" * 198).encode(), Rows()
    ),
    Case(
        "X12",
        "a line of exactly 65,536 characters",
        lambda: (HEADER + "C1;" + "u" * 65_531 + ";;\n").encode(),
        Rows({2: ("identifiant", "too_long")}, 0),
    ),
]
KINDS = [
    Case("F15", "gzip in a .csv", lambda: gzip.compress(GOOD.encode()), Refused("not_text")),
    Case("F15", "a workbook called .csv", xlsx, Refused("other_type", {"says": "CSV", "is": "XLSX"})),
    Case("F15", "a text called .xlsx", text(GOOD), Refused("other_type", {"says": "XLSX", "is": "CSV"}), "f.xlsx"),
    Case(
        "F15",
        "an ODS called .xlsx",
        lambda: ods(ODS_HEADER),
        Refused("other_type", {"says": "XLSX", "is": "ODS"}),
        "f.xlsx",
    ),
    Case("F15", "a PDF called .csv", raw(b"%PDF-1.7\n"), Refused("not_text", {"type": "PDF"})),
    Case("F15", "a page called .csv", raw(b"\n<!DOCTYPE html><table><tr>"), Refused("not_text", {"type": "HTML/XML"})),
    Case("F15", "a program called .csv", raw(b"MZ\x90\x00"), Refused("not_text")),
    Case("F15", "a table in JSON", raw(b'[{"cours": "C1"}]'), Refused("not_text", {"type": "JSON"})),
    Case(
        "F15",
        "an XLS of long ago",
        lambda: old_workbook(is_locked=False),
        Refused("workbook", {"type": "XLS"}),
        "f.xls",
    ),
    Case(
        "F15",
        "a binary workbook (XLSB)",
        lambda: zipped({"xl/workbook.bin": b""}),
        Refused("workbook", {"type": "XLSB"}),
        "f.xlsb",
    ),
    Case("F15", "a letter (DOCX)", lambda: zipped({"word/document.xml": "<w/>"}), Refused("not_text"), "f.docx"),
    Case(
        "F15",
        "an archive with the table inside",
        lambda: zipped({"f.csv": GOOD}),
        Refused("not_text", {"type": "ZIP"}),
        "f.zip",
    ),
    Case("F19", "a name without an ending", xlsx, Rows(), "inscriptions"),
    Case("F18", "two endings, the last one of a program", text(GOOD), Rows(), "f.csv.exe"),
]
ARCHIVES = [
    Case(
        "F14",
        "an archive in an archive in an archive",
        lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c": bytes(1000)})})}),
        Refused("not_text"),
        "f.zip",
    ),
    Case("F14", "parts that are the same bytes", overlapping, Refused("overlapping"), "f.xlsx"),
    Case(
        "F14",
        "ten thousand parts",
        lambda: xlsx_with({f"xl/media/{n}.png": "" for n in range(10_000)}),
        Refused("swollen", {"limit": 2000}),
        "f.xlsx",
    ),
    Case(
        "F14",
        "a part that says to be smaller than it is",
        lambda: with_packed_sheet(b"\x4b\x04\x00" * 10, 0, 5),
        Refused("damaged", {"part": SHEET}),
        "f.xlsx",
    ),
    Case(
        "F17",
        "a part that climbs out of the folder",
        lambda: xlsx_with({"../../x": "x"}),
        Refused("strange_part", {"part": "../../x"}),
        "f.xlsx",
    ),
    Case(
        "F17",
        "a part with an absolute path",
        lambda: xlsx_with({"/etc/passwd": "x"}),
        Refused("strange_part"),
        "f.xlsx",
    ),
    Case("F17", "a part that is a link", with_link, Refused("strange_part", {"part": "xl/media/image1.png"}), "f.xlsx"),
    Case(
        "F17", "a part called like a device", lambda: xlsx_with({"xl/CON.xml": "x"}), Refused("strange_part"), "f.xlsx"
    ),
    Case("F17", "two parts of one name", part_twice, Refused("part_twice", {"part": SHEET}), "f.xlsx"),
    Case(
        "F17",
        "a part whose name is no ASCII",
        lambda: xlsx_with({"xl/\u202egnp.exe": "x"}),
        Refused("strange_part"),
        "f.xlsx",
    ),
    Case("F17", "parts that the archive says are encrypted", flagged_encrypted, Refused("protected"), "f.xlsx"),
    Case(
        "F21",
        "a workbook cut in half",
        lambda: xlsx()[: len(xlsx()) // 2],
        Refused("damaged", {"part": "ZIP"}),
        "f.xlsx",
    ),
    Case(
        "F21", "a workbook whose directory is gone", lambda: xlsx()[:-30], Refused("damaged", {"part": "ZIP"}), "f.xlsx"
    ),
    Case(
        "F21",
        "a workbook without its sheet",
        lambda: zipped({k: v for k, v in xlsx_parts().items() if k != SHEET}),
        Refused("damaged", {"part": SHEET}),
        "f.xlsx",
    ),
]
WORKBOOKS = [
    Case(
        "F16",
        "XML entities that multiply",
        lambda: xlsx(sheet=f"{XML}{ENTITIES}<worksheet {MAIN}><sheetData>&b;</sheetData></worksheet>"),
        Refused("entities", {"part": SHEET}),
        "f.xlsx",
    ),
    Case(
        "F16",
        "an XML entity that reads a file",
        lambda: xlsx_with({"xl/workbook.xml": f"{XML}{OUTSIDE}<workbook/>"}),
        Refused("entities", {"part": "xl/workbook.xml"}),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a sheet kept on another machine",
        lambda: xlsx(target='Target="http://example.invalid/s.xml" TargetMode="External"'),
        Refused("external_sheet"),
        "f.xlsx",
    ),
    Case("F16", "macros in an XLSX", lambda: xlsx_with({"xl/vbaProject.bin": b"x"}), Refused("macros"), "f.xlsx"),
    Case(
        "F16",
        "macros in an ODS",
        lambda: ods(ODS_HEADER, more={"Basic/Standard/Module1.xml": "<x/>"}),
        Refused("macros"),
        "f.ods",
    ),
    Case("F16", "an XLSX behind a password", lambda: old_workbook(is_locked=True), Refused("protected"), "f.xlsx"),
    Case(
        "F16",
        "an ODS behind a password",
        lambda: ods(
            ODS_HEADER,
            more={
                "META-INF/manifest.xml": '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
            },
        ),
        Refused("protected"),
        "f.ods",
    ),
    Case(
        "F16",
        "a first sheet that is hidden",
        lambda: xlsx(sheets='<sheet name="Secret" sheetId="1" state="veryHidden" r:id="rId1"/>'),
        Refused("hidden_sheet", {"sheet": "Secret"}),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a hidden first sheet of an ODS",
        lambda: ods(
            ODS_HEADER,
            table='table:name="Secret" table:style-name="ta1"',
            before=HIDING_STYLE,
        ),
        Refused("hidden_sheet"),
        "f.ods",
    ),
    Case(
        "F16",
        "rows that a filter hides",
        lambda: xlsx(GOOD_ROW.replace('r="2"', 'r="2" hidden="1"', 1)),
        Rows(remarks=("hidden_rows",)),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a table on the second sheet",
        lambda: xlsx(
            header="",
            rows="",
            sheets='<sheet name="Lisez-moi" sheetId="1" r:id="rId1"/><sheet name="Table" sheetId="2" r:id="rId2"/>',
        ),
        Refused("empty"),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a formula whose result says something else",
        lambda: formula("admin"),
        Rows({2: ("identifiant", "formula")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a formula that was never computed",
        lambda: formula(""),
        Rows({2: ("identifiant", "formula")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a formula in an ODS",
        lambda: ods(ODS_HEADER + FORMULA_ROW),
        Rows({2: ("identifiant", "formula")}, 0),
        "f.ods",
    ),
    Case(
        "F16",
        "a failed formula",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "C1")}<c r="B2" t="e"><v>#REF!</v></c></row>'),
        Rows({2: ("identifiant", "error_value")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a group turned into a date of 1900",
        lambda: styled("46054"),
        Rows({2: ("groupe", "converted_cell")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a group turned into a date of 1904",
        lambda: styled("44592", '<workbookPr date1904="1"/>'),
        Rows({2: ("groupe", "converted_cell")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a name turned into a truth value",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "C1")}<c r="B2" t="b"><v>1</v></c></row>'),
        Rows({2: ("identifiant", "converted_cell")}, 0),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a shared string that is not there",
        lambda: xlsx('<row r="2"><c r="A2" t="s"><v>7</v></c></row>', strings="<si><t>x</t></si>"),
        Refused("damaged", {"part": SHEET}),
        "f.xlsx",
    ),
    Case(
        "F16",
        "cells in the wrong order",
        lambda: xlsx(f'<row r="2">{text_cell("B2", "u1")}{text_cell("A2", "C1")}</row>'),
        Refused("damaged"),
        "f.xlsx",
    ),
    Case(
        "F16",
        "rows in the wrong order",
        lambda: xlsx(f'<row r="3"/><row r="2">{text_cell("A2", "C1")}</row>'),
        Refused("damaged"),
        "f.xlsx",
    ),
    Case(
        "F16",
        "XML that does not end",
        lambda: xlsx(sheet=f"{XML}<worksheet {MAIN}><sheetData>{HEADER_ROW}"),
        Refused("damaged"),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a tag without an end in sight",
        lambda: xlsx(sheet=f'{XML}<worksheet {MAIN}><row x="{"x" * 3_000_000}"'),
        Refused("damaged"),
        "f.xlsx",
    ),
    Case(
        "F16",
        "a table within a table",
        lambda: ods(
            ODS_HEADER
            + '<table:table-row><table:table-cell><table:table table:name="x"/></table:table-cell></table:table-row>'
        ),
        Refused("damaged"),
        "f.ods",
    ),
]
FILES = [*ENCODINGS, *SIZES, *LIMITS, *KINDS, *ARCHIVES, *WORKBOOKS]
