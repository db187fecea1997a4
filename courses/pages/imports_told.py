"""Loaded files in words: what is known of their columns, their state, how they were read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.imports.kinds import KINDS, LABEL_IN_COURSE
from courses.models import ImportFile
from enrolhub.sync.states import Badge, badge_of
from enrolhub.web.sheets.decoding import ENCODINGS
from enrolhub.web.sheets.progress import CHECKING, LISTING, READING
from enrolhub.web.sheets.recognition import Column

State = ImportFile.State
#: What the columns hold. One of several kinds of file says the same in all of them.
MEANINGS: Mapping[str, Promise] = {
    "active": _("“oui” or “non”"),
    "code": _("code of the course"),
    "cohort": _("code of the cohort"),
    "component": _("code of the component"),
    "course": _("code of the course"),
    "creation": _("“auto” or “manuelle”"),
    "end": _("day, with an hour if wanted: 30/06/2027 or 2027-06-30 18:00"),
    "group": _("code or name of a group of the course"),
    "last_access": _("ISO date and time"),
    "method": _("“cohorte” or “meta”"),
    "name": _("its name; one who creates a cohort states it"),
    "person": _("username, student or staff number, or email"),
    "platform": _("code of the platform"),
    "role": _("short name of the role; empty: the usual one"),
    "source": _("code of the cohort or of the source course"),
    "start": _("day, with an hour if wanted"),
    "status": _("“actif” or “suspendu”"),
    "title": _("title of the course"),
    "units": _("codes of APOGÉE elements, joined by “|”"),
    "visible": _("“oui” or “non”"),
    "year": _("first year of the academic year"),
}
#: What the column of operations takes, by the kind of file.
OPERATIONS: Mapping[str, Promise] = {
    "enrolments": _("“inscrire”, “modifier” or “desinscrire”; empty: what fits"),
    "methods": _("“ajout”, “modification” or “suppression”"),
    "cohorts": _("“ajout” or “retrait”; empty: “ajout”"),
}
SEPARATORS = {";": _("semicolon ;"), ",": _("comma ,"), "\t": _("tab")}
BADGES = {
    State.WAITING: ("info", "arrow-repeat"),
    State.UNREAD: ("bad", ""),
    State.SEEN: ("wait", "eye"),
    State.CONFIRMING: ("info", "arrow-repeat"),
    State.DONE: ("ok", ""),
}


STAGES = {
    READING: _("Reading the lines"),
    CHECKING: _("Checking the values"),
    LISTING: _("Listing what would happen"),
}


@dataclass(frozen=True)
class ColumnLine:
    """One column that a file may have: its heading in the reader's language, and what it holds."""

    name: str
    heading: str
    meaning: str
    required: bool


def heading_of(column: Column) -> str:
    return column.french if (get_language() or "fr").startswith("fr") else column.english


def column_lines(columns: Iterable[Column], kind: str) -> list[ColumnLine]:
    """The columns of a kind of file, in their order."""
    meanings = {**MEANINGS, **({"operation": OPERATIONS[kind]} if kind in OPERATIONS else {})}
    return [
        ColumnLine(column.name, heading_of(column), str(meanings.get(column.name, "")), column.required)
        for column in columns
    ]


def label_of(file: ImportFile) -> str:
    return str(LABEL_IN_COURSE if file.course_id else KINDS[file.kind].label)


def state_badge(file: ImportFile) -> Badge:
    """The state of the file in a word; once it is confirmed that of its run, if it has one."""
    if file.run is not None:
        return badge_of(file.run)
    tone, icon = BADGES[State(file.state)]
    return Badge(tone, file.get_state_display(), icon)


def language_of_reader() -> str:
    return (get_language() or "fr")[:2]


def progress_of(file: ImportFile) -> dict[str, Any]:
    """How far whoever is at work on the file has come, as its page shows it; nothing before the first second is over."""
    return {"what": STAGES[file.stage], "percent": file.percent} if file.stage in STAGES else {}


def say(told: Mapping[str, Any] | None, default: Any = "") -> Any:
    """What was kept in every language, in the reader's."""
    return (told or {}).get(language_of_reader(), default)


def options(choices: Iterable[tuple[str, Any]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices]


def reading_fields(read: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """How the file was read, as the fields by which it is corrected."""
    known = [("", _("— ignored —")), *((column.name, heading_of(column)) for column in columns)]
    is_text = bool(read.get("separator"))
    sample = read.get("sample", [])
    cells = [[row[index] if index < len(row) else "" for row in sample] for index in range(len(read["header"]))]
    return {
        "encodings": options(((name, name) for name in ENCODINGS), read["encoding"]) if is_text else [],
        "separators": options(SEPARATORS.items(), read["separator"]) if is_text else [],
        "columns": [
            {"heading": heading, "sample": cells[index][:3], "options": options(known, read["columns"][index])}
            for index, heading in enumerate(read["header"])
        ],
        "missing": read["missing"],
    }
