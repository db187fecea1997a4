"""`import_enrolments`: enrol people by hand, change or remove them, file by file (FORMATS §4).

It writes manual enrolments only: what a synchronisation gave, no file touches.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.bulk.file_run import FilePlan, FileRow, Row, run_file
from cohorts.bulk.people import resolve_people
from courses.actions import create_groups
from courses.asked_relations import ENROLMENTS, GROUPS, IS_MEMBER, LEAVING, AskedEnrolments, AskedGroupMembers
from courses.bulk.lookups import UNKNOWN_GROUP, GroupBook, resolve_courses
from courses.models import Course, Enrolment, Group, Method, Role
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Change, Run
from enrolhub.sync.relation import Relation
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Entry, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally, tally_of
from enrolhub.web.sheets.values import read_choice, read_identifier, read_moment, read_text

COLUMNS = (
    Column("person", "identifiant", "person", required=True),
    Column("role", "role", "role"),
    Column("group", "groupe", "group"),
    Column("start", "debut", "start"),
    Column("end", "fin", "end"),
    Column("status", "statut", "status"),
    Column("operation", "operation", "operation"),
)
STATUSES = {"actif": "active", "suspendu": "suspended", "active": "active", "suspended": "suspended"}
OPERATIONS = {
    "inscrire": "enrol",
    "modifier": "update",
    "desinscrire": "remove",
    "enrol": "enrol",
    "update": "update",
    "remove": "remove",
}
OTHER_COURSE = Cause(
    "other_course",
    gettext_lazy("The file is loaded into the course %(course)s only."),
    gettext_lazy("Remove the line, or load the file without naming a course."),
)
NO_MANUAL_METHOD = Cause(
    "no_manual_method",
    gettext_lazy("The course has no manual enrolment method."),
    gettext_lazy("Add it to the course first."),
)
ENROLLED_ALREADY = Cause(
    "enrolled_already",
    gettext_lazy("This person is enrolled by hand already, otherwise than this line says."),
    gettext_lazy("Write the operation “modifier”, or leave it empty, to change the enrolment."),
)
NOT_ENROLLED = Cause(
    "not_enrolled",
    gettext_lazy("This person has no manual enrolment in the course."),
    gettext_lazy("Remove the line; enrolments that a synchronisation gave are not changed by files."),
)
END_BEFORE_START = Cause(
    "end_before_start",
    gettext_lazy("The end is not after the start (%(start)s)."),
    gettext_lazy("Correct one of them."),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manual enrolment says."""

    role: str
    suspended_by: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __str__(self) -> str:
        return join_facts([self.role, self.suspended_by, _time_text(self.starts_at), _time_text(self.ends_at)])


