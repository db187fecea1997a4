"""`import_enrolments`: enrol people by hand, change or remove them, file by file (FORMATS §4).

It writes manual enrolments only: what a synchronisation gave, no file touches.
"""

from collections.abc import Iterable, Iterator, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from cohorts.bulk.engine_file import EngineFile
from cohorts.bulk.file_run import FileRow
from cohorts.bulk.people import resolve_people
from courses.actions import create_groups
from courses.asked_relations import ENROLMENTS, GROUPS
from courses.bulk.editors import last_editors, seniors
from courses.bulk.enrolment_causes import (
    ABOVE_AUTHOR,
    END_BEFORE_START,
    ENROLLED_ALREADY,
    GROUP_OF_REGISTER,
    LAST_EDITOR,
    NO_MANUAL_METHOD,
    NOT_ENROLLED,
    OTHER_COURSE,
    YOURSELF,
)
from courses.bulk.enrolment_rows import (
    EnrolmentsKind,
    Facts,
    group_codes,
    present_enrolments,
    read_memberships,
    rows_of,
)
from courses.bulk.lookups import UNKNOWN_GROUP, GroupBook, resolve_courses
from courses.models import Course, Enrolment, Group, Method, Role
from enrolhub.access.models import User
from enrolhub.sync.models import Change, Run
from enrolhub.web.sheets.intake import Entry, Reader, keep, read_entries, settle
from enrolhub.web.sheets.problems import Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally
from enrolhub.web.sheets.values import read_choice, read_identifier, read_moment, read_name

COURSE = Column("course", "cours", "course", required=True)
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


def columns_for(course: Course | None) -> tuple[Column, ...]:
    """The columns of a file; loaded into one course, it need not name it."""
    return (COURSE if course is None else Column("course", "cours", "course"), *COLUMNS)


def readers_for(roles: Iterable[str]) -> dict[str, Reader]:
    """What reads each column, with the roles that there are."""
    names = {role: role for role in roles}
    return {
        "course": read_identifier,
        "person": lambda value: read_identifier(value, 254),
        "role": lambda value: read_choice(value, names),
        "group": lambda value: read_name(value, 200),
        "start": read_moment,
        "end": read_moment,
        "status": lambda value: read_choice(value, STATUSES),
        "operation": lambda value: read_choice(value, OPERATIONS),
    }


