"""Workbooks made part by part, right or wrong."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from copy import copy

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEET = "xl/worksheets/sheet1.xml"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
ODF = " ".join(
    f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text", "style", "manifest", "script")
)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
OTHERS = "".join(
    f'<Relationship Id="{kind}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{kind}.xml"/>'
    for kind in ("sharedStrings", "styles")
)
GOOD_ROW = (
    '<row r="2"><c r="A2" t="inlineStr"><is><t>C1</t></is></c><c r="B2" t="inlineStr"><is><t>u1</t></is></c></row>'
)


def zipped(parts: Mapping[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


HEADER_ROW = f'<row r="1">{text_cell("A1", "cours")}{text_cell("B1", "identifiant")}</row>'


def xlsx_parts(rows: str = GOOD_ROW, *, header: str = HEADER_ROW, **changed: str) -> dict[str, bytes | str]:
    """The parts of a workbook of one sheet. `changed`: `sheets`, `target`, `settings`, `strings`, `styles`, `sheet`."""
    sheets = changed.get("sheets", '<sheet name="Feuille" sheetId="1" r:id="rId1"/>')
    target = changed.get("target", 'Target="worksheets/sheet1.xml"')
    sheet = f"{XML}<worksheet {MAIN}><sheetData>{header}{rows}</sheetData></worksheet>"
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f"{XML}<Types/>",
        "xl/workbook.xml": f"{XML}<workbook {MAIN} {LINKS}>{changed.get('settings', '')}<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships><Relationship Id="rId1" {target}/>{OTHERS}</Relationships>',
        SHEET: changed.get("sheet", sheet),
    }
    parts["xl/sharedStrings.xml"] = f"{XML}<sst {MAIN}>{changed.get('strings', '')}</sst>"
    parts["xl/styles.xml"] = f"{XML}<styleSheet {MAIN}>{changed.get('styles', '')}</styleSheet>"
    return parts


def xlsx(rows: str = GOOD_ROW, *, header: str = HEADER_ROW, **changed: str) -> bytes:
    return zipped(xlsx_parts(rows, header=header, **changed))


def xlsx_with(more: Mapping[str, bytes | str]) -> bytes:
    """A good workbook and some parts besides, or other ones in their place."""
    return zipped({**xlsx_parts(), **more})


def ods(
    rows: str, *, before: str = "", table: str = 'table:name="Feuille"', more: Mapping[str, str] | None = None
) -> bytes:
    """A workbook of one sheet: `before` stands before its body."""
    body = f"<office:spreadsheet><table:table {table}>{rows}</table:table></office:spreadsheet>"
    content = f"{XML}<office:document-content {ODF}>{before}<office:body>{body}</office:body></office:document-content>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), ODS_TYPE)
        archive.writestr("content.xml", content)
        for name, text in (more or {}).items():
            archive.writestr(name, text)
    return file.getvalue()


def ods_row(*cells: str, attributes: str = "") -> str:
    texts = (
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f"<table:table-row {attributes}>{''.join(texts)}</table:table-row>"


ODS_HEADER = ods_row("cours", "identifiant")


def bomb(start: bytes, filling: bytes, mebibytes: int) -> bytes:
    """A workbook of a few KiB whose sheet unpacks to that many MiB: a start, and the filling over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = (filling * (1 + (1 << 20) // len(filling)))[: 1 << 20]
    packed, crc = [packer.compress(start)], zlib.crc32(start)
    for _ in range(mebibytes):
        packed.append(packer.compress(block))
        crc = zlib.crc32(block, crc)
    content = b"".join([*packed, packer.flush()])
    return with_packed_sheet(content, crc, len(start) + mebibytes * len(block))


def with_packed_sheet(content: bytes, crc: int, size: int) -> bytes:
    """A workbook whose sheet is these packed bytes, said to be of this size."""
    parts = xlsx_parts()
    del parts[SHEET]
    data = zipped(parts)
    name = SHEET.encode()
    head = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 33, crc, len(content), size, len(name), 0)
    local = b"PK\x03\x04" + head + name + content
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    central = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, start) + name
    directory = data[start:end] + central
    count = len(parts) + 1
    tail = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), start + len(local), 0)
    return data[:start] + local + directory + tail


def overlapping() -> bytes:
    """Many parts that are the same bytes."""
    file = io.BytesIO()
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
    for name, content in xlsx_parts().items():
        archive.writestr(name, content)
    for number in range(50):
        twin = copy(archive.infolist()[0])
        twin.filename = twin.orig_filename = f"copy{number:014}.xml"
        archive.filelist.append(twin)
    archive.close()
    return file.getvalue()


def part_twice() -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in [*xlsx_parts().items(), (SHEET, "<other/>")]:
            archive.writestr(name, content)
    return file.getvalue()


def with_link() -> bytes:
    """A workbook with a part that is a symbolic link."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in xlsx_parts().items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("xl/media/image1.png")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def flagged_encrypted() -> bytes:
    """A workbook whose parts are marked as encrypted in the archive itself."""
    data = bytearray(xlsx())
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(start)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(start, at + 4)
    return bytes(data)


def old_workbook(*, is_locked: bool) -> bytes:
    """The first bytes of an XLS file, or of a workbook behind a password, which is packed likewise."""
    inside = "EncryptedPackage" if is_locked else "Workbook"
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + inside.encode("utf-16-le") + bytes(500)


def ods_cell(text: str, attributes: str = "") -> str:
    kind = f'office:value-type="string" {attributes}'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


FAR_CELL = (
    f'<table:table-row><table:table-cell table:number-columns-repeated="999999"/>{ods_cell("x")}</table:table-row>'
)
FORMULA = 'table:formula="of:=WEBSERVICE(&quot;x&quot;)"'
FORMULA_ROW = f"<table:table-row>{ods_cell('C1')}{ods_cell('u1', FORMULA)}</table:table-row>"
HIDING_STYLE = (
    '<office:automatic-styles><style:style style:name="ta1"><style:table-properties table:display="false"/>'
    "</style:style></office:automatic-styles>"
)
