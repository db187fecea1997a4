"""Which courses an account sees, with what the lists of courses show about them."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.models import Course, Enrolment, Group, GroupMember, Method
from courses.participants.statuses import is_active
from enrolhub.access.models import SiteRole, User

SEES_EVERY_COURSE = (
    SiteRole.Kind.STAFF,
    SiteRole.Kind.OPERATOR,
    SiteRole.Kind.APPROVER,
    SiteRole.Kind.AUDITOR,
)


def courses_for(user: User) -> QuerySet[Course]:
    """The courses that the account may open; anything else is a 404.

    All of them for the people of the CEMU, those of their component for a component's managers, and for anyone else
    those where the person of the same username has an active enrolment with a role that may see the participants.
    """
    if not user.is_authenticated or not user.is_active:
        return Course.objects.none()
    roles = list(user.site_roles.values_list("kind", "component"))
    if user.is_superuser or any(kind in SEES_EVERY_COURSE for kind, _ in roles):
        return Course.objects.all()
    components = [component for kind, component in roles if kind == SiteRole.Kind.COMPONENT_MANAGER]
    taught = Enrolment.objects.filter(
        is_active(timezone.now()), person__username=user.username, role__may_view_participants=True
    )
    return Course.objects.filter(Q(component__in=components) | Q(pk__in=taught.values("method__course")))


def sees_by_site_role(user: User, course: Course) -> bool:
    """Whether the account sees the course by a role on the site, so that no separate groups narrow what it sees."""
    if user.is_superuser:
        return True
    manages = Q(kind=SiteRole.Kind.COMPONENT_MANAGER, component=course.component)
    return user.site_roles.filter(Q(kind__in=SEES_EVERY_COURSE) | manages).exists()


def groups_seen_by(user: User, course: Course) -> list[int] | None:
    """The groups whose people alone the account may see in a course of separate groups; None when it sees everyone.

    A teacher who belongs to no group sees everyone (PARTICIPANTS.md §2).
    """
    if not course.separate_groups or sees_by_site_role(user, course):
        return None
    memberships = GroupMember.objects.filter(group__course=course, person__username=user.username)
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


def _count(numbers: QuerySet) -> Coalesce:
    return Coalesce(Subquery(numbers.values("number"), output_field=IntegerField()), 0)
