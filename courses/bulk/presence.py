"""What the layers below are told of files: how their runs are conducted, taken back and worded; and of the demo."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.bulk import file_run, members
from cohorts.bulk.cohorts_file import CohortsKind
from cohorts.bulk.file_run import register_file_kind
from courses import demo
from courses.bulk.course_rows import COURSES, FILE_UNITS, USED, YES, CourseRows, CoursesKind, FileUnits
from courses.bulk.enrolment_rows import EnrolmentsKind
from courses.bulk.file_methods import DELETED_METHODS, DeletedMethods, MethodsKind
from courses.night import NightChain
from courses.presence import course_scopes
from courses.setup.presence import say_link, words_of_relations
from courses.setup.rows import METHODS
from enrolhub.access.demonstration import register_demo_accounts
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.judge import register_previewed
from enrolhub.sync.models import Run
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.wording import (
    RelationWords,
    register_messages,
    register_reasons,
    register_relation,
    register_run_kind,
)

REASONS = {
    "removed_by_file": gettext_lazy("removed by a file"),
    "method_deleted": gettext_lazy("enrolment method deleted"),
}
MESSAGES = {
    "course_code_taken": gettext_lazy("Another course has the code “%(course)s” now. Load the file again."),
    "course_used": gettext_lazy(
        "Something stands on the course “%(course)s” by now, so it stays. Empty it first, or take the other courses back one by one."
    ),
    "platform_gone": gettext_lazy("The course “%(course)s” cannot be written: its platform “%(platform)s” is gone."),
    "file_moved": gettext_lazy(
        "What %(file)s is about has changed between the confirmation and the work: nothing was done. Load it again."
    ),
}


COURSE_FACTS = (
    ("title", gettext_lazy("Title")),
    ("platform", gettext_lazy("Platform")),
    ("component", gettext_lazy("Component")),
    ("year", gettext_lazy("Academic year")),
    ("automatic", gettext_lazy("Creation")),
    ("visible", gettext_lazy("Visible")),
    ("used", gettext_lazy("Since then")),
)


def say_course_fact(name: str, value: str) -> str:
    """One fact of a course in words."""
    if name == "automatic":
        return _("automatic") if value == YES else _("by hand")
    if name == "visible":
        return _("yes") if value == YES else _("no")
    if name == "used":
        return _("in use") if value == YES else ""
    return value


def say_unit_link(name: str, value: str) -> str:
    return _("feeds a course that is in use") if value == USED else say_link(name, value)


def words_of_courses() -> Iterable[tuple[str, RelationWords]]:
    yield (
        COURSES,
        RelationWords(
            gettext_lazy("Course spaces"),
            COURSE_FACTS,
            are_counted=True,
            say_fact=say_course_fact,
            name_scopes=course_scopes,
        ),
    )
    links = (("linked", gettext_lazy("Link")),)
    yield (
        FILE_UNITS,
        RelationWords(gettext_lazy("Elements"), links, say_fact=say_unit_link, name_scopes=course_scopes),
    )


def name_demo(run: Run) -> str:
    return _("Loading of the demo")


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(file_run.KIND, file_run.FileChain)
    for kind in (CohortsKind(), CoursesKind(), EnrolmentsKind(), MethodsKind()):
        register_file_kind(kind)
    register_previewed(file_run.KIND)
    register_chain(demo.KIND, NightChain)
    register_undoable(members.NAME, members.HandMembers)
    register_undoable(DELETED_METHODS, DeletedMethods)
    register_undoable(COURSES, CourseRows)
    register_undoable(FILE_UNITS, FileUnits)
    register_relation(DELETED_METHODS, dict(words_of_relations())[METHODS])
    for name, words in words_of_courses():
        register_relation(name, words)
    register_run_kind(demo.KIND, gettext_lazy("Demo"), name_demo)
    register_reasons(REASONS)
    register_messages(MESSAGES)
    register_demo_accounts(lambda: list(demo.DEMO_ACCOUNTS))
