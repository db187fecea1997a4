"""Who takes back what the ends of enrolments did: whoever edits a course may, for that course alone."""

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse

from courses.expiry.relations import ENDING, KIND
from courses.models import Course, Role
from courses.queries import groups_seen_by
from courses.rules import can_edit_participants, courses_edited_by
from enrolhub.access.models import User
from enrolhub.access.rules import components_managed_by
from enrolhub.sync.facts import FactPart
from enrolhub.sync.models import Change, Run, Scope


def part_undoable_by(user: Any, run: Run) -> Mapping[str, str]:
    """The courses in which the account may take the run back, by code, each with the page that tells of it."""
    if not isinstance(user, User) or not user.is_active:
        return {}
    touched = Scope.objects.filter(phase__run=run).order_by().values("code")
    courses = list(courses_edited_by(user).filter(code__in=touched).order_by("code"))
    above = touching_editors([run.pk], [course.code for course in courses])
    return {
        course.code: reverse("courses:history", args=[course.code])
        for course in courses
        if may_undo_in(user, course, is_above=(run.pk, course.code) in above)
    }


def runs_undoable_in(user: User, course: Course, runs: Collection[Run]) -> set[int]:
    """Those of the runs that the account may take back in this course; a number of queries that does not grow with them."""
    ends = [run.pk for run in runs if run.kind == KIND]
    if not ends or not can_edit_participants(user, course):
        return set()
    above = touching_editors(ends, [course.code])
    return {run for run in ends if may_undo_in(user, course, is_above=(run, course.code) in above)}


def may_undo_in(user: User, course: Course, *, is_above: bool) -> bool:
    """Whether somebody who edits the course may: not where they do not see everybody, nor for roles that they may not give."""
    if course.separate_groups and groups_seen_by(user, course) is not None:
        return False
    return not is_above or course.component in components_managed_by(user)


def touching_editors(runs: Collection[int], codes: Collection[str]) -> set[tuple[int, str]]:
    """The runs and courses in which the end of somebody who edits the course was applied."""
    editing = Role.objects.filter(may_edit=True).values_list("short_name", flat=True)
    changes = Change.objects.filter(
        scope__phase__run__in=runs, scope__phase__relation__in=ENDING, scope__code__in=codes
    )
    found = changes.annotate(role=FactPart("before", 1)).filter(role__in=list(editing)).order_by()
    return set(found.values_list("scope__phase__run", "scope__code").distinct())
