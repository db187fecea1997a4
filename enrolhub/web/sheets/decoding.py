"""From the bytes of a CSV file to numbered lines of text, or a refusal that says where the bytes stop making sense."""

import codecs
import re
from collections.abc import Iterator

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import FileRefused

LINE_LIMIT = 65_536  # characters; the longest row of any known file has under 4,000

# Only these end a line. U+2028, U+0085, form feeds and the like are characters of a cell.
LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_BYTE_LINE = re.compile(rb"[^\r\n]+|\r\n|\r|\n")
_BOMS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
#: What a file may be said to be written in. The first three are recognised; the others somebody must know.
ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16-le",
    "Windows-1252": "cp1252",
    "ISO-8859-15": "iso8859-15",
    "Mac OS Roman": "mac-roman",
    "CP850": "cp850",
}
UTF8, WINDOWS = "UTF-8", "Windows-1252"


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and the name of its encoding: the one given, else by its BOM, else UTF-8 if all of it is, else Windows-1252.

    Raises FileRefused: undecodable, in two encodings, or in one that is not read.
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise FileRefused(refusals.WRONG_READING, what=encoding[:40])
    if data.startswith(_UTF32):
        raise FileRefused(refusals.UNREAD_ENCODING, encoding="UTF-32")
    for bom, name in _BOMS:
        if data.startswith(bom) and encoding in (None, name):
            codec = "utf-16-be" if bom == codecs.BOM_UTF16_BE else ENCODINGS[name]
            return _decode_strictly(data[len(bom) :], name, codec), name
    if encoding is not None:
        return _decode_strictly(data, encoding, ENCODINGS[encoding]), encoding
    try:
        return data.decode("utf-8"), UTF8
    except UnicodeDecodeError:
        _refuse_mixture(data)
        return _decode_strictly(data, WINDOWS, ENCODINGS[WINDOWS]), WINDOWS


def _decode_strictly(data: bytes, name: str, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "replace")
        line = sum(1 for _ in LINE_END.finditer(before)) + 1
        raise FileRefused(refusals.UNDECODABLE, line=line, encoding=name) from error


def _refuse_mixture(data: bytes) -> None:
    """A file that is no UTF-8 as a whole may still have lines that are: read as Windows-1252 they would turn to gibberish."""
    in_utf8 = elsewhere = 0
    number = 1
    for found in _BYTE_LINE.finditer(data):
        line = found.group()
        if line[:1] in b"\r\n":
            number += 1
        elif not line.isascii():
            try:
                line.decode("utf-8")
                in_utf8 = in_utf8 or number
            except UnicodeDecodeError:
                elsewhere = elsewhere or number
        if in_utf8 and elsewhere:
            raise FileRefused(refusals.MIXED_ENCODINGS, line=in_utf8, other=elsewhere)


def read_text_of(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and the name of its encoding. Raises FileRefused as `decode` does, and for a NUL or no text at all."""
    text, name = decode(data, encoding)
    if "\0" in text:
        before = text[: text.index("\0")]
        raise FileRefused(refusals.NUL, line=sum(1 for _ in LINE_END.finditer(before)) + 1)
    if not text.strip():
        raise FileRefused(refusals.EMPTY)
    return text, name


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The physical lines of a text with their numbers, without their ends. A last line end opens no further line.

    Raises FileRefused at a line that has no end in sight.
    """
    for number, found in enumerate(_LINE.finditer(text), 1):
        line, end = found.groups()
        if not (line or end):
            return
        if len(line) > LINE_LIMIT:
            raise FileRefused(refusals.LONG_LINE, line=number, length=len(line), limit=LINE_LIMIT)
        yield number, line
        if not end:
            return
