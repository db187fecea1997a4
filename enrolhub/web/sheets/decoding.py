"""From bytes to numbered lines of text, or a refusal that says where the bytes stop making sense."""

import codecs
import re

from django.utils.translation import gettext as _

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import FileRefused

BYTE_LIMIT = 10 * 1024 * 1024
LINE_LIMIT = 65_536  # characters; the longest row of any known file has under 4,000

# Only these end a line. U+2028, U+0085, form feeds and the like are characters of a cell.
_LINE_END = re.compile(r"\r\n|\r|\n")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}


def _type_of(data: bytes) -> str:
    """What the first bytes say the file really is, in words; empty when it may be a text."""
    signatures = {
        b"\x1f\x8b": _("gzip data"),
        b"%PDF": "PDF",
        b"MZ": _("a program"),
        b"\x7fELF": _("a program"),
        b"\x89PNG": _("a picture"),
        b"\xff\xd8\xff": _("a picture"),
        b"<": "HTML/XML",
        b"{": "JSON",
        b"Rar!": _("an archive"),
        b"7z\xbc\xaf": _("an archive"),
    }
    return next((name for start, name in signatures.items() if data.lstrip().startswith(start)), "")


def check_container(data: bytes, name: str) -> None:
    """Refuse what is empty, too large, or of another type than CSV, whatever `name` (the file's) pretends."""
    if len(data) > BYTE_LIMIT:
        raise FileRefused(refusals.TOO_LARGE, size=len(data), limit=BYTE_LIMIT)
    if data.startswith(b"PK\x03\x04"):
        kind = "ODS" if b"mimetypeapplication/vnd.oasis" in data[:100] else "XLSX"
        raise FileRefused(refusals.WORKBOOK, type=kind)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(refusals.WORKBOOK, type="XLS")
    if name.lower().endswith((".xlsx", ".xls", ".ods")) and data:
        raise FileRefused(refusals.WORKBOOK, type=name.rsplit(".", 1)[1].upper())
    if found := _type_of(data):
        raise FileRefused(refusals.NOT_TEXT, type=found)


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        line = len(_LINE_END.findall(before)) + 1
        raise FileRefused(refusals.UNDECODABLE, line=line, encoding=_NAMES[encoding]) from error


def _refuse_mixture(data: bytes) -> None:
    """A file that is no UTF-8 as a whole may still have lines that are: read as Windows-1252 they would turn to gibberish."""
    in_utf8 = elsewhere = 0
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", data), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            in_utf8 = in_utf8 or number
        except UnicodeDecodeError:
            elsewhere = elsewhere or number
    if in_utf8 and elsewhere:
        raise FileRefused(refusals.MIXED_ENCODINGS, line=in_utf8, other=elsewhere)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding: by its BOM, else UTF-8 if all of it is, else Windows-1252."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode_strictly(data[len(bom) :], encoding), _NAMES[encoding]
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        _refuse_mixture(data)
        return _decode_strictly(data, "cp1252"), _NAMES["cp1252"]


def read_lines(data: bytes, name: str) -> tuple[list[str], str]:
    """The physical lines of a file, without their ends, and its encoding. A last line end opens no further line.

    Raises FileRefused: empty, too large, not a text, a NUL, undecodable, two encodings, an endless line.
    """
    check_container(data, name)
    text, encoding = decode(data)
    if "\0" in text:
        raise FileRefused(refusals.NUL, line=len(_LINE_END.findall(text, 0, text.index("\0"))) + 1)
    if not text.strip():
        raise FileRefused(refusals.EMPTY)
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    longest = max(map(len, lines))
    if longest > LINE_LIMIT:
        number = next(number for number, line in enumerate(lines, 1) if len(line) > LINE_LIMIT)
        raise FileRefused(refusals.LONG_LINE, line=number, length=len(lines[number - 1]), limit=LINE_LIMIT)
    return lines, encoding
