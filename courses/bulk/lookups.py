"""Which courses and groups a file's cells mean; unknown ones reject the row."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from courses.bulk.rights import Rights
from courses.models import Course, Group
from enrolhub.access.models import User
from enrolhub.web.folding import fold
from enrolhub.web.sheets.intake import Entry, keep
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of
from enrolhub.web.sheets.reading import Sheet
from enrolhub.web.sheets.values import MANGLED_NUMBER, SPREADSHEET_NUMBER

UNKNOWN_COURSE = Cause(
    "unknown_course", _("No course has this code."), _("Correct the code, or create the course first.")
)
UNKNOWN_GROUP = Cause(
    "unknown_group",
    _("The course has no group of this code or name."),
    _("Correct it, or ask for groups to be created (--create-groups)."),
)
NO_SUCH_GROUP = Cause(
    "no_such_group",
    _("The course has no group of this code or name."),
    _("Correct it, or create the group first."),
)
AMBIGUOUS_GROUP = Cause(
    "ambiguous_group",
    _("Several groups of the course have this name: %(codes)s."),
    _("Write the code of the group."),
)


def find_courses(codes: Iterable[str]) -> dict[str, Course]:
    """The courses of these codes, exactly as written, by code."""
    found: dict[str, Course] = {}
    for part in ranges_of(sorted(set(codes))):
        found |= {course.code: course for course in Course.objects.filter(code__in=part).order_by()}
    return found


def resolve_courses(
    sheet: Sheet, entries: list[Entry], author: User | None, name: str = "course"
) -> tuple[list[Entry], Rights]:
    """Put the course in place of each entry's code, and what the account may do there.

    Entries that name none are rejected, and so are those of a course that the account may not edit: it is not told
    whether there is one.
    """
    courses = find_courses(entry[name] for entry in entries)
    rights = Rights(author, [course.pk for course in courses.values()])

    def check(entry: Entry) -> tuple[str, Problem] | None:
        course = courses.get(entry[name])
        problem = rights.check_course(course) or (None if course else unknown_course(entry[name]))
        return (name, problem) if problem else None

    kept = keep(sheet, entries, check)
    for entry in kept:
        entry.values[name] = courses[entry[name]]
    return kept, rights


def unknown_course(code: str) -> Problem:
    return Problem(MANGLED_NUMBER if SPREADSHEET_NUMBER.fullmatch(code) else UNKNOWN_COURSE)


class GroupBook:
    """The groups of some courses, found by code or by name."""

    def __init__(self, courses: Iterable[int]) -> None:
        self.by_code: dict[tuple[int, str], Group] = {}
        self.by_name: dict[tuple[int, str], list[Group]] = {}
        for part in ranges_of(sorted(set(courses))):
            for group in Group.objects.filter(course__in=part).order_by("code"):
                self.by_code[group.course_id, group.code] = group
                self.by_name.setdefault((group.course_id, group.name_key), []).append(group)

    def find(self, course: int, text: str) -> Group | Problem | None:
        """The group of this code, else of this name whatever its case and accents; None when there is none."""
        if (course, text) in self.by_code:
            return self.by_code[course, text]
        named = self.by_name.get((course, fold(text)), [])
        if len(named) > 1:
            return Problem(AMBIGUOUS_GROUP, {"codes": ", ".join(group.code for group in named)})
        return named[0] if named else None
