"""What is kept of a look at a file, to be shown page by page in either language without reading the file again."""

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from io import StringIO
from typing import Any

from django.conf import settings
from django.utils.translation import override

from cohorts.bulk.people import Found
from courses.imports.details import details_of
from courses.imports.kinds import OpenFile
from courses.imports.outcomes import Outlook
from enrolhub.web.sheets.problems import Rejection
from enrolhub.web.sheets.reading import Recognition, Sheet
from enrolhub.web.sheets.rejects import write_rejected
from enrolhub.web.sheets.remarks import told_remarks

REJECTED, UNCHANGED = "rejected", "unchanged"
ACTIONS = {"A": "arrival", "M": "alteration", "D": "departure", "": UNCHANGED}
LINES_NAMED = 10
SCOPES_LISTED = 20
Told = dict[str, Any]


def pack(preview: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(preview, separators=(",", ":")).encode(), 1)


def unpack(packed: bytes) -> dict[str, Any]:
    """What `pack` packed; nothing of a file that was not looked at yet."""
    return json.loads(zlib.decompress(packed)) if packed else {}


def in_each_language(say: Callable[[], Any]) -> Told:
    """What is said, in every language of the interface."""
    told = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            told[language] = say()
    return told


def recognised(found: Recognition) -> dict[str, Any]:
    """How a file is read, to be shown and corrected."""
    reading = found.reading
    return {
        "kind": found.kind,
        "encoding": reading.encoding or "",
        "separator": reading.separator or "",
        "columns": list(reading.columns or ()),
        "header": [title[:100] for title in found.header],
        "sample": [[cell[:60] for cell in cells[: len(found.header)]] for cells in found.sample],
        "missing": found.missing,
    }


def seen(opened: OpenFile, outlook: Outlook) -> dict[str, Any]:
    """What loading the file would do, as the page shows it."""
    sheet, tally = opened.sheet, outlook.tally
    scopes = [[code, each.arrivals, each.departures, each.alterations] for code, each in outlook.scopes.items()]
    changing = [scope for scope in scopes if any(scope[1:])]
    return {
        "line_count": sheet.line_count,
        "blank_count": sheet.blank_count,
        "tally": tally.as_dict(),
        "scopes": changing[:SCOPES_LISTED],
        "scope_count": len(changing),
        "causes": causes_of(sheet.rejections),
        "remarks": in_each_language(lambda: list(told_remarks(sheet))),
        "notes": list(opened.notes),
        "unknown": [name[:60] for name in sheet.unknown],
        "names": [name for name in sheet.reading.columns or () if name],
        "rows": rows_of(opened, outlook),
        "rejects": in_each_language(lambda: rejects_of(sheet)),
    }


def causes_of(rejections: Sequence[Rejection]) -> list[dict[str, Any]]:
    """The rejections by cause, the most frequent first; the words are those of its first line."""
    by_cause: dict[str, list[Rejection]] = defaultdict(list)
    for rejection in rejections:
        by_cause[rejection.problem.cause.code].append(rejection)
    causes = []
    for found in by_cause.values():
        lines, problem = sorted({rejection.line for rejection in found}), found[0].problem
        causes.append(
            {
                "count": len(lines),
                "reason": in_each_language(partial(getattr, problem, "reason")),
                "remedy": in_each_language(partial(getattr, problem, "remedy")),
                "lines": lines[:LINES_NAMED],
            }
        )
    return sorted(causes, key=lambda cause: (-cause["count"], cause["lines"]))


def rows_of(opened: OpenFile, outlook: Outlook) -> list[list[Any]]:
    """Every row: its line, what becomes of it, its cells, the details in each language, which cells are wrong, whose it is.

    The rejected ones come first.
    """
    sheet = opened.sheet
    places = [index for index, name in enumerate(sheet.reading.columns or ()) if name]
    wrong, told = rejected_of(sheet)
    details = told | details_of(opened, outlook.actions)
    people = people_of(opened)
    rows = []
    for line in sheet.lines:
        cells = sheet.cells_of(line)
        shown = [cells[place][:60] if place < len(cells) else "" for place in places]
        fate = REJECTED if line in told else ACTIONS[outlook.actions.get(line, "")]
        bad = [number for number, place in enumerate(places) if sheet.header[place].strip() in wrong.get(line, ())]
        rows.append([line, fate, shown, details.get(line), bad, people.get(line, 0)])
    return sorted(rows, key=lambda row: (row[1] != REJECTED, row[0]))


def rejected_of(sheet: Sheet) -> tuple[dict[int, set[str]], dict[int, Told]]:
    """For each rejected line the columns that are wrong, and why."""
    wrong: dict[int, set[str]] = defaultdict(set)
    told: dict[int, Told] = {}
    same: dict[str, str] = {}  # most lines are rejected for one of a few reasons: each is kept once
    for language, _name in settings.LANGUAGES:
        with override(language):
            for rejection in sheet.rejections:
                wrong[rejection.line].add(rejection.column)
                words, reason = told.setdefault(rejection.line, {}), rejection.problem.reason
                text = f"{words[language]} {reason}" if language in words else reason
                words[language] = same.setdefault(text, text)
    return wrong, told


def people_of(opened: OpenFile) -> dict[int, int]:
    """The person whom each row means, as far as rows of this kind are about one."""
    people: dict[int, int] = {}
    for entry in getattr(opened, "entries", ()):
        person = entry.values.get("person")
        if isinstance(person, Found):
            people |= dict.fromkeys((row.line for row in entry.rows), person.id)
    return people


def rejects_of(sheet: Sheet) -> str:
    file = StringIO(newline="")
    write_rejected(sheet, file)
    return file.getvalue()
