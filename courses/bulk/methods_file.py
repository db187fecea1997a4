"""`import_methods`: add, change and delete cohort synchronisations and meta-course links, file by file (FORMATS §4)."""

from collections.abc import Iterator
from copy import copy

from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cohorts.bulk.engine_file import EngineFile, FilePreview
from cohorts.bulk.file_run import MOVED, FileRow, rehearse_file, start_file
from cohorts.models import Cohort
from courses.bulk.file_methods import KINDS, MethodsKind, keep_methods
from courses.bulk.lookups import NO_SUCH_GROUP, GroupBook, find_courses, resolve_courses
from courses.bulk.method_rights import check_above, people_above, seen_sources
from courses.models import Course, Group, Method, Platform, Role
from courses.setup.asking import method_row
from courses.setup.facts import facts_of
from courses.setup.rows import METHODS, SetupRow, fresh_ids
from enrolhub.access.models import User
from enrolhub.sync.digest import digest_lines
from enrolhub.sync.models import Run, Scope
from enrolhub.web.sheets.intake import Entry, Reader, keep, read_entries, settle
from enrolhub.web.sheets.problems import Cause, FileRefused, Problem, ValueRefused
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import read_sheet
from enrolhub.web.sheets.recognition import RECOGNISE, Column, Reading
from enrolhub.web.sheets.tally import Tally, tally_of
from enrolhub.web.sheets.values import MISSING, read_choice, read_identifier, read_name, read_yes_no

COLUMNS = (
    Column("operation", "operation", "operation", required=True),
    Column("method", "methode", "method", required=True),
    Column("course", "cours", "course", required=True),
    Column("source", "source", "source", required=True),
    Column("role", "role", "role"),
    Column("group", "groupe", "group"),
    Column("active", "active", "active"),
    Column("name", "nom", "name"),
)
OPERATIONS = {
    "ajout": "add",
    "modification": "update",
    "suppression": "delete",
    "add": "add",
    "update": "update",
    "delete": "delete",
}
KIND_WORDS = {"cohorte": "cohort_sync", "meta": "meta_link", "cohort": "cohort_sync"}
UNKNOWN_SOURCE = Cause(
    "unknown_source",
    _("No cohort, for “cohorte”, or course, for “meta”, has this code."),
    _("Correct the code or the method."),
)
SELF_LINK = Cause("self_link", _("A course cannot be its own source."), _("Correct the source or the course."))
METHOD_THERE = Cause(
    "method_there",
    _("The course has this method already."),
    _("Write the operation “modification” to change it, or remove the line."),
)
NO_SUCH_METHOD = Cause(
    "no_such_method", _("The course has no such method with this source."), _("Correct the line, or write “ajout”.")
)
SEVERAL_METHODS = Cause(
    "several_methods",
    _("The course has this method several times with this source, with different roles."),
    _("Change or delete it on the course's page of methods."),
)


def read_stated(value: str, choices: dict[str, str]) -> str:
    """One of the choices; an empty cell is refused."""
    if not value.strip():
        raise ValueRefused(MISSING)
    return read_choice(value, choices)


