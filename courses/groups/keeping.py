"""Creating and renaming groups kept by hand. Nobody's membership changes with it, so no run of the engine does it."""

from django.db import transaction

from courses.actions import create_groups
from courses.deletion import hold_courses
from courses.models import Course, Group
from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.web.folding import fold


class NameTaken(Exception):
    """Somebody else has just given that name to a group of the course."""


def create_group(course: Course, name: str, author: User) -> Group:
    """Create a group kept by hand; its code is made from the name. Raises NameTaken."""
    with transaction.atomic():
        _hold_name(course, name)
        (group,) = create_groups([(course.pk, name)]).values()
        record_event(author.username, "group_created", course.code, group=group.code, name=name)
    return group


def rename_group(group: Group, name: str, author: User) -> None:
    """Give a group kept by hand another name; its code stays, so that links and files go on naming it. Raises NameTaken."""
    former = group.name
    with transaction.atomic():
        _hold_name(group.course, name, group)
        group.name, group.name_key = name, fold(name)
        group.save(update_fields=["name", "name_key"])
        record_event(author.username, "group_renamed", group.course.code, group=group.code, before=former, after=name)


def _hold_name(course: Course, name: str, group: Group | None = None) -> None:
    """Until the transaction ends nobody else names a group of the course so."""
    hold_courses(Course.objects.filter(pk=course.pk))
    named = Group.objects.filter(course=course, name_key=fold(name)).order_by().values_list("pk", flat=True)
    if set(named) - ({group.pk} if group else set()):
        raise NameTaken(name)
