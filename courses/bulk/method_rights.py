"""What an account may do to methods by a file, besides what it may do to courses: from where, and with whom inside."""

from collections.abc import Collection, Iterable

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from courses.bulk.rights import Rights
from courses.models import Course, Enrolment, Method
from courses.queries import courses_for
from enrolhub.access.rules import sees_everything
from enrolhub.web.sheets.intake import Entry
from enrolhub.web.sheets.problems import Cause, Problem
from enrolhub.web.sheets.ranges import ranges_of

METHOD_ABOVE = Cause(
    "method_above",
    _("People of this method have a role that you may not give, perhaps you yourself (%(count)s)."),
    _("Remove the line, or ask a manager of the component or the CEMU."),
)


def seen_sources(rights: Rights, courses: Collection[Course]) -> set[int]:
    """Which of these courses the account may take people from: those that it sees."""
    ids = sorted(course.pk for course in courses)
    if rights.author is None or sees_everything(rights.author):
        return set(ids)
    seen = courses_for(rights.author)
    return {pk for part in ranges_of(ids) for pk in seen.filter(pk__in=part).order_by().values_list("pk", flat=True)}


def people_above(rights: Rights, methods: Iterable[Method]) -> dict[int, int]:
    """How many people each of these methods has in a role that the account may not give; only methods with some."""
    bounded = sorted(method.pk for method in methods if not rights.manages(method.course))
    found: dict[int, int] = {}
    for part in ranges_of(bounded):
        rows = Enrolment.objects.filter(method__in=part, role__may_edit=True).order_by().values_list("method")
        found |= dict(rows.annotate(people=Count("person", distinct=True)))
    return found


def harms(entry: Entry, method: Method) -> bool:
    """Whether people of the method leave, are shut out or get another role."""
    if entry["operation"] == "delete":
        return True
    other_role = bool(entry["role"]) and entry["role"] != method.role.short_name
    return other_role or (entry["active"] is False and method.enabled)


def check_above(entry: Entry, method: Method, above: dict[int, int]) -> tuple[str, Problem] | None:
    count = above.get(method.pk, 0)
    return ("operation", Problem(METHOD_ABOVE, {"count": count})) if count and harms(entry, method) else None
