"""Whom a change of methods may touch: nobody touches whoever holds a role that they may not give (docs/decisions/0043)."""

from courses.models import Course, Enrolment, Method, Role
from courses.queries import groups_seen_by
from courses.rules import can_edit_many_courses, manages_course, roles_given_by
from courses.setup.asking import Setup, Verb
from enrolhub.sync.conduct import RunRefused


def refuse_above(setup: Setup) -> None:
    """Raise RunRefused when somebody whom the author may not touch would leave, be shut out or get another role.

    Who edits a course by an enrolment gives no role that may edit: so nobody shuts out themself or a colleague.
    """
    course = setup.course
    if can_edit_many_courses(setup.author) or course is None or manages_course(setup.author, course):
        return
    given = roles_given_by(setup.author, course).order_by().values("pk")
    above = Role.objects.exclude(pk__in=given).order_by().values("pk")
    touched = Enrolment.objects.filter(method__in=harmed(setup), role__in=above)
    count = touched.values("person").distinct().count()
    if count:
        raise RunRefused("method_above", count=count)


def harmed(setup: Setup) -> list[int]:
    """The methods whose people leave, are shut out or get another role."""
    kept = [draft.method for draft in setup.drafts if draft.method.pk is not None]
    before = Method.objects.in_bulk([method.pk for method in kept])
    changed = [
        method.pk
        for method in kept
        if method.pk in before
        and (method.role_id, method.role_map) != (before[method.pk].role_id, before[method.pk].role_map)
    ]
    disabled = [
        method.pk for method in kept if not method.enabled and method.pk in before and before[method.pk].enabled
    ]
    deleted = [method.pk for method in setup.deleted] if setup.verb == Verb.DELETE else []
    return [*changed, *disabled, *deleted]


def sees_everybody(setup: Setup) -> bool:
    """Whether the author may read the names: in separate groups most see only some people of the course."""
    course: Course | None = setup.course
    return course is None or groups_seen_by(setup.author, course) is None
