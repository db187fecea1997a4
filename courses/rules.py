"""Who may do what in a course."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone
from rules.permissions import add_perm
from rules.predicates import predicate

from courses.models import Course, Enrolment, Role
from courses.participants.statuses import is_active
from courses.queries import courses_for
from enrolhub.access.models import User
from enrolhub.access.rules import components_managed_by, is_approver, is_operator, is_staff_cemu, sees_everything


@predicate
def can_view_participants(user: User, course: Course | None = None) -> bool:
    """Whether the account may open the course and see who is in it. Without a course: whether it may ask at all."""
    if course is None:
        return bool(user.is_authenticated and user.is_active)
    return bool(sees_everything(user)) or courses_for(user).filter(pk=course.pk).exists()


@predicate
def can_edit_participants(user: User | AnonymousUser, course: Course | None = None) -> bool:
    """Whether the account may enrol, suspend, remove and group people of the course.

    The people of the CEMU, the managers of its component, and whoever has an active enrolment in it with a role that
    may edit. Without a course: nobody, since it depends on the course.
    """
    if course is None or not isinstance(user, User) or not user.is_active:
        return False
    return manages_course(user, course) or edits_by_enrolment(user, course)


def manages_course(user: User, course: Course) -> bool:
    """Whether the account has a role on the site that lets it change everything in the course."""
    return bool(is_staff_cemu(user)) or course.component in components_managed_by(user)


def edits_by_enrolment(user: User, course: Course) -> bool:
    """Whether the person of this account is in the course, active, with a role that may edit."""
    own = Enrolment.objects.filter(is_active(timezone.now()), method__course=course, person__username=user.username)
    return own.filter(role__may_edit=True).exists()


@predicate
def can_export_participants(user: User, course: Course | None = None) -> bool:
    """Whether the account may take the list with it, as a file or on paper: whoever sees it, and each export is traced."""
    return can_view_participants(user, course)


@predicate
def can_message_participants(user: User, course: Course | None = None) -> bool:
    """Whether the account may write to people of the course: whoever sees them, but for auditors, who only read."""
    if course is None or not isinstance(user, User) or not user.is_active:
        return False
    if is_staff_cemu(user) or is_operator(user) or is_approver(user):
        return True
    return manages_course(user, course) or sees_by_enrolment(user, course)


def sees_by_enrolment(user: User, course: Course) -> bool:
    """Whether the person of this account is in the course, active, with a role that may see the participants."""
    own = Enrolment.objects.filter(is_active(timezone.now()), method__course=course, person__username=user.username)
    return own.filter(role__may_view_participants=True).exists()


def courses_edited_by(user: User) -> QuerySet[Course]:
    """The courses whose people the account may change: all for the CEMU, else those it manages or edits by an enrolment."""
    if is_staff_cemu(user):
        return Course.objects.all()
    own = Enrolment.objects.filter(is_active(timezone.now()), person__username=user.username, role__may_edit=True)
    return Course.objects.filter(
        Q(component__in=components_managed_by(user)) | Q(pk__in=own.order_by().values("method__course"))
    )


def roles_given_by(user: User, course: Course) -> QuerySet[Role]:
    """The roles that the account may give in the course: whoever edits by an enrolment gives no role that may edit."""
    roles = Role.objects.all()
    return roles if manages_course(user, course) else roles.filter(may_edit=False)


@predicate
def can_edit_methods(user: User | AnonymousUser, course: Course | None = None) -> bool:
    """Whether the account may add, change and delete enrolment methods of the course: whoever edits its participants.

    « Base de données » it may only enable and disable; its elements are ``can_edit_units``'.
    """
    return can_edit_participants(user, course)


@predicate
def can_edit_units(user: User | AnonymousUser, course: Course | None = None) -> bool:
    """Whether the account may say which APOGÉE elements feed the course: the people of the CEMU."""
    return course is not None and isinstance(user, User) and bool(is_staff_cemu(user))


@predicate
def can_edit_many_courses(user: User | AnonymousUser) -> bool:
    """Whether the account may change the methods of several courses at once: the people of the CEMU."""
    return isinstance(user, User) and bool(is_staff_cemu(user))


@predicate
def can_load_everywhere(user: User | AnonymousUser) -> bool:
    """Whether the account may load files about the whole site: the people of the CEMU."""
    return isinstance(user, User) and user.is_active and bool(is_staff_cemu(user))


@predicate
def can_load_files(user: User | AnonymousUser) -> bool:
    """Whether the account may load files of enrolments: whoever edits a course; each row asks again for its own."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return bool(is_staff_cemu(user)) or courses_edited_by(user).exists()


add_perm("courses.view_participants", can_view_participants)
add_perm("courses.edit_participants", can_edit_participants)
add_perm("courses.export_participants", can_export_participants)
add_perm("courses.message_participants", can_message_participants)
add_perm("courses.edit_methods", can_edit_methods)
add_perm("courses.edit_units", can_edit_units)
add_perm("courses.edit_many_courses", can_edit_many_courses)
