"""The rows of the extract that links stand on, as they are shown: where they are, what they are about, what they are worth."""

from collections.abc import Iterable
from typing import Any

from cohorts.models import StagedRegistration, StagedUnitRegistration
from courses.explain.chain import SourceRow
from courses.explain.register_facts import FOLLOWED, STANDING, RegisterFacts

ADMINISTRATIVE, PEDAGOGICAL = "inscriptions_administratives", "inscriptions_pedagogiques"


def programme_params(register: RegisterFacts, row: StagedRegistration | StagedUnitRegistration) -> dict[str, Any]:
    """The étape of a row, its version, year and faculty, for sentences."""
    programme = register.programmes.get(row.programme_code)
    return {
        "year": row.academic_year,
        "programme": row.programme_code,
        "programme_label": register.programme_label(row.programme_code),
        "version": row.version_code,
        "component": programme.component_label if programme else "",
        "on": row.changed_on,
    }


def registration_rows(register: RegisterFacts, rows: Iterable[StagedRegistration]) -> list[SourceRow]:
    """Administrative registrations as rows to be shown, each with what it is worth."""
    return [
        SourceRow(
            ADMINISTRATIVE,
            row.line,
            f"{row.programme_code} / {row.version_code}",
            register.programme_label(row.programme_code),
            register.counts(row),
            _worth(register, row),
            row.changed_on,
        )
        for row in rows
    ]


def _worth(register: RegisterFacts, row: StagedRegistration) -> str:
    if register.counts(row):
        return "counts"
    if not register.speaks_of(row.academic_year):
        return "other_year"
    return "unpaid" if row.state == STANDING else "cancelled"


def unit_rows(register: RegisterFacts, year: str, codes: Iterable[str]) -> list[SourceRow]:
    """The registrations on these elements; an element without any is a row of line 0."""
    shown: list[SourceRow] = []
    for code in codes:
        rows = register.followings_of(code, year)
        shown += [unit_row(register, row) for row in rows]
        if not rows:
            shown.append(SourceRow(PEDAGOGICAL, 0, code, register.unit_label(code), False, "no_row"))
    return shown


def unit_row(register: RegisterFacts, row: StagedUnitRegistration) -> SourceRow:
    counts = row.followed == FOLLOWED and register.is_covered(row)
    finding = "counts" if counts else "not_followed" if row.followed != FOLLOWED else "not_covered"
    label = register.unit_label(row.unit_code)
    return SourceRow(PEDAGOGICAL, row.line, row.unit_code, label, counts, finding, row.changed_on)
