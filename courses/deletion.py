"""Deleting what enrolments and memberships refer to.

Their rows are written by the hundred thousand a night, so the database does not check each of them for its method
and group (docs/decisions/0004). Instead whoever writes them, and whoever deletes what they refer to, first holds the
courses concerned: the one waits for the other, and then sees what it has done.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from courses.models import Course, Group, Method
from enrolhub.sync.models import Change


def hold_courses(courses: QuerySet[Course]) -> None:
    """Until the transaction ends, nobody else deletes a method or a group of these courses, nor writes rows of theirs."""
    list(courses.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def hold_courses_of_methods(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Hold the courses of changes whose scopes are methods; the changes whose method still stands."""
    methods = Method.objects.filter(pk__in=changes.order_by().values("scope__ref"))
    hold_courses(Course.objects.filter(pk__in=methods.order_by().values("course")))
    return changes.filter(scope__ref__in=Method.objects.order_by().values("pk"))


def delete_methods(methods: Collection[int]) -> None:
    """Delete these methods with everything they gave."""
    with transaction.atomic():
        hold_courses(Course.objects.filter(pk__in=Method.objects.filter(pk__in=methods).order_by().values("course")))
        Method.objects.filter(pk__in=methods).delete()


def delete_empty_group(group_id: int) -> bool:
    """Delete the group if nobody is in it; whether it is gone."""
    with transaction.atomic():
        hold_courses(Course.objects.filter(groups=group_id))
        Group.objects.filter(pk=group_id, members__isnull=True).delete()
        return not Group.objects.filter(pk=group_id).exists()
