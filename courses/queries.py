"""Which courses an account sees, with what the lists of courses show about them."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from cohorts.models import Person
from cohorts.queries import REFRESH_LIMIT, snapshot_read
from courses.models import Course, CourseUnit, Enrolment, Group, GroupMember, Method
from courses.participants.statuses import is_active
from enrolhub.access.models import User
from enrolhub.access.rules import components_managed_by, sees_everything


def courses_for(user: User | AnonymousUser) -> QuerySet[Course]:
    """The courses that the account may open; anything else is a 404.

    All of them for the people of the CEMU, those of their component for a component's managers, and for anyone else
    those where the person of the same username has an active enrolment with a role that may see the participants.
    """
    if not user.is_authenticated or not user.is_active:
        return Course.objects.none()
    if sees_everything(user):
        return Course.objects.all()
    taught = Enrolment.objects.filter(
        is_active(timezone.now()), person__username=user.username, role__may_view_participants=True
    )
    return Course.objects.filter(
        Q(component__in=components_managed_by(user)) | Q(pk__in=taught.values("method__course"))
    )


def sees_by_site_role(user: User | AnonymousUser, course: Course) -> bool:
    """Whether the account sees the course by a role on the site, so that no separate groups narrow what it sees."""
    return sees_everything(user) or course.component in components_managed_by(user)


def people_findable_by(user: User | AnonymousUser) -> QuerySet[Person]:
    """Whom searches find for the account: everybody, but of those on the red list only who is in a course that it sees.

    The people of the CEMU find everybody.
    """
    if sees_everything(user):
        return Person.objects.all()
    theirs = Enrolment.objects.filter(
        method__course__in=courses_for(user).order_by().values("pk"), person=OuterRef("pk")
    )
    hidden = Person.objects.filter(~Exists(theirs), red_list="yes").order_by().values("pk")
    return Person.objects.exclude(pk__in=hidden)


def groups_seen_by(user: User | AnonymousUser, course: Course) -> list[int] | None:
    """The groups whose people alone the account may see in a course of separate groups; None when it sees everyone.

    A teacher who belongs to no group sees everyone (PARTICIPANTS.md §2).
    """
    if not course.separate_groups or sees_by_site_role(user, course):
        return None
    memberships = GroupMember.objects.filter(group__course=course, person__username=user.get_username())
    return sorted(set(memberships.values_list("group_id", flat=True))) or None


def with_counts(courses: QuerySet[Course]) -> QuerySet[Course]:
    """Add what lists of courses show: ``participant_count`` (distinct people), ``method_count``, ``group_count``."""
    people = Enrolment.objects.filter(method__course=OuterRef("pk")).order_by().values("method__course")
    methods = Method.objects.filter(course=OuterRef("pk")).order_by().values("course")
    groups = Group.objects.filter(course=OuterRef("pk")).order_by().values("course")
    return courses.annotate(
        participant_count=_count(people.annotate(number=Count("person", distinct=True))),
        method_count=_count(methods.annotate(number=Count("pk"))),
        group_count=_count(groups.annotate(number=Count("pk"))),
    )


def without_participants(courses: QuerySet[Course]) -> QuerySet[Course]:
    """Those in which nobody is enrolled by any method."""
    return courses.exclude(Exists(Enrolment.objects.filter(method__course=OuterRef("pk"))))


def linked_unit_codes() -> QuerySet[CourseUnit, str]:
    """The codes that courses are linked to, each once."""
    return CourseUnit.objects.order_by("unit_code").values_list("unit_code", flat=True).distinct()


def overdue_courses(courses: QuerySet[Course], now: datetime) -> QuerySet[Course]:
    """Those of the extract in force's years that have a synced method which no night has refreshed for 24 h."""
    snapshot = snapshot_read()
    years = list(snapshot.academic_years) if snapshot else []
    late = Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=now - REFRESH_LIMIT)
    methods = Method.objects.filter(late, kind__in=Method.SYNCED, enabled=True, course=OuterRef("pk"))
    return courses.filter(Exists(methods), academic_year__in=years)


def _count(numbers: QuerySet) -> Coalesce:
    return Coalesce(Subquery(numbers.values("number"), output_field=IntegerField()), 0)