class EnrolmentsFile(EngineFile):
    """A file of manual enrolments, read and validated. Raises FileRefused; rejections are in `sheet`."""

    kind = EnrolmentsKind.name
    counted = ENROLMENTS

    def __init__(
        self,
        data: bytes,
        name: str,
        *,
        course: Course | None = None,
        creates_groups: bool = False,
        reading: Reading = RECOGNISE,
        author: User | None = None,
    ) -> None:
        super().__init__(data, author)
        self.sheet = read_sheet(data, columns_for(course), name, reading)
        self.notes: list[str] = []
        self.course = course
        self.creates_groups = creates_groups
        readers = readers_for(Role.objects.values_list("short_name", flat=True))
        self.entries = self.validate(read_entries(self.sheet, {**readers, "course": self.read_course}))
        self.warn_of_last_editors()

    @property
    def lane(self) -> str:
        return f"{self.kind}:{self.course.pk}" if self.course else self.kind

    def read_course(self, value: str) -> str:
        return self.course.code if self.course and not value.strip() else read_identifier(value)

    def validate(self, entries: list[Entry]) -> list[Entry]:
        """The entries that can be applied, each with its method, its facts and its groups; the others are rejected."""
        if self.course:
            only = self.course.code
            other = ("course", Problem(OTHER_COURSE, {"course": only}))
            entries = keep(self.sheet, entries, lambda entry: None if entry["course"] == only else other)
        entries, self.rights = resolve_courses(self.sheet, entries, self.author)
        self.methods = self.manual_methods(entries)
        no_method = ("course", Problem(NO_MANUAL_METHOD))
        entries = keep(self.sheet, entries, lambda entry: None if entry["course"].pk in self.methods else no_method)
        entries = resolve_people(self.sheet, entries)
        entries = settle(self.sheet, entries, lambda entry: (entry["course"].pk, entry["person"].id), {"group"})
        self.present = present_enrolments(sorted({self.methods[entry["course"].pk].pk for entry in entries}))
        entries = keep(self.sheet, entries, self.check_facts)
        self.seniors = seniors(self.rights, [entry["course"] for entry in entries])
        entries = keep(self.sheet, entries, self.check_rights)
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

    def present_of(self, entry: Entry) -> Facts | None:
        return self.present.get((entry["course"].pk, entry["person"].id))

    def check_facts(self, entry: Entry) -> tuple[str, Problem] | None:
        """Whether the operation is possible; the entry gets its `facts`, None for a removal."""
        present = self.present_of(entry)
        if present is None and entry["operation"] in ("update", "remove"):
            return "person", Problem(NOT_ENROLLED)
        entry.values["facts"] = None
        if entry["operation"] == "remove":
            return None
        facts = self.facts_of(entry, present)
        if facts.starts_at and facts.ends_at and facts.ends_at <= facts.starts_at:
            column = "end" if entry["end"] else "start"
            start = timezone.localtime(facts.starts_at)
            return column, Problem(END_BEFORE_START, {"start": f"{start:%Y-%m-%d %H:%M}"})
        if present is not None and entry["operation"] == "enrol" and facts != present:
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

    def check_rights(self, entry: Entry) -> tuple[str, Problem] | None:
        """Whether who loads the file may do this to this person, with this role, and not to themself."""
        course, person, facts, present = entry["course"], entry["person"], entry["facts"], self.present_of(entry)
        if self.author and person.username == self.author.username and present and facts != present:
            return "person", Problem(YOURSELF)
        if (course.pk, person.id) in self.seniors and facts != present:
            return "person", Problem(ABOVE_AUTHOR)
        if facts and (present is None or facts.role != present.role):
            problem = self.rights.check_role(course, facts.role)
            return ("role", problem) if problem else None
        return None

    def check_groups(self, entry: Entry) -> tuple[str, Problem] | None:
        for text in entry["group"]:
            found = self.groups.find(entry["course"].pk, text)
            if isinstance(found, Problem):
                return "group", found
            if found is None and not self.creates_groups:
                return "group", Problem(UNKNOWN_GROUP)
            if found is not None and found.keeper == Group.Keeper.REGISTER:
                self.sheet.remark(entry.row, "group", Problem(GROUP_OF_REGISTER))
        return None

    def warn_of_last_editors(self) -> None:
        """Nobody is kept from it, but a course without anybody who may edit it is worth a word."""
        for entry in last_editors(self.entries, self.present_of):
            self.sheet.remark(entry.row, "person", Problem(LAST_EDITOR, {"course": entry["course"].code}))

    def asked(self) -> Iterator[FileRow]:
        return self.rows_with({})

    def make_rows(self) -> Iterator[FileRow]:
        """The rows, once the groups that the file may create are there."""
        places = [(entry["course"].pk, text) for entry in self.entries for text in entry["group"] if entry["facts"]]
        missing = [place for place in dict.fromkeys(places) if self.groups.find(*place) is None]
        return self.rows_with(create_groups(missing))

    def rows_with(self, created: Mapping[tuple[int, str], Group]) -> Iterator[FileRow]:
        places = read_memberships(self.entries, self.groups)
        for entry in self.entries:
            codes = group_codes(entry, self.groups, created)
            method, source = self.methods[entry["course"].pk].pk, self.source_of(entry.row.line)
            yield from rows_of(entry, method, self.present_of(entry), places, codes, source)

    def outcomes(self) -> Iterator[tuple[FileRow, str]]:
        """Whoever only joins a group is altered, too."""
        joining = {(row.code, row.member) for row in self.rows if row.relation == GROUPS and row.action}
        for row in self.rows:
            if row.relation == ENROLMENTS:
                joins = not row.action and (row.code, row.member) in joining
                yield row, Change.Action.ALTERATION.value if joins else row.action

    def count(self, tally: Tally, run: Run) -> None:
        super().count(tally, run)
        regrouped = count_regrouped(run)
        tally.alterations += regrouped
        tally.unchanged -= regrouped


def count_regrouped(run: Run) -> int:
    """How many people join a group in a course where nothing else of their enrolment changes."""
    changes = Change.objects.filter(scope__phase__run=run).order_by()
    columns = ("scope__code", "member")
    joined = set(changes.filter(scope__phase__relation=GROUPS, action=Change.Action.ARRIVAL).values_list(*columns))
    return len(joined - set(changes.filter(scope__phase__relation=ENROLMENTS).values_list(*columns)))
