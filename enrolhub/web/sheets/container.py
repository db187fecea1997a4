"""What a file is, by its first bytes and whatever its name says: a text, a workbook that can be read, or neither."""

import re

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.problems import FileRefused

BYTE_LIMIT = 10 * 1024 * 1024
CSV, XLSX, ODS = "CSV", "XLSX", "ODS"
ODS_START = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet(?!-)", re.DOTALL)
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: First bytes of files that are no table.
SIGNATURES = {
    b"\x1f\x8b": _("gzip data"),
    b"%PDF": "PDF",
    b"MZ": _("a program"),
    b"\x7fELF": _("a program"),
    b"\x89PNG": _("a picture"),
    b"\xff\xd8\xff": _("a picture"),
    b"GIF8": _("a picture"),
    b"Rar!": _("an archive"),
    b"7z\xbc\xaf": _("an archive"),
    b"PK\x05\x06": _("an empty archive"),
    b"{\\rtf": "RTF",
    b"<": "HTML/XML",
    b"{": "JSON",
    b"[{": "JSON",
}
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
#: What the end of a file's name promises.
PROMISES = {".csv": CSV, ".tsv": CSV, ".txt": CSV, ".xlsx": XLSX, ".ods": ODS}


def kind_of(data: bytes, name: str) -> str:
    """CSV, XLSX or ODS. Raises FileRefused: empty, too large, of another type, or of another one than `name` says."""
    if not data:
        raise FileRefused(refusals.EMPTY)
    if len(data) > BYTE_LIMIT:
        raise FileRefused(refusals.TOO_LARGE, size=len(data), limit=BYTE_LIMIT)
    if data.startswith(OLD_WORKBOOK):
        raise FileRefused(refusals.PROTECTED) if ENCRYPTED in data else FileRefused(refusals.WORKBOOK, type="XLS")
    kind = CSV
    if data.startswith(b"PK\x03\x04"):
        kind = _workbook_of(data)
    elif found := next((type_ for start, type_ in SIGNATURES.items() if data.lstrip().startswith(start)), ""):
        raise FileRefused(refusals.NOT_TEXT, type=found)
    promised = next((type_ for end, type_ in PROMISES.items() if name.lower().endswith(end)), kind)
    if promised != kind:
        raise FileRefused(refusals.OTHER_TYPE, says=promised, **{"is": kind})
    return kind


def _workbook_of(data: bytes) -> str:
    """What a ZIP archive is. Names of parts are not packed, so they can be looked for."""
    if ODS_START.match(data):
        return ODS
    if b"xl/workbook.xml" in data:
        return XLSX
    if b"xl/workbook.bin" in data:
        raise FileRefused(refusals.WORKBOOK, type="XLSB")
    is_document = any(part in data[:100_000] for part in (b"word/document.xml", b"ppt/presentation.xml", b"mimetype"))
    raise FileRefused(refusals.NOT_TEXT, type=_("a document") if is_document else "ZIP")
