"""What is kept of a look at a file, to be shown page by page in either language without reading the file again."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.utils.translation import override

from cohorts.bulk.people import Found
from courses.imports.details import Details, in_each_language, say_rejections
from courses.imports.kinds import OpenFile
from courses.imports.outcomes import Outlook
from courses.imports.packing import Section, pack
from enrolhub.web.sheets.problems import Rejection
from enrolhub.web.sheets.progress import LISTING, told
from enrolhub.web.sheets.reading import Recognition, Sheet
from enrolhub.web.sheets.rejects import write_rejected
from enrolhub.web.sheets.remarks import told_remarks

REJECTED, UNCHANGED = "rejected", "unchanged"
ACTIONS = {"A": "arrival", "M": "alteration", "D": "departure", "": UNCHANGED}
LINES_NAMED = 10
SCOPES_LISTED = 20
ROWS = "rows"


def rejects_in(language: str) -> str:
    """The name of the section that holds the file of rejected rows in a language."""
    return f"rejects-{language}"


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


def pack_seen(read: dict[str, Any], opened: OpenFile, outlook: Outlook) -> bytes:
    """How a file is read and what loading it would do, as the page shows it."""
    sections = {ROWS: Section()}
    fates: Counter[str] = Counter()
    for row in told(rows_of(opened, outlook), LISTING, opened.sheet.row_count):
        sections[ROWS].write_row(row)
        fates[row[1]] += 1
    for language, _name in settings.LANGUAGES:
        sections[rejects_in(language)] = section = Section()
        with override(language):
            write_rejected(opened.sheet, section)
    return pack({"reading": read, "fates": fates, **seen(opened, outlook)}, sections)


def seen(opened: OpenFile, outlook: Outlook) -> dict[str, Any]:
    """What loading the file would do, in short."""
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


def rows_of(opened: OpenFile, outlook: Outlook) -> Iterator[list[Any]]:
    """Every row: its line, what becomes of it, its cells, the details in each language, which cells are wrong, whose it is.

    The rejected ones come first.
    """
    sheet, people = opened.sheet, people_of(opened)
    rejected = set()
    for line, found in groupby(sorted(sheet.rejections, key=attrgetter("line")), key=attrgetter("line")):
        rejected.add(line)
        rejections = list(found)
        wrong = {rejection.column for rejection in rejections}
        bad = [number for number, heading in enumerate(headings_of(sheet)) if heading in wrong]
        yield [line, REJECTED, shown_cells(sheet, line), say_rejections(rejections), bad, people.get(line, 0)]
    details = Details(opened, outlook.actions)
    for line in sheet.lines:
        if line not in rejected:
            fate = ACTIONS[outlook.actions.get(line, "")]
            yield [line, fate, shown_cells(sheet, line), details.of(line), [], people.get(line, 0)]


def places_of(sheet: Sheet) -> list[int]:
    """Where the columns stand that are read."""
    return [index for index, name in enumerate(sheet.reading.columns or ()) if name]


def headings_of(sheet: Sheet) -> list[str]:
    return [sheet.header[place].strip() for place in places_of(sheet)]


def shown_cells(sheet: Sheet, line: int) -> list[str]:
    cells = sheet.cells_of(line)
    return [cells[place][:60] if place < len(cells) else "" for place in places_of(sheet)]


def people_of(opened: OpenFile) -> dict[int, int]:
    """The person whom each row means, as far as rows of this kind are about one."""
    people: dict[int, int] = {}
    for entry in getattr(opened, "entries", ()):
        person = entry.values.get("person")
        if isinstance(person, Found):
            people |= dict.fromkeys((row.line for row in entry.rows), person.id)
    return people
