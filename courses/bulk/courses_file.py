"""`import_courses`: create course spaces and bring them up to date, file by file (FORMATS §4)."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from itertools import repeat

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cohorts.bulk.engine_file import EngineFile, FilePreview
from cohorts.bulk.file_run import FileRow, keep_rows
from cohorts.bulk.rights import check_staff
from courses.bulk.course_rows import COURSES, FILE_UNITS, YES, CoursesKind, facts_of
from courses.bulk.register_hints import remark_unknown
from courses.models import AskedSetup, Course, CourseUnit, Platform
from courses.setup.rows import LINKED, UNLINKED, SetupRow, fresh_ids, item_of
from enrolhub.access.models import User
from enrolhub.sync.apply import MANY
from enrolhub.sync.bulk_load import load_rows
from enrolhub.sync.models import Change, Run
from enrolhub.sync.select_into import refresh_statistics
from enrolhub.web.sheets.intake import Entry, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, Problem, ValueRefused
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally
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


class CoursesFile(EngineFile):
    """A file of course spaces, read and validated. Raises FileRefused; rejections are in `sheet`."""

    kind = CoursesKind.name
    counted = COURSES

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE, author: User | None = None) -> None:
        super().__init__(data, author)
        check_staff(author)
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.notes: list[str] = []
        self.platforms = {platform.code: platform for platform in Platform.objects.all()}
        entries = settle(self.sheet, read_entries(self.sheet, READERS), lambda entry: entry["code"])
        codes = sorted(entry["code"] for entry in entries)
        self.known = {
            course.code: course
            for part in ranges_of(codes)
            for course in Course.objects.filter(code__in=part).select_related("platform").order_by()
        }
        self.entries = keep(self.sheet, entries, self.check)
        remark_unknown(self.sheet, self.entries)
        self.units = self.known_units()

    def check(self, entry: Entry) -> tuple[str, Problem] | None:
        if entry["platform"] and entry["platform"] not in self.platforms:
            return "platform", Problem(UNKNOWN_PLATFORM, {"platforms": ", ".join(self.platforms)})
        if entry["code"] not in self.known:
            for name in ("title", "platform"):
                if not entry[name]:
                    return name, Problem(MISSING)
        return None

    def known_units(self) -> dict[int, list[CourseUnit]]:
        """The links to elements of the courses whose elements the file states."""
        told = [self.known[entry["code"]].pk for entry in self.entries if self.states_units(entry)]
        units: dict[int, list[CourseUnit]] = {}
        for part in ranges_of(told):
            for unit in CourseUnit.objects.filter(course__in=part).order_by("pk"):
                units.setdefault(unit.course_id, []).append(unit)
        return units

    def states_units(self, entry: Entry) -> bool:
        return entry["units"] is not None and entry["code"] in self.known

    def course_as_told(self, entry: Entry) -> Course:
        """The course as the entry wants it; an empty cell changes nothing."""
        course = copy(self.known.get(entry["code"])) or Course(code=entry["code"])
        for name, field in FIELDS.items():
            if entry[name] not in (None, ""):
                setattr(course, field, entry[name])
        if entry["platform"]:
            course.platform = self.platforms[entry["platform"]]
        if entry["creation"]:
            course.created_automatically = entry["creation"] == "auto"
        return course

    def asked(self) -> Iterator[FileRow]:
        """The courses and elements as they are and as they will be; the person of such a row is nobody."""
        return (
            FileRow(row.relation, row.ref, entry["code"], 0, "", row.item, row.before, row.facts, source)
            for entry, row, source in self.setup_rows(repeat(0))
        )

    def make_rows(self) -> Iterator[FileRow]:
        return self.asked()

    def setup_rows(self, ids: Iterator[int]) -> Iterator[tuple[Entry, SetupRow, str]]:
        """What the file asks of courses and of their elements, each with its line. ``ids`` are for those that are new."""
        for entry in self.entries:
            known, source = self.known.get(entry["code"]), self.source_of(entry.row.line)
            ref, before = (known.pk, facts_of(known)) if known else (next(ids), "")
            facts = facts_of(self.course_as_told(entry))
            yield entry, SetupRow(COURSES, ref, 0, entry["code"], before, facts), source
            for row in self.unit_rows(entry, ref):
                yield entry, row, source

    def unit_rows(self, entry: Entry, ref: int) -> Iterator[SetupRow]:
        """What is to change of the links to elements. One that is restricted to an étape or a group keeps being so."""
        if entry["units"] is None:
            return
        links = self.units.get(ref, [])
        linked = {link.unit_code for link in links}
        for code in entry["units"]:
            if code not in linked:
                yield SetupRow(FILE_UNITS, ref, 0, item_of(CourseUnit(unit_code=code)), UNLINKED, LINKED)
        for link in links:
            if link.unit_code not in entry["units"]:
                yield SetupRow(FILE_UNITS, ref, 0, item_of(link), LINKED, UNLINKED)

    def keep(self, run: Run) -> int:
        """Keep with the run what is asked of it, new courses under numbers that nobody else gets."""
        fresh = sum(entry["code"] not in self.known for entry in self.entries)
        rows = [(row, source) for _entry, row, source in self.setup_rows(iter(fresh_ids(fresh, Course)))]
        load_rows(AskedSetup, ("run", *SetupRow._fields), ((run.pk, *row) for row, _source in rows), transaction.atomic)
        if len(rows) > MANY:
            refresh_statistics(AskedSetup)
        told = ((row, source) for row, source in rows if row.relation == COURSES)
        return keep_rows(run, (FileRow(COURSES, row.ref, "", 0, "", "", "", YES, source) for row, source in told))

    def outcomes(self) -> Iterator[tuple[FileRow, str]]:
        """A course of which only the elements change is altered, too."""
        relinked = {row.code for row in self.rows if row.relation == FILE_UNITS}
        for row, action in super().outcomes():
            yield row, action or (Change.Action.ALTERATION.value if row.code in relinked else "")

    def preview(self) -> FilePreview:
        """Each course is a scope of its own: they are counted together."""
        return replace(super().preview(), scopes={})

    def count(self, tally: Tally, run: Run) -> None:
        """The run has done exactly what was asked; its own figures count no elements."""
        seen = self.preview().tally
        tally.arrivals, tally.alterations, tally.unchanged = seen.arrivals, seen.alterations, seen.unchanged
