"""Who may do what in a course."""

from rules.permissions import add_perm
from rules.predicates import predicate

from courses.models import Course
from courses.queries import courses_for
from enrolhub.access.models import User


@predicate
def can_view_participants(user: User, course: Course | None = None) -> bool:
    """Whether the account may open the course and see who is in it. Without a course: whether it may ask at all."""
    if course is None:
        return bool(user.is_authenticated and user.is_active)
    return courses_for(user).filter(pk=course.pk).exists()


add_perm("courses.view_participants", can_view_participants)
