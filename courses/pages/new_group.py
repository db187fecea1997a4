"""A group that a form makes by its name, together with what else it asks for."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.actions import code_of_group
from courses.models import Course, Group
from courses.queries import groups_seen_by
from enrolhub.access.models import User
from enrolhub.web.folding import fold
from enrolhub.web.sheets.problems import ValueRefused
from enrolhub.web.sheets.values import read_text

LONGEST_GROUP_NAME = 100


def may_make_groups(account: User, course: Course) -> bool:
    """Whoever sees some groups only would not see the new one."""
    return groups_seen_by(account, course) is None


def read_group_name(text: str) -> str:
    """The name of a new group as it was typed. Raises ValidationError with its remedy."""
    try:
        return read_text(text, LONGEST_GROUP_NAME)
    except ValueRefused as refused:
        raise ValidationError(f"{refused.problem.reason} {refused.problem.remedy}") from None


def refusal_of_name(course: Course, name: str) -> str:
    """Why no group of this name can be made in the course; nothing when it can."""
    if not name:
        return _("Give the new group a name.")
    if Group.objects.filter(course=course, name_key=fold(name)).exists():
        return _("The course has a group of this name already. Choose it in the list, or write another name.")
    return ""


def group_to_make(course: Course, name: str) -> Group:
    """A group kept by hand of this name, not saved, with a code that no other group of the course has."""
    taken = Group.objects.filter(course=course).order_by().values_list("course_id", "code")
    code = code_of_group(fold(name), course.pk, set(taken))
    return Group(course=course, code=code, name=name, name_key=fold(name))


def remark_on(group: Group | None) -> str:
    """What putting people into this group by hand means where APOGÉE keeps it; nothing elsewhere (docs/decisions/0057)."""
    if group is None or group.keeper != Group.Keeper.REGISTER:
        return ""
    return _(
        "APOGÉE keeps the group “%(group)s”. A place given by hand stays in spite of it, until it is taken away or the person"
        " leaves the course: for good, have the group changed in APOGÉE."
    ) % {"group": group.name}
