"""Whether someone still may change what a run of theirs changed."""

from typing import Any

from courses.models import Course
from courses.rules import can_edit_participants
from enrolhub.sync.models import Run, Scope


def still_edits(user: Any, run: Run) -> bool:
    """Whether the account may edit every course that the run touched; a run that touched none is nobody else's."""
    codes = Scope.objects.filter(phase__run=run).order_by().values("code").distinct()
    touched = {scope["code"] for scope in codes}
    courses = {course.code: course for course in Course.objects.filter(code__in=touched)}
    return all(code in courses and can_edit_participants(user, courses[code]) for code in touched)
