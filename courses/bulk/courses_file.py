"""`import_courses`: create course spaces and bring them up to date, file by file (FORMATS §4)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from cohorts.bulk.rights import check_staff
from courses.actions import save_courses, set_course_units
from courses.bulk.register_hints import remark_unknown
from courses.models import Course, CourseUnit, Platform
from enrolhub.access.models import User
from enrolhub.web.sheets.intake import Entry, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, Problem, ValueRefused
from enrolhub.web.sheets.ranges import ranges_of, write_in_ranges
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally, tally_of
from enrolhub.web.sheets.values import (
    MISSING,
    read_choice,
    read_name,
    read_new_code,
    read_text,
    read_year,
    read_yes_no,
)

COLUMNS = (
    Column("code", "code", "code", required=True),
    Column("title", "titre", "title"),
    Column("platform", "plateforme", "platform"),
    Column("component", "composante", "component"),
    Column("year", "annee", "year"),
    Column("creation", "creation", "creation"),
    Column("units", "elements", "units"),
    Column("visible", "visible", "visible"),
)
CREATIONS = {"auto": "auto", "manuelle": "manual", "automatique": "auto", "automatic": "auto", "manual": "manual"}
#: Values of a file → field of Course; platform and creation are told apart.
FIELDS = {"title": "title", "component": "component", "year": "academic_year", "visible": "visible"}
#: Courses written in one transaction on SQLite, with their methods and elements: well under a second.
RANGE = 1_000
UNKNOWN_PLATFORM = Cause(
    "unknown_platform", _("No platform has this code."), _("Write the code of a platform: %(platforms)s.")
)


def read_code(value: str, limit: int) -> str:
    """A code of the register, stripped and in capitals as the exchange files have it; empty stays empty."""
    return read_new_code(value.strip(), limit).upper() if value.strip() else ""


def read_units(value: str) -> tuple[str, ...] | None:
    """Codes of APOGÉE elements joined by `|`, each once; None for an empty cell."""
    if not value.strip():
        return None
    codes = [read_code(part, 20) for part in value.split("|")]
    if not all(codes):
        raise ValueRefused(MISSING)
    return tuple(dict.fromkeys(codes))


READERS = {
    "code": read_new_code,
    "title": lambda value: read_name(value, 255),
    "platform": lambda value: read_text(value, 40),
    "component": lambda value: read_code(value, 10),
    "year": read_year,
    "creation": lambda value: read_choice(value, CREATIONS),
    "units": read_units,
    "visible": read_yes_no,
}


class CoursesFile:
    """A file of course spaces, read and validated. Raises FileRefused; rejections are in `sheet`."""

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE, author: User | None = None) -> None:
        check_staff(author)
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.notes: list[str] = []
        self.platforms = {platform.code: platform for platform in Platform.objects.all()}
        entries = settle(self.sheet, read_entries(self.sheet, READERS), lambda entry: entry["code"])
        codes = sorted(entry["code"] for entry in entries)
        self.known = {
            course.code: course
            for part in ranges_of(codes)
            for course in Course.objects.filter(code__in=part).order_by()
        }
        self.entries = keep(self.sheet, entries, self.check)
        remark_unknown(self.sheet, self.entries)
        self.changed, self.unchanged = self.compare()

    def check(self, entry: Entry) -> tuple[str, Problem] | None:
        if entry["platform"] and entry["platform"] not in self.platforms:
            return "platform", Problem(UNKNOWN_PLATFORM, {"platforms": ", ".join(self.platforms)})
        if entry["code"] not in self.known:
            for name in ("title", "platform"):
                if not entry[name]:
                    return name, Problem(MISSING)
        return None

    def compare(self) -> tuple[list[tuple[Course, Entry]], int]:
        """The courses to write, as they will be, and how many of the file's are that already."""
        units = self.known_units()
        changed, unchanged = [], 0
        for entry in self.entries:
            course = self.known.get(entry["code"]) or Course(code=entry["code"])
            before = stated_by(course) if course.pk else None
            self.fill(course, entry)
            same_units = entry["units"] is None or set(entry["units"]) == units.get(course.code, set())
            if before == stated_by(course) and same_units:
                unchanged += 1
            else:
                changed.append((course, entry))
        return changed, unchanged

    def known_units(self) -> dict[str, set[str]]:
        units: dict[str, set[str]] = {}
        for part in ranges_of([course.pk for course in self.known.values()]):
            rows = CourseUnit.objects.filter(course__in=part).order_by()
            for code, unit in rows.values_list("course__code", "unit_code"):
                units.setdefault(code, set()).add(unit)
        return units

    def fill(self, course: Course, entry: Entry) -> None:
        """Put what the entry states on the course; an empty cell changes nothing."""
        for name, field in FIELDS.items():
            if entry[name] not in (None, ""):
                setattr(course, field, entry[name])
        if entry["platform"]:
            course.platform = self.platforms[entry["platform"]]
        if entry["creation"]:
            course.created_automatically = entry["creation"] == "auto"

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Write the courses that are new or changed, or only count them."""
        tally = tally_of(self.sheet)
        tally.arrivals = sum(entry["code"] not in self.known for _, entry in self.changed)
        tally.alterations = len(self.changed) - tally.arrivals
        tally.unchanged = self.unchanged
        if not dry_run:
            write_in_ranges(self.changed, write_courses, RANGE)
        return tally


def stated_by(course: Course) -> tuple[object, ...]:
    """What a file may state of a course."""
    return tuple(getattr(course, name) for name in (*FIELDS.values(), "platform_id", "created_automatically"))


def write_courses(changed: Sequence[tuple[Course, Entry]]) -> None:
    save_courses([course for course, _ in changed])
    set_course_units({course.pk: entry["units"] for course, entry in changed if entry["units"] is not None})
