"""From the cells of a list to the columns of its staged rows: stripped, upper-cased, padded, folded (FORMATS §3).

What cannot be believed rejects the row, which then protects what exists for whoever it named.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from enrolhub.access.supann import account_state
from enrolhub.web.folding import bounded, bounded_search_key, fold

#: Columns of the staged tables, in the order the makers below give them.
STAGED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "annuaire": (
        "username", "directory_uid", "student_number", "staff_number", "id_number", "last_name", "first_name", "email",
        "affiliations", "account_state", "last_name_key", "first_name_key", "email_key", "search_key", "red_list",
    ),
    "annees": ("academic_year", "state", "label"),
    "etapes": ("programme_code", "version_code", "label", "component", "component_label"),
    "inscriptions_administratives": (
        "academic_year", "student_number", "programme_code", "version_code", "state", "payment_state", "changed_on",
    ),
    "elements": ("unit_code", "label", "period_code", "component"),
    "inscriptions_pedagogiques": (
        "academic_year", "student_number", "programme_code", "version_code", "unit_code", "followed", "changed_on",
    ),
    "groupes": ("academic_year", "unit_code", "group_number", "group_code", "label"),
    "affectations_groupes": ("academic_year", "student_number", "group_number"),
}  # fmt: skip

NOT_ON_RED_LIST = {"false", "0", "no", "non", "n", "faux", "f"}
CODE = re.compile(r"[!-~]+")
LOGIN = re.compile(r"[0-9A-Za-z.@_'+-]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Cells = Sequence[str]
Values = tuple[str, ...]


class Maker(Protocol):
    """Makes staged rows of a list's records."""

    def make(self, cells: Cells) -> Values:
        """The values of one record. Raises RowRejected."""

    def make_columns(self, columns: Sequence[Cells]) -> Sequence[Sequence[str]]:
        """The values of many records at once, column by column. Raises ValueError or RowRejected if any is refused."""


class RowRejected(Exception):
    """One cell of a row cannot be used. ``position`` is the column's place in ``protocol.COLUMNS``."""

    def __init__(self, position: int, value: str, reason: str) -> None:
        super().__init__(reason, value)
        self.position, self.value, self.reason = position, value, reason


def read_code(raw: str, longest: int) -> str:
    """A register code: stripped, upper-cased, ASCII without inner blanks. Raises ValueError with the reason."""
    code = raw.strip().upper()
    if not code:
        raise ValueError("empty")
    if len(code) > longest:
        raise ValueError("too_long")
    if not CODE.fullmatch(code):
        raise ValueError("bad_code")
    return code


def read_optional_code(raw: str, longest: int) -> str:
    return read_code(raw, longest) if raw.strip() else ""


def read_version(raw: str, longest: int) -> str:
    """A version of an étape: a number in one register is ``001`` in another."""
    code = read_code(raw, longest)
    return str(int(code)) if code.isdigit() else code


def read_student_number(raw: str, longest: int = 8) -> str:
    """Eight digits; a shorter number has lost its leading zeros on the way (FORMATS §3)."""
    number = raw.strip()
    if not number:
        raise ValueError("empty")
    if not (number.isascii() and number.isdigit()) or len(number) > longest:
        raise ValueError("bad_student_number")
    return number.zfill(longest)


def read_year(raw: str, longest: int = 4) -> str:
    year = raw.strip()
    if not (len(year) == longest and year.isascii() and year.isdigit()):
        raise ValueError("bad_year")
    return year


def read_text(raw: str, longest: int) -> str:
    """Text as people wrote it, in NFC, blanks collapsed."""
    if raw.isascii() and raw.isprintable() and "  " not in raw and len(raw) <= longest:
        return raw.strip()
    text = unicodedata.normalize("NFC", " ".join(raw.split()))
    if CONTROL.search(text):
        raise ValueError("control_character")
    if len(text) > longest:
        raise ValueError("too_long")
    return text


def read_login(raw: str, longest: int) -> str:
    login = raw.strip()
    if not login:
        raise ValueError("empty")
    if len(login) > longest or not LOGIN.fullmatch(login):
        raise ValueError("bad_login")
    return login


class Memory(dict[str, str]):
    """What a reader made of each raw value: registers repeat the same few codes hundreds of thousands of times."""

    def __init__(self, read: Callable[[str, int], str], longest: int) -> None:
        super().__init__()
        self.read, self.longest = read, longest

    def __missing__(self, raw: str) -> str:
        value = self[raw] = self.read(raw, self.longest)
        return value


class ListMaker:
    """Makes the rows of a list whose cells are each read by themselves; remembers what it has read."""

    def __init__(self, readers: Sequence[tuple[Callable[[str, int], str], int]]) -> None:
        self.memories = [Memory(read, longest) for read, longest in readers]

    def make(self, cells: Cells) -> Values:
        try:
            return tuple([memory[cell] for memory, cell in zip(self.memories, cells, strict=True)])
        except ValueError:
            raise find_culprit([memory.__getitem__ for memory in self.memories], cells) from None

    def make_columns(self, columns: Sequence[Cells]) -> Sequence[Sequence[str]]:
        return [list(map(memory.__getitem__, column)) for memory, column in zip(self.memories, columns, strict=True)]


