"""What a sheet of an XLSX workbook refers to: the list of sheets, the strings that cells share, the formats that make dates."""

import re
from dataclasses import dataclass, field
from posixpath import join, normpath

from enrolhub.web.sheets import refusals
from enrolhub.web.sheets.archive import Archive
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.serial_dates import is_date_format
from enrolhub.web.sheets.xml_stream import Attributes, Silence, listen_to_all, whole_number

STRING_LIMIT = 1_000_000
LETTER_LIMIT = 32 * 1024 * 1024
#: Numbers of the formats that every spreadsheet knows and that show dates; 45 to 47 are spans of time.
KNOWN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(50, 59)))
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """A text with the characters that XML cannot hold, which a workbook writes as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    is_hidden: bool


@dataclass
class Sheets(Silence):
    """Listens to the list of sheets."""

    sheets: list[Attributes] = field(default_factory=list)
    since_1904: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.sheets.append(attributes)
        elif name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")


@dataclass
class Relationships(Silence):
    """Listens to what the parts of a workbook are called."""

    targets: dict[str, Attributes] = field(default_factory=dict)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes


class Outline:
    """The list of sheets of a workbook, of which the first is read."""

    def __init__(self, archive: Archive, part: str) -> None:
        """Raises FileRefused: damaged, or the first sheet is outside the file."""
        sheets, relationships = Sheets(), Relationships()
        listen_to_all(archive.stream(part), sheets, part)
        names = "xl/_rels/workbook.xml.rels"
        listen_to_all(archive.stream(names), relationships, names)
        if not sheets.sheets:
            raise FileRefused(refusals.DAMAGED, part=part)
        first = sheets.sheets[0]
        relationship = relationships.targets.get(first.get("id", ""))
        if relationship is None:
            raise FileRefused(refusals.DAMAGED, part=names)
        if relationship.get("TargetMode") == "External":
            raise FileRefused(refusals.EXTERNAL_SHEET)
        is_hidden = first.get("state", "visible") != "visible"
        self.first = SheetPlace(first.get("name", ""), path_of(relationship), is_hidden)
        self.parts = {each.get("Type", "").rpartition("/")[2]: path_of(each) for each in relationships.targets.values()}
        self.sheet_count = len(sheets.sheets)
        self.since_1904 = sheets.since_1904


def path_of(relationship: Attributes) -> str:
    """The name of the part that a relationship of the workbook leads to."""
    return normpath(join("/xl", relationship.get("Target", ""))).lstrip("/")


class SharedStrings(Silence):
    """Listens to the strings that cells share; how they are to be pronounced is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.words: list[str] = []
        self.letters = 0
        self.hears = self.is_phonetic = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self.words = []
        elif name == "t":
            self.hears = True
        elif name == "rPh":
            self.is_phonetic = True

    def text(self, text: str) -> None:
        if self.hears and not self.is_phonetic:
            self.letters += len(text)
            self.check()
            self.words.append(text)

    def end(self, name: str) -> None:
        if name == "t":
            self.hears = False
        elif name == "rPh":
            self.is_phonetic = False
        elif name == "si":
            self.texts.append(unescape("".join(self.words)))
            self.check()

    def check(self) -> None:
        if len(self.texts) > STRING_LIMIT:
            raise FileRefused(refusals.SWOLLEN, what="xl/sharedStrings.xml", limit=STRING_LIMIT)
        if self.letters > LETTER_LIMIT:
            raise FileRefused(refusals.SWOLLEN, what="xl/sharedStrings.xml", limit=f"{LETTER_LIMIT >> 20} MiB")


class Styles(Silence):
    """Listens to the formats of cells."""

    def __init__(self) -> None:
        self.custom: dict[int, str] = {}
        self.formats: list[int] = []
        self.in_cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            number = whole_number(attributes.get("numFmtId"), 0, 1_000_000_000, "xl/styles.xml")
            self.custom[number] = attributes.get("formatCode", "")[:255]
        elif name == "cellXfs":
            self.in_cells = True
        elif name == "xf" and self.in_cells:
            self.formats.append(whole_number(attributes.get("numFmtId"), 0, 1_000_000_000, "xl/styles.xml"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.in_cells = False

    def dates(self) -> set[int]:
        """The numbers of the styles that show a date."""
        custom = {number for number, code in self.custom.items() if is_date_format(code)}
        known = KNOWN_DATES - self.custom.keys()
        return {style for style, number in enumerate(self.formats) if number in custom or number in known}
