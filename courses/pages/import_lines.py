"""The rows of a loaded file as its page shows them: counts, and each row with what becomes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cohorts.models import Person
from courses.imports.preview import REJECTED, UNCHANGED
from courses.models import ImportFile
from courses.pages.imports_told import say
from enrolhub.web.templatetags.enrolhub import number

FATES = {
    REJECTED: (_("Row rejected"), "x-circle"),
    "arrival": (_("To add"), "plus-lg"),
    "alteration": (_("To change"), "pencil"),
    "departure": (_("To remove"), "dash-lg"),
    UNCHANGED: (_("Up to date"), "check-lg"),
}


@dataclass(frozen=True)
class Cell:
    heading: str
    text: str
    is_wrong: bool


@dataclass(frozen=True)
class ImportLine:
    """One row: where it stands, what becomes of it, its cells, and what is to be told of it."""

    number: int
    fate: str
    word: str
    icon: str
    cells: Sequence[Cell]
    detail: str

    @property
    def is_rejected(self) -> bool:
        return self.fate == REJECTED


def lines_of(
    rows: Iterable[Sequence[Any]], headings: Mapping[str, str], people: Mapping[int, Person]
) -> list[ImportLine]:
    """The rows of one page, `headings` being those of their cells; whom a row means is named beside what the file says."""
    lines = []
    for line, fate, texts, detail, wrong, person in rows:
        known = people.get(person)
        cells = [
            Cell(heading, f"{known} ({text})" if name == "person" and known else text, index in wrong)
            for index, ((name, heading), text) in enumerate(zip(headings.items(), texts, strict=True))
        ]
        word, icon = FATES[fate]
        lines.append(ImportLine(line, fate, str(word), icon, cells, say(detail)))
    return lines


def choices_of(counts: Mapping[str, int], narrowing: str) -> list[dict[str, Any]]:
    """How many rows have which fate, each a way to see these alone."""
    choices = [{"label": _("All rows"), "count": sum(counts.values()), "url": "?", "current": not narrowing}]
    for fate, (word, _icon) in FATES.items():
        count = counts.get(fate, 0)
        if count or fate == narrowing:
            choices.append({"label": word, "count": count, "url": f"?show={fate}", "current": fate == narrowing})
    return choices


def totals_of(file: ImportFile, preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures above everything else: rejected rows, then what changes."""
    tally = preview["tally"]
    rejected, scopes = tally["rejected"], preview["scope_count"]
    totals = [
        total(rejected, ngettext("row rejected", "rows rejected", rejected), "x-circle", "bad" if rejected else ""),
        total(tally["arrivals"], ngettext("addition", "additions", tally["arrivals"]), "plus-lg", "accent"),
        total(tally["alterations"], ngettext("change", "changes", tally["alterations"]), "pencil"),
        total(tally["departures"], ngettext("removal", "removals", tally["departures"]), "dash-lg"),
        total(tally["unchanged"], ngettext("nothing to do", "nothing to do", tally["unchanged"]), "check-lg"),
    ]
    if scopes and not file.course_id:
        words = ngettext("course or cohort touched", "courses or cohorts touched", scopes)
        totals.append(total(scopes, words))
    return totals


def total(count: int, word: str, icon: str = "", tone: str = "") -> dict[str, Any]:
    return {"number": number(count), "word": word, "icon": icon, "tone": tone}