class PersonMaker:
    """Makes people from directory entries."""

    def make(self, cells: Cells) -> Values:
        return make_person(cells)

    def make_columns(self, columns: Sequence[Cells]) -> Sequence[Sequence[str]]:
        return list(zip(*map(make_person, zip(*columns, strict=True)), strict=True))


def find_culprit(readers: Sequence[Callable[[str], str]], cells: Cells) -> RowRejected:
    for position, (read, cell) in enumerate(zip(readers, cells, strict=True)):
        try:
            read(cell)
        except ValueError as error:
            return RowRejected(position, cell, str(error))
    return RowRejected(0, "", "unreadable")


def make_person(cells: Cells) -> Values:
    """A directory entry: multi-valued cells joined by ``|``; the login typed by the person is its username."""
    readers = PERSON_READERS
    try:
        uid, login, student, staff, sn, given, display, mail, affiliations, state, red_list = [
            read(cell) for read, cell in zip(readers, cells, strict=True)
        ]
    except ValueError:
        raise find_culprit(readers, cells) from None
    last, first = (sn, given) if sn or given else (display, "")
    number = student or staff
    keys = (bounded(fold(last)), bounded(fold(first)), bounded(fold(mail)))
    searched = " ".join(part for part in (*keys[:2], fold(login), fold(number), keys[2]) if part)
    return (
        login,
        uid,
        student,
        staff,
        number,
        last,
        first,
        mail,
        affiliations,
        state,
        *keys,
        bounded_search_key(searched),
        red_list,
    )


def read_first_student_number(raw: str) -> str:
    values = [value for value in raw.split("|") if value.strip()]
    return read_student_number(values[0]) if values else ""


@lru_cache(maxsize=1000)
def read_affiliations(raw: str) -> str:
    return "|".join(sorted({read_text(value, 40).lower() for value in raw.split("|") if value.strip()}))


@lru_cache(maxsize=1000)
def read_account_state(raw: str) -> str:
    """The state of the ``{COMPTE}`` resource (SupAnn); an entry that says nothing of it is active."""
    return account_state(raw.split("|"))


@lru_cache(maxsize=100)
def read_red_list(raw: str) -> str:
    """``yes`` on the red list, ``no`` not, empty when the entry does not say. What cannot be read hides rather than shows."""
    value = raw.strip().lower()
    return "" if not value else "no" if value in NOT_ON_RED_LIST else "yes"


def text_of(longest: int) -> Callable[[str], str]:
    return lambda raw: read_text(raw, longest)


PERSON_READERS: tuple[Callable[[str], str], ...] = (
    text_of(150),
    lambda raw: read_login(raw, 150),
    read_first_student_number,
    lambda raw: read_optional_code(raw.split("|")[0], 20),
    text_of(200),
    text_of(200),
    text_of(200),
    lambda raw: read_text(raw.split("|")[0], 254),
    read_affiliations,
    read_account_state,
    read_red_list,
)


def new_maker(list_name: str) -> Maker:
    """A maker for one reading of a list."""
    return PersonMaker() if list_name == "annuaire" else ListMaker(READERS[list_name])


YEAR, STUDENT = (read_year, 4), (read_student_number, 8)
PROGRAMME, VERSION, UNIT, NUMBER = (read_code, 20), (read_version, 10), (read_code, 20), (read_code, 20)
COMPONENT, STATE, DATE, LABEL = (read_optional_code, 10), (read_optional_code, 5), (read_text, 30), (read_text, 200)
READERS: Mapping[str, tuple[tuple[Callable[[str, int], str], int], ...]] = {
    "annees": (YEAR, STATE, (read_text, 100)),
    "etapes": (PROGRAMME, VERSION, LABEL, COMPONENT, LABEL),
    "inscriptions_administratives": (YEAR, STUDENT, PROGRAMME, VERSION, STATE, STATE, DATE),
    "elements": (UNIT, LABEL, (read_optional_code, 10), COMPONENT),
    "inscriptions_pedagogiques": (YEAR, STUDENT, PROGRAMME, VERSION, UNIT, (read_optional_code, 1), DATE),
    "groupes": (YEAR, UNIT, NUMBER, (read_optional_code, 20), LABEL),
    "affectations_groupes": (YEAR, STUDENT, NUMBER),
}
#: Which cell names the person whose rows a rejected row protects.
PROTECTED_POSITIONS: Mapping[str, tuple[int, ...]] = {
    "annuaire": (1, 2),
    "inscriptions_administratives": (1,),
    "inscriptions_pedagogiques": (1,),
    "affectations_groupes": (1,),
}


def protected_names(list_name: str, cells: Cells) -> list[str]:
    """Username and student number that a rejected row names, as far as they can be read."""
    names = []
    for position in PROTECTED_POSITIONS.get(list_name, ()):
        raw = cells[position].strip()
        try:
            names.append(read_student_number(raw) if raw.isdigit() else read_login(raw, 150))
        except ValueError:
            continue
    return names


def is_about_people(list_name: str) -> bool:
    """Whether a row of the list stands for one person's right to something."""
    return list_name in PROTECTED_POSITIONS
