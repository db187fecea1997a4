"""What the account that loads a file may do with it: the rules of `courses.rules`, asked for all courses of a file at once."""

from collections.abc import Collection

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cohorts.models import AskedRow
from courses.models import Course, Method, Role
from courses.rules import courses_edited_by
from enrolhub.access.models import User
from enrolhub.access.rules import components_managed_by, is_staff_cemu
from enrolhub.sync.facts import SEPARATOR
from enrolhub.sync.models import Run
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of

NOT_YOUR_COURSE = Cause(
    "not_your_course",
    _("You edit no course of this code."),
    _("Correct the code, or ask somebody who edits the course to load the line."),
)
ROLE_TOO_HIGH = Cause(
    "role_too_high",
    _("You may not give this role in this course."),
    _("Write one of: %(choices)s."),
)


class Rights:
    """What an account may do in some courses; without an account (the operator at the shell) everything."""

    def __init__(self, author: User | None, courses: Collection[int]) -> None:
        self.author = author
        self.may_all = author is None or bool(is_staff_cemu(author))
        self.components = frozenset() if self.may_all else components_managed_by(author)
        self.edited = frozenset() if author is None or self.may_all else self._edited(author, sorted(courses))
        self.given = frozenset(Role.objects.filter(may_edit=False).values_list("short_name", flat=True))

    def _edited(self, author: User, courses: list[int]) -> frozenset[int]:
        """Which of these courses the account edits."""
        if not author.is_active:
            return frozenset()
        rows = (courses_edited_by(author).filter(pk__in=part).order_by() for part in ranges_of(courses))
        return frozenset(pk for part in rows for pk in part.values_list("pk", flat=True))

    def manages(self, course: Course) -> bool:
        """Whether the account changes everything in the course."""
        return self.may_all or course.component in self.components

    def may_edit(self, course: Course) -> bool:
        return self.may_all or course.pk in self.edited

    def may_give(self, course: Course, role: str) -> bool:
        return self.manages(course) or role in self.given

    def check_course(self, course: Course | None) -> Problem | None:
        """Nothing is said of whether a course that one may not edit exists."""
        if self.may_all or (course is not None and self.may_edit(course)):
            return None
        return Problem(NOT_YOUR_COURSE)

    def check_role(self, course: Course, role: str) -> Problem | None:
        if not role or self.may_give(course, role):
            return None
        return Problem(ROLE_TOO_HIGH, {"choices": ", ".join(sorted(self.given))})


def may_still_edit(account: User, run: Run) -> bool:
    """Whether the account may still edit every course that a file's run is about, and give every role that it gives."""
    asked = AskedRow.objects.filter(run=run, relation=Method.Kind.MANUAL.value).order_by()
    methods = Method.objects.filter(pk__in=asked.values("ref")).select_related("course")
    courses = {method.pk: method.course for method in methods}
    rights = Rights(account, [course.pk for course in courses.values()])
    if rights.may_all:
        return True
    given = {
        (ref, facts.split(SEPARATOR)[0]) for ref, facts in asked.exclude(facts=F("before")).values_list("ref", "facts")
    }
    may_edit = all(rights.may_edit(course) for course in courses.values())
    return may_edit and all(not role or rights.may_give(courses[ref], role) for ref, role in given if ref in courses)