def _time_text(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


class EnrolmentsFile:
    """A file of manual enrolments, read and validated. Raises FileRefused; rejections are in `sheet`."""

    def __init__(
        self,
        data: bytes,
        name: str,
        *,
        course: Course | None = None,
        creates_groups: bool = False,
        reading: Reading = RECOGNISE,
    ) -> None:
        course_column = Column("course", "cours", "course", required=course is None)
        self.sheet = read_sheet(data, (course_column, *COLUMNS), name, reading)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.notes: list[str] = []
        self.course = course
        self.creates_groups = creates_groups
        self.created: dict[tuple[int, str], Group] = {}
        self.entries = self.validate(read_entries(self.sheet, self.readers()))

    def readers(self) -> dict[str, Any]:
        roles = {short_name: short_name for short_name in Role.objects.values_list("short_name", flat=True)}
        return {
            "course": self.read_course,
            "person": lambda value: read_identifier(value, 254),
            "role": lambda value: read_choice(value, roles),
            "group": lambda value: read_text(value, 200),
            "start": read_moment,
            "end": read_moment,
            "status": lambda value: read_choice(value, STATUSES),
            "operation": lambda value: read_choice(value, OPERATIONS),
        }

    def read_course(self, value: str) -> str:
        return self.course.code if self.course and not value.strip() else read_identifier(value)

    def validate(self, entries: list[Entry]) -> list[Entry]:
        """The entries that can be applied, each with its method, its facts and its groups; the others are rejected."""
        if self.course:
            only = self.course.code
            other = ("course", Problem(OTHER_COURSE, {"course": only}))
            entries = keep(self.sheet, entries, lambda entry: None if entry["course"] == only else other)
        entries = resolve_courses(self.sheet, entries)
        self.methods = self.manual_methods(entries)
        no_method = ("course", Problem(NO_MANUAL_METHOD))
        entries = keep(self.sheet, entries, lambda entry: None if entry["course"].pk in self.methods else no_method)
        entries = resolve_people(self.sheet, entries)
        entries = settle(self.sheet, entries, lambda entry: (entry["course"].pk, entry["person"].id), {"group"})
        self.present = self.present_enrolments(entries)
        entries = keep(self.sheet, entries, self.check_facts)
        self.groups = GroupBook(entry["course"].pk for entry in entries if entry["group"])
        return keep(self.sheet, entries, self.check_groups)

    def manual_methods(self, entries: list[Entry]) -> dict[int, Method]:
        methods: dict[int, Method] = {}
        for part in ranges_of(sorted({entry["course"].pk for entry in entries})):
            rows = Method.objects.filter(course__in=part, kind=Method.Kind.MANUAL).order_by()
            methods |= {method.course_id: method for method in rows.select_related("role", "course")}
        if off := sorted(method.course.code for method in methods.values() if not method.enabled):
            self.notes.append(_("Manual enrolment is disabled in: %(codes)s") % {"codes": ", ".join(off)})
        return methods

    def present_enrolments(self, entries: list[Entry]) -> dict[tuple[int, int], Facts]:
        """The manual enrolments of the file's courses, by course and person."""
        columns = ("method__course_id", "person_id", "role__short_name", "suspended_by", "starts_at", "ends_at")
        methods = sorted({self.methods[entry["course"].pk].pk for entry in entries})
        present = {}
        for part in ranges_of(methods):
            rows = Enrolment.objects.filter(method__in=part).order_by().values_list(*columns)
            for course, person, *facts in rows.iterator(chunk_size=5000):
                present[course, person] = Facts(*facts)
        return present

    def check_facts(self, entry: Entry) -> tuple[str, Problem] | None:
        """Whether the operation is possible; the entry gets its `facts`, None for a removal."""
        present = self.present.get((entry["course"].pk, entry["person"].id))
        if present is None and entry["operation"] in ("update", "remove"):
            return "person", Problem(NOT_ENROLLED)
        entry.values["facts"] = None
        if entry["operation"] == "remove":
            return None
        facts = self.facts_of(entry, present)
        if facts.starts_at and facts.ends_at and facts.ends_at <= facts.starts_at:
            column = "end" if entry["end"] else "start"
            return column, Problem(END_BEFORE_START, {"start": f"{facts.starts_at.astimezone():%Y-%m-%d %H:%M}"})
        if present is not None and entry["operation"] == "enrol" and str(facts) != str(present):
            return "operation", Problem(ENROLLED_ALREADY)
        entry.values["facts"] = facts
        return None

    def facts_of(self, entry: Entry, present: Facts | None) -> Facts:
        """The enrolment as the entry wants it: an empty cell leaves what is, or takes the method's default role."""
        before = present or Facts(self.methods[entry["course"].pk].role.short_name)
        suspension = {"active": "", "suspended": Enrolment.SuspendedBy.HAND.value}.get(entry["status"])
        return Facts(
            entry["role"] or before.role,
            before.suspended_by if suspension is None else suspension,
            entry["start"] or before.starts_at,
            entry["end"] or before.ends_at,
        )

    def check_groups(self, entry: Entry) -> tuple[str, Problem] | None:
        for text in entry["group"]:
            found = self.groups.find(entry["course"].pk, text)
            if isinstance(found, Problem):
                return "group", found
            if found is None and not self.creates_groups:
                return "group", Problem(UNKNOWN_GROUP)
        return None

    def make_rows(self) -> Iterator[Row]:
        """The rows for the engine; the groups that the file may create are created first."""
        places = [(entry["course"].pk, text) for entry in self.entries for text in entry["group"] if entry["facts"]]
        missing = [place for place in dict.fromkeys(places) if self.groups.find(*place) is None]
        self.created = create_groups(missing)
        for entry in self.entries:
            yield from self.rows_of(entry)

    def rows_of(self, entry: Entry) -> Iterator[Row]:
        course, person = entry["course"].pk, entry["person"]
        source = f"{self.sheet.name[:150]}:{entry.row.line}"
        method, facts = self.methods[course].pk, entry["facts"]
        if facts is None:
            yield ENROLMENTS, method, person.id, "", "", source, 0
            yield LEAVING, course, person.id, "", "", source, 0
            return
        yield ENROLMENTS, method, person.id, "", str(facts), source, 1
        codes = {self.group_code(course, text) for text in entry["group"]}
        for code in sorted(codes):
            yield GROUPS, course, person.id, code, IS_MEMBER, source, 1

    def group_code(self, course: int, text: str) -> str:
        found = self.groups.find(course, text)
        return found.code if isinstance(found, Group) else self.created[course, fold(text)].code

    def carry_out(self, *, dry_run: bool) -> Tally:
        """Apply the accepted rows, or rehearse that. Raises FileRefused when another such file is being applied."""
        tally = tally_of(self.sheet)
        if self.entries:
            plan = FilePlan("enrolments", self.sheet.name, self.sha256, relations_of, self.make_rows)
            run = run_file(plan, dry_run=dry_run)
            regrouped = count_regrouped(run)
            tally.arrivals, tally.departures = run.arrivals, run.departures
            tally.alterations, tally.unchanged = run.alterations + regrouped, run.unchanged - regrouped
        return tally


def relations_of(run: Run) -> list[Relation]:
    rows = FileRow.objects.all()
    return [AskedEnrolments(ENROLMENTS, rows, "removed_by_file"), AskedGroupMembers(rows)]


def count_regrouped(run: Run) -> int:
    """How many people join a group in a course where nothing else of their enrolment changes."""
    changes = Change.objects.filter(scope__phase__run=run).order_by()
    columns = ("scope__code", "member")
    joined = set(changes.filter(scope__phase__relation=GROUPS, action=Change.Action.ARRIVAL).values_list(*columns))
    return len(joined - set(changes.filter(scope__phase__relation=ENROLMENTS).values_list(*columns)))
