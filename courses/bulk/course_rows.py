"""Course spaces and the elements that feed them as rows of the engine: what a file makes of them can be taken back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from cohorts.bulk.file_run import FileKind
from cohorts.models import AskedRow
from courses.actions import save_courses
from courses.deletion import hold_courses
from courses.methods.expressions import NO_LINE
from courses.models import (
    AskedSetup,
    Course,
    CourseUnit,
    Enrolment,
    Exclusion,
    Group,
    ImportFile,
    Message,
    Method,
    Participation,
    Platform,
)
from courses.rules import can_load_everywhere
from courses.setup.relations import NO_ROWS, ONE, ZERO, SetupRelation, UnitRows, rows_of
from courses.setup.rows import UNITS, SetupRow
from enrolhub.access.models import User
from enrolhub.sync.facts import JoinedFacts, join_facts, split_facts
from enrolhub.sync.models import Change, Run, Scope
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.relation import Reasons, Relation
from enrolhub.web.sheets.ranges import ranges_of

COURSES, FILE_UNITS = "courses", f"{UNITS}.file"
#: What a file may state of a course; the last one says of a course that a file made whether anything stands on it by now.
FACTS = ("title", "platform", "component", "year", "automatic", "visible", "used")
YES, USED = "yes", "used"
NOTHING, SAID = Value("", output_field=TextField()), Value(YES, output_field=TextField())
#: Methods that every course is born with.
FIRST = (Method.Kind.MANUAL, Method.Kind.DATABASE)


def facts_of(course: Course) -> str:
    """The facts of a course as it stands in memory, its platform at hand."""
    flags = (course.created_automatically, course.visible)
    texts = (course.title, course.platform.code, course.component, course.academic_year)
    return join_facts([*texts, *(YES if flag else "" for flag in flags), ""])


def in_use(course: str = "pk") -> Q:
    """Whether anything stands on a course: people, groups, methods that somebody added, messages, files."""
    here = OuterRef(course)
    others = Method.objects.filter(course=here).exclude(kind__in=FIRST)
    users: Sequence[QuerySet[Any]] = (
        Enrolment.objects.filter(method__course=here),
        Exclusion.objects.filter(method__course=here),
        Group.objects.filter(course=here),
        others.order_by(),
        Method.objects.filter(source_course=here).order_by(),
        Participation.objects.filter(course=here),
        Message.objects.filter(course=here).order_by(),
        ImportFile.objects.filter(course=here).order_by(),
    )
    used = Q(pk__in=[])
    for rows in users:
        used |= Q(Exists(rows))
    return used


def flag(name: str) -> Case:
    return Case(When(**{name: True}, then=SAID), default=NOTHING)


def with_sources(asked: QuerySet[AskedSetup], relation: str) -> QuerySet[Any, Any]:
    """The rows that should be, each with the line of the file that says so."""
    lines = AskedRow.objects.filter(run=OuterRef("run"), relation=relation, ref=OuterRef("ref")).order_by()
    source = Subquery(lines.values("source")[:1])
    return asked.exclude(facts="").values_list("ref", "member", "item", "facts", ONE, source, NO_LINE)


class CourseRows(SetupRelation):
    """Course spaces: ``ref`` is the course, ``item`` its code. Without rows asked for, those that the ledger knows.

    A course that a run made is no longer as that run left it once anything stands on it: then it stays.
    """

    name = COURSES
    model = Course
    fact_names = FACTS
    is_counted = True
    #: A course is written with its methods.
    row_weight = 20

    def __init__(self, asked: QuerySet[AskedSetup] = NO_ROWS) -> None:
        super().__init__(asked)
        self.is_asked = asked is not NO_ROWS

    def scopes(self) -> QuerySet[Any, Any]:
        """A course that is still to be made, or comes back, has its scope all the same."""
        if self.is_asked:
            return self.asked.values_list("ref", "item", ZERO)
        known = Scope.objects.filter(phase__relation=COURSES).order_by()
        return known.values_list("ref", "code", ZERO).distinct()

    def desired(self) -> QuerySet[Any, Any]:
        return with_sources(self.asked, COURSES)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        was_made = Q(Exact(OuterRef("before"), NOTHING))
        used = Case(When(was_made & in_use(), then=SAID), default=NOTHING)
        texts = (F("title"), F("platform__code"), F("component"), F("academic_year"))
        facts = JoinedFacts(*texts, flag("created_automatically"), flag("visible"), used)
        return Subquery(Course.objects.filter(pk=OuterRef(ref)).order_by().values_list(facts)[:1])

    def moved(self) -> QuerySet[AskedSetup]:
        now = Coalesce(self.facts_now("ref"), NOTHING, output_field=TextField())
        taken = Exists(Course.objects.filter(code=OuterRef("item")).exclude(pk=OuterRef("ref")).order_by())
        moved: QuerySet[AskedSetup] = self.asked.annotate(now=now).filter(~Q(now=F("before")) | Q(taken))
        return moved

    def write(self, rows: Sequence[SetupRow]) -> None:
        refuse_taken_codes(rows)
        platforms = {platform.code: platform for platform in Platform.objects.all()}
        save_courses([course_of(row, platforms) for row in rows])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """A database method that came with another platform goes with it, as long as it is empty."""
        rows = rows_of(self.name, changes)
        self.write(rows)
        moved = [row.ref for row in rows if platform_in(row.before) != platform_in(row.facts)]
        drop_idle_methods(moved)

    def drop(self, rows: Sequence[SetupRow]) -> None:
        for part in ranges_of(sorted(row.ref for row in rows)):
            drop_courses(part)

    def departure_reasons(self) -> Reasons:
        return [("run_undone", None)]


def platform_in(facts: str) -> str:
    return split_facts(facts, FACTS).get("platform", "")


def course_of(row: SetupRow, platforms: dict[str, Platform]) -> Course:
    """The course that a row tells of. Raises RunRefused when its platform is gone."""
    told = split_facts(row.facts, FACTS)
    if told["platform"] not in platforms:
        raise RunRefused("platform_gone", platform=told["platform"], course=row.item)
    return Course(
        pk=row.ref,
        code=row.item,
        title=told["title"],
        platform=platforms[told["platform"]],
        component=told["component"],
        academic_year=told["year"],
        created_automatically=told["automatic"] == YES,
        visible=told["visible"] == YES,
    )


def refuse_taken_codes(rows: Sequence[SetupRow]) -> None:
    """Raise RunRefused when another course has one of these codes."""
    own = {row.item: row.ref for row in rows}
    for part in ranges_of(sorted(own)):
        for code, pk in Course.objects.filter(code__in=part).order_by("code").values_list("code", "pk"):
            if own[code] != pk:
                raise RunRefused("course_code_taken", course=code)


def drop_idle_methods(courses: Sequence[int]) -> None:
    """Take away the empty database methods of courses that no registration feeds."""
    idle = Method.objects.filter(kind=Method.Kind.DATABASE, enrolments__isnull=True, exclusions__isnull=True)
    idle = idle.exclude(course__platform__feeding=Platform.Feeding.REGISTRATIONS)
    for part in ranges_of(sorted(courses)):
        hold_courses(Course.objects.filter(pk__in=part))
        Method.objects.filter(pk__in=list(idle.filter(course__in=part).values_list("pk", flat=True))).delete()


def drop_courses(ids: Sequence[int]) -> None:
    """Delete courses that nothing stands on. Raises RunRefused."""
    courses = Course.objects.filter(pk__in=ids).order_by()
    hold_courses(courses)
    linked = Exists(CourseUnit.objects.filter(course=OuterRef("pk")))
    used = courses.filter(in_use() | Q(linked)).order_by("code").values_list("code", flat=True).first()
    if used:
        raise RunRefused("course_used", course=used)
    courses.delete()


class FileUnits(UnitRows):
    """The elements that a file gives to courses. Those of a course that the same file made stay with it once it is used."""

    name = FILE_UNITS
    row_weight = 4

    def desired(self) -> QuerySet[Any, Any]:
        return with_sources(self.asked, COURSES)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        run = "run" if ref == "ref" else "scope__phase__run"
        made = Change.objects.filter(
            scope__phase__run=OuterRef(run),
            scope__phase__relation=COURSES,
            scope__ref=OuterRef(ref),
            action=Change.Action.ARRIVAL,
        )
        used = Course.objects.filter(in_use(), pk=OuterRef(ref)).order_by()
        stays = Q(Exists(made.order_by())) & Q(Exists(used))
        return Case(When(stays, then=Value(USED)), default=super().facts_now(ref), output_field=TextField())


class CoursesKind(FileKind):
    """Runs of files of course spaces: first the courses, then their elements."""

    name = "courses"

    def relations(self, run: Run) -> list[Relation]:
        asked = AskedSetup.objects.filter(run=run)
        return [CourseRows(asked), FileUnits(asked)]

    def still_may(self, account: User, run: Run) -> bool:
        return bool(can_load_everywhere(account))

    def has_moved(self, run: Run, relations: Sequence[Relation]) -> bool:
        asked = AskedSetup.objects.filter(run=run)
        makers: tuple[Callable[[QuerySet[AskedSetup]], SetupRelation], ...] = (CourseRows, FileUnits)
        return any(maker(asked).moved().exists() for maker in makers)

    def forget(self, run: Run) -> None:
        super().forget(run)
        AskedSetup.objects.filter(run=run).delete()
