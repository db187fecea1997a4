"""What a file of courses says that the registers do not know: worth a word, never a rejection."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cohorts.register import register_of
from cohorts.snapshots import snapshot_in_force
from enrolhub.web.sheets.intake import Entry
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import Sheet

UNKNOWN_UNITS = Cause(
    "unknown_units",
    _("APOGÉE lists no such element: %(codes)s."),
    _("Nobody comes by it until it does; check that this is the code of an element."),
)
UNKNOWN_COMPONENT = Cause("unknown_component", _("APOGÉE knows no component of this code."), _("Check the code."))
OTHER_YEAR = Cause(
    "other_year",
    _("The registers in force speak of %(years)s, so nobody comes into a course of this year."),
    _("Check the year."),
)
NAMED = 5


def remark_unknown(sheet: Sheet, entries: Iterable[Entry]) -> None:
    """Remark on elements, components and years that the extract in force does not speak of; without one, on nothing."""
    snapshot = snapshot_in_force()
    if snapshot is None:
        return
    register, rows = register_of(snapshot, 0), list(entries)
    units: set[str] = set()
    for part in ranges_of(sorted({unit for entry in rows for unit in entry["units"] or ()})):
        units.update(register.units().filter(unit_code__in=part).values_list("unit_code", flat=True))
    components = set(register.programmes().order_by().values_list("component", flat=True).distinct())
    years = ", ".join(register.years)
    for entry in rows:
        if lacking := [unit for unit in entry["units"] or () if unit not in units]:
            sheet.remark(entry.row, "units", Problem(UNKNOWN_UNITS, {"codes": ", ".join(lacking[:NAMED])}))
        if entry["component"] and entry["component"] not in components:
            sheet.remark(entry.row, "component", Problem(UNKNOWN_COMPONENT))
        if entry["year"] and entry["year"] not in register.years:
            sheet.remark(entry.row, "year", Problem(OTHER_YEAR, {"years": years}))
