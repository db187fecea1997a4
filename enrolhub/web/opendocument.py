"""A short writer of OpenDocument spreadsheets: one sheet of texts, written as its rows come."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import islice
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MIME_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACES = "urn:oasis:names:tc:opendocument:xmlns"
MANIFEST = f"""{DECLARATION}<manifest:manifest xmlns:manifest="{SPACES}:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIME_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
# Every column has the format text: what is typed over a number stays as it is typed.
BEGINNING = f"""{DECLARATION}<office:document-content xmlns:office="{SPACES}:office:1.0" xmlns:table="{SPACES}:table:1.0"
 xmlns:text="{SPACES}:text:1.0" xmlns:style="{SPACES}:style:1.0" xmlns:number="{SPACES}:datastyle:1.0"
 xmlns:fo="{SPACES}:xsl-fo-compatible:1.0" office:version="1.3"><office:automatic-styles>
<number:text-style style:name="N1"><number:text-content/></number:text-style>
<style:style style:name="column" style:family="table-column"><style:table-column-properties style:column-width="4cm"/></style:style>
<style:style style:name="text" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="heading" style:family="table-cell" style:data-style-name="N1"><style:text-properties
 fo:font-weight="bold"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="%(name)s">
<table:table-column table:style-name="column" table:default-cell-style-name="text" table:number-columns-repeated="%(width)d"/>
"""
END = "</table:table></office:spreadsheet></office:body></office:document-content>\n"
HEADING = ' table:style-name="heading"'
ROWS_AT_ONCE = 500
UNUSUAL = re.compile(r"[\x00-\x1f&<>\ud800-\udfff\ufffe\uffff]|  |^ | $")
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LINE_END = re.compile(r"\r\n|\r|\n")
BLANKS = re.compile(r"^ +| +$|(?<= ) +")


def write_ods_archive(file: IO[bytes], name: str, width: int, rows: Iterable[Sequence[str]]) -> None:
    """Write a sheet ``name`` of ``width`` columns; the first of the rows is its header.

    A character that XML has no place for becomes U+FFFD; line ends become line breaks of the cell.
    """
    with ZipFile(file, "w") as archive:
        # By its first bytes a reader knows the file: this entry is the first and is not compressed.
        archive.writestr(_entry("mimetype", ZIP_STORED), MIME_TYPE)
        archive.writestr(_entry("META-INF/manifest.xml"), MANIFEST)
        with archive.open(_entry("content.xml"), "w") as content:
            beginning = BEGINNING % {"name": escape(name), "width": width}
            content.write(beginning.encode())
            for piece in _pieces(iter(rows)):
                content.write(piece.encode())
            content.write(END.encode())


def _entry(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = compression
    return entry


def _pieces(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    for header in islice(rows, 1):
        yield f"<table:table-header-rows>{_row(header, HEADING)}</table:table-header-rows>\n"
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield "".join(map(_row, some))


def _row(cells: Sequence[str], style: str = "") -> str:
    start = f'<table:table-cell office:value-type="string"{style}><text:p>'
    inside = [
        f"{start}{_content(cell)}</text:p></table:table-cell>" if cell else "<table:table-cell/>" for cell in cells
    ]
    return f"<table:table-row>{''.join(inside)}</table:table-row>\n"


def _content(cell: str) -> str:
    """The cell as the inside of one paragraph, or of several."""
    if not UNUSUAL.search(cell):
        return cell
    return "</text:p><text:p>".join(map(_paragraph, LINE_END.split(cell)))


def _paragraph(line: str) -> str:
    """A line in which blanks that readers would leave out are written as such."""
    text = escape(FORBIDDEN.sub("\ufffd", line), quote=False)
    kept = BLANKS.sub(lambda blanks: f'<text:s text:c="{len(blanks.group())}"/>', text)
    return kept.replace("\t", "<text:tab/>")
