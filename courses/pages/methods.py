"""The enrolment methods of a course, read only: what feeds each one, what it gives, whom it brought, how fresh it is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cohorts.queries import is_overdue
from courses.models import Course, Exclusion, Method
from courses.pages.frame import course_or_404, frame_of
from enrolhub.sync.wording import fill

KIND_ICONS = {
    Method.Kind.DATABASE: "database",
    Method.Kind.MANUAL: "person-plus",
    Method.Kind.COHORT_SYNC: "arrow-repeat",
    Method.Kind.META_LINK: "link-45deg",
    Method.Kind.SELF: "key",
}


@dataclass(frozen=True)
class MethodLine:
    """One method in words."""

    method: Method
    icon: str
    label: str
    source: str
    source_url: str
    gives: str
    people: int
    people_url: str
    excluded: int
    refreshed_at: datetime | None
    is_overdue: bool


@require_safe
def list_methods(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    now = timezone.now()
    units = sorted(set(course.units.values_list("unit_code", flat=True)))
    lines = [_line(course, method, units, now) for method in methods_of(course)]
    return render(request, "courses/methods.html", {"frame_of_course": frame_of(course, "methods"), "lines": lines})


def methods_of(course: Course) -> QuerySet[Method]:
    """The methods of a course in their order, each with its ``people`` and those ``excluded`` by hand: one query."""
    methods = Method.objects.filter(course=course).select_related("role", "group", "source_cohort", "source_course")
    excluded = Exclusion.objects.filter(method=OuterRef("pk")).order_by().values("method")
    counted = methods.annotate(
        people=Count("enrolments"),
        excluded=Coalesce(Subquery(excluded.annotate(number=Count("pk")).values("number")), 0),
    )
    return counted.order_by("position", "id")


def _line(course: Course, method: Method, units: list[str], now: datetime) -> MethodLine:
    source, source_url = _source(method, units)
    enabled_sync = method.is_synced and method.enabled
    return MethodLine(
        method=method,
        icon=KIND_ICONS[Method.Kind(method.kind)],
        label=str(Method.Kind(method.kind).label),
        source=source,
        source_url=source_url,
        gives=_gives(method),
        people=method.people,  # type: ignore[attr-defined]  # annotated by methods_of
        people_url=f"{reverse('courses:participants', args=[course.code])}?method={method.pk}",
        excluded=method.excluded,  # type: ignore[attr-defined]  # annotated by methods_of
        refreshed_at=method.refreshed_at,
        is_overdue=enabled_sync and is_overdue(method.refreshed_at, now),
    )


def _source(method: Method, units: list[str]) -> tuple[str, str]:
    """What feeds a method, in words, and its page when there is one."""
    if method.source_cohort:
        return method.source_cohort.name, reverse("cohorts:cohort", args=[method.source_cohort.code])
    if method.source_course:
        words = _("from “%(title)s”") % {"title": method.source_course.title}
        return words, reverse("courses:methods", args=[method.source_course.code])
    if method.kind == Method.Kind.DATABASE:
        return _elements(units), ""
    if method.kind == Method.Kind.SELF:
        return _self_terms(method), ""
    return "", ""


def _elements(units: list[str]) -> str:
    if not units:
        return _("no APOGÉE element is linked to this course")
    words = ngettext(
        "pedagogical registrations, element %(codes)s", "pedagogical registrations, elements %(codes)s", len(units)
    )
    return words % {"codes": ", ".join(units)}


def _self_terms(method: Method) -> str:
    """« avec clé, 50 places »."""
    terms = [_("with a key") if method.key else _("without a key")]
    if method.capacity is not None:
        terms.append(fill(ngettext("%(count)s place", "%(count)s places", method.capacity), {"count": method.capacity}))
    return ", ".join(terms)


def _gives(method: Method) -> str:
    """The role and the group that a method gives."""
    if method.kind == Method.Kind.MANUAL:
        return _("according to the person")
    parts = [str(method.role)]
    if method.group:
        parts.append(method.group.name)
    elif method.kind == Method.Kind.DATABASE:
        parts.append(_("groups of APOGÉE"))
    return " · ".join(parts)