class MethodsFile(EngineFile):
    """A file of enrolment methods, read and validated. Raises FileRefused; rejections are in `sheet`."""

    kind = MethodsKind.name
    counted = METHODS

    def __init__(self, data: bytes, name: str, *, reading: Reading = RECOGNISE, author: User | None = None) -> None:
        super().__init__(data, author)
        self.sheet = read_sheet(data, COLUMNS, name, reading)
        self.notes: list[str] = []
        self.roles = {role.short_name: role for role in Role.objects.all()}
        self.entries = self.validate(read_entries(self.sheet, self.readers()))
        self.codes = {entry["course"].pk: entry["course"].code for entry in self.entries}
        self.warn_of_automatic_courses()

    def readers(self) -> dict[str, Reader]:
        roles = {name: name for name in self.roles}
        return {
            "operation": lambda value: read_stated(value, OPERATIONS),
            "method": lambda value: read_stated(value, KIND_WORDS),
            "course": read_identifier,
            "source": read_identifier,
            "role": lambda value: read_choice(value, roles),
            "group": lambda value: read_name(value, 200),
            "active": read_yes_no,
            "name": lambda value: read_name(value, 200),
        }

    def validate(self, entries: list[Entry]) -> list[Entry]:
        """The entries that can be applied, each with the objects it names; the others are rejected."""
        entries, self.rights = resolve_courses(self.sheet, entries, self.author)
        entries = self.resolve_sources(entries)
        entries = settle(self.sheet, entries, key_of)
        self.known = self.known_methods(entries)
        entries = keep(self.sheet, entries, self.check_operation)
        entries = keep(self.sheet, entries, self.check_role)
        changed = [method for entry in entries for method in self.known.get(key_of(entry), ())]
        self.above = people_above(self.rights, changed)
        entries = keep(self.sheet, entries, self.check_people)
        self.groups = GroupBook(entry["course"].pk for entry in entries if entry["group"])
        return keep(self.sheet, entries, self.check_group)

    def resolve_sources(self, entries: list[Entry]) -> list[Entry]:
        codes = sorted({entry["source"] for entry in entries if entry["method"] == Method.Kind.COHORT_SYNC})
        cohorts: dict[str, Cohort] = {}
        for part in ranges_of(codes):
            cohorts |= {cohort.code: cohort for cohort in Cohort.objects.filter(code__in=part).order_by()}
        courses = find_courses(entry["source"] for entry in entries if entry["method"] == Method.Kind.META_LINK)
        seen = seen_sources(self.rights, courses.values())
        courses = {code: course for code, course in courses.items() if course.pk in seen}

        def check(entry: Entry) -> tuple[str, Problem] | None:
            named = cohorts if entry["method"] == Method.Kind.COHORT_SYNC else courses
            entry.values["source"] = found = named.get(entry["source"])
            if found is None:
                return "source", Problem(UNKNOWN_SOURCE)
            return ("source", Problem(SELF_LINK)) if found == entry["course"] else None

        return keep(self.sheet, entries, check)

    def known_methods(self, entries: list[Entry]) -> dict[tuple[str, int, int], list[Method]]:
        known: dict[tuple[str, int, int], list[Method]] = {}
        for part in ranges_of(sorted({entry["course"].pk for entry in entries})):
            rows = Method.objects.filter(course__in=part, kind__in=KINDS).order_by("pk")
            for method in rows.select_related(
                "course", "role", "group", "source_cohort", "source_course", "admits_cohort"
            ):
                source = method.source_cohort_id or method.source_course_id or 0
                known.setdefault((method.kind, method.course_id, source), []).append(method)
        return known

    def check_operation(self, entry: Entry) -> tuple[str, Problem] | None:
        found = self.known.get(key_of(entry), [])
        if entry["operation"] == "add":
            return ("operation", Problem(METHOD_THERE)) if found else None
        if not found:
            return "operation", Problem(NO_SUCH_METHOD)
        return ("source", Problem(SEVERAL_METHODS)) if len(found) > 1 else None

    def check_role(self, entry: Entry) -> tuple[str, Problem] | None:
        """Whether who loads the file may give this role, and touch a method that gives another."""
        known = self.known.get(key_of(entry), [])
        for role in (entry["role"], *(method.role.short_name for method in known)):
            if problem := self.rights.check_role(entry["course"], role):
                return "role", problem
        return None

    def check_people(self, entry: Entry) -> tuple[str, Problem] | None:
        """Whether who loads the file may touch everybody whom it would take out or give another role."""
        found = self.known.get(key_of(entry), [])
        return check_above(entry, found[0], self.above) if found else None

    def check_group(self, entry: Entry) -> tuple[str, Problem] | None:
        if not entry["group"] or entry["operation"] == "delete":
            return None
        found = self.groups.find(entry["course"].pk, entry["group"])
        if isinstance(found, Group):
            entry.values["group"] = found
            return None
        return "group", found or Problem(NO_SUCH_GROUP)

    def warn_of_automatic_courses(self) -> None:
        """The mission advises against cohorts in courses that registrations already fill."""
        fed = set(Platform.objects.filter(feeding=Platform.Feeding.REGISTRATIONS).values_list("pk", flat=True))
        count = len(
            {entry["course"].pk for entry in self.entries if adds_cohort(entry) and is_fed(entry["course"], fed)}
        )
        if count:
            text = ngettext(
                "Cohort synchronisation is not recommended in %(count)s automatic course that registrations feed.",
                "Cohort synchronisation is not recommended in %(count)s automatic courses that registrations feed.",
                count,
            )
            self.notes.append(text % {"count": count})

    def asked(self) -> Iterator[FileRow]:
        """The methods as they are and as they will be; the person of such a row is nobody."""
        for row, source in self.setup_rows(is_sketch=True):
            code = self.codes[row.ref]
            yield FileRow(row.relation, row.ref, code, 0, "", row.item, row.before, row.facts, source)

    def make_rows(self) -> Iterator[FileRow]:
        return self.asked()

    def keep(self, run: Run) -> int:
        return keep_methods(run, self.setup_rows(is_sketch=False))

    def setup_rows(self, *, is_sketch: bool) -> list[tuple[SetupRow, str]]:
        """What the file asks of methods, each with its line. In a sketch, new methods have no number yet."""
        fresh = [entry for entry in self.entries if entry["operation"] == "add"]
        ids = iter([0] * len(fresh) if is_sketch or not fresh else fresh_ids(len(fresh)))
        positions = Method.objects.filter(course__in={entry["course"].pk for entry in fresh}).order_by()
        last = dict(positions.values_list("course_id").annotate(last=Max("position")))
        rows = []
        for entry in self.entries:
            source = self.source_of(entry.row.line)
            if entry["operation"] == "add":
                method = self.new_method(entry)
                last[method.course_id] = method.position = last.get(method.course_id, -1) + 1
                rows.append((method_row(method, "", facts_of(method), next(ids)), source))
                continue
            (known,) = self.known[key_of(entry)]
            before, method = facts_of(known), copy(known)
            if entry["operation"] == "update":
                self.fill(method, entry)
            rows.append(
                (method_row(method, before, facts_of(method) if entry["operation"] == "update" else ""), source)
            )
        return rows

    def new_method(self, entry: Entry) -> Method:
        method = Method(course=entry["course"], kind=entry["method"], role=self.roles[Role.ShortName.STUDENT])
        if entry["method"] == Method.Kind.COHORT_SYNC:
            method.source_cohort = entry["source"]
        else:
            method.source_course = entry["source"]
        self.fill(method, entry)
        return method

    def fill(self, method: Method, entry: Entry) -> None:
        """Put what the entry states on the method; an empty cell changes nothing."""
        if entry["role"]:
            method.role = self.roles[entry["role"]]
        if entry["group"]:
            method.group = entry["group"]
        if entry["active"] is not None:
            method.enabled = entry["active"]
        method.name = entry["name"] or method.name

    def preview(self) -> FilePreview:
        """What applying the accepted rows would do: the engine itself tries it, and all of it is rolled back.

        The figures count enrolments that come, go and change, so that a deletion states its departures.
        """
        tally = tally_of(self.sheet)
        if not self.rows:
            return FilePreview(tally, {}, self.digest)
        run = rehearse_file(self.plan())
        self.count(tally, run)
        counted = Scope.objects.filter(phase__run=run, phase__relation__in=[str(kind) for kind in KINDS]).order_by()
        sums = counted.values_list("code").annotate(Sum("arrivals"), Sum("departures"), Sum("alterations"))
        scopes = {
            code: Tally(arrivals=come, departures=go, alterations=change)
            for code, come, go, change in sums.order_by("code")
        }
        return FilePreview(tally, scopes, digest_lines([self.digest, run.digest]))

    def confirm(self, digest: str) -> Run:
        if not self.rows or self.preview().digest != digest:
            raise FileRefused(MOVED)
        return start_file(self.plan())


def key_of(entry: Entry) -> tuple[str, int, int]:
    """What a method is found by: its kind, its course and its source."""
    return entry["method"], entry["course"].pk, entry["source"].pk


def adds_cohort(entry: Entry) -> bool:
    return entry["operation"] == "add" and entry["method"] == Method.Kind.COHORT_SYNC


def is_fed(course: Course, fed: set[int]) -> bool:
    return course.created_automatically and course.platform_id in fed
