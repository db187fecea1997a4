"""The kinds of file that can be loaded, who may load them, and what reads each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cohorts.bulk import cohorts_file
from cohorts.bulk.engine_file import EngineFile
from courses.bulk import courses_file, enrolments_file, last_access_file, methods_file
from courses.models import Course, ImportFile
from courses.rules import can_edit_participants, can_load_everywhere, can_load_files
from enrolhub.access.models import User
from enrolhub.web.sheets.recognition import Column, Reading

ENROLMENTS = "enrolments"
OpenFile = EngineFile | last_access_file.LastAccessFile


@dataclass(frozen=True)
class ImportKind:
    """One kind of file. `reader` reads and validates it; what is not `undoable` is written without a ledger."""

    name: str
    label: Promise
    help: Promise
    icon: str
    columns: Sequence[Column]
    reader: Callable[..., Any]
    undoable: bool = True


KINDS = {
    kind.name: kind
    for kind in (
        ImportKind(
            ENROLMENTS,
            _("Enrolments in several courses"),
            _("Enrol people by hand, change or remove them: roles, groups, dates."),
            "person-plus",
            enrolments_file.columns_for(None),
            enrolments_file.EnrolmentsFile,
        ),
        ImportKind(
            "methods",
            _("Enrolment methods"),
            _("Add, change and delete cohort synchronisations and meta-course links."),
            "link-45deg",
            methods_file.COLUMNS,
            methods_file.MethodsFile,
        ),
        ImportKind(
            "cohorts",
            _("Cohorts kept by hand"),
            _("Create cohorts, add people to them and take people out."),
            "collection",
            cohorts_file.COLUMNS,
            cohorts_file.CohortsFile,
        ),
        ImportKind(
            "courses",
            _("Course spaces"),
            _("Create course spaces, or bring their title, platform and elements up to date."),
            "book",
            courses_file.COLUMNS,
            courses_file.CoursesFile,
        ),
        ImportKind(
            "last-access",
            _("Last accesses"),
            _("When people last opened which course, as a platform tells it."),
            "clock",
            last_access_file.COLUMNS,
            last_access_file.LastAccessFile,
            undoable=False,
        ),
    )
}
LABEL_IN_COURSE = _("Enrolments in this course")


def may_load(user: User, kind: str, course: Course | None = None) -> bool:
    """Whether the account may load files of this kind, into this course or, without one, into the whole site."""
    if course is not None:
        return kind == ENROLMENTS and bool(can_edit_participants(user, course))
    return bool(can_load_files(user) if kind == ENROLMENTS else can_load_everywhere(user))


def kinds_for(user: User) -> list[ImportKind]:
    return [kind for kind in KINDS.values() if may_load(user, kind.name)]


def columns_of(file: ImportFile) -> Sequence[Column]:
    """The columns that a file of its kind may have; loaded into one course, it need not name it."""
    return enrolments_file.columns_for(file.course) if file.kind == ENROLMENTS else KINDS[file.kind].columns


def reading_of(file: ImportFile) -> Reading:
    """How the file is to be read: what was corrected by hand, the rest recognised."""
    columns = file.reading.get("columns")
    return Reading(
        file.reading.get("encoding") or None, file.reading.get("separator") or None, tuple(columns) if columns else None
    )


def open_file(file: ImportFile) -> OpenFile:
    """The file read and validated by what is in the database now. Raises FileRefused."""
    how: dict[str, Any] = {"reading": reading_of(file), "author": file.author}
    if file.kind == ENROLMENTS:
        how |= {"course": file.course, "creates_groups": file.creates_groups}
    opened: OpenFile = KINDS[file.kind].reader(bytes(file.data), file.name, **how)
    return opened
