"""The enrolment methods of a course: what feeds each one, what it gives, whom it brought, how fresh it is, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from courses.imports.kinds import may_load
from courses.methods.registry import METHOD_KINDS, kind_of
from courses.models import Course, Exclusion, Method
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.setup.deeds import kind_label
from enrolhub.sync.wording import fill
from enrolhub.web.folding import fold
from enrolhub.web.navigation import url_or_none

#: The symbol of a kind that the site does not offer (any more).
UNKNOWN_KIND = "person-plus"


@dataclass(frozen=True)
class Addable:
    """A kind of method in the menu « Ajouter méthode »."""

    label: str
    icon: str
    url: str


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
    is_first: bool = False
    is_last: bool = False
    edit_url: str = ""
    delete_url: str = ""
    units_url: str = ""

    @property
    def called(self) -> str:
        """What tells the method from the others of the course."""
        return self.method.name or " – ".join(filter(None, [self.label, self.source]))


@require_safe
def list_methods(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    now = timezone.now()
    units = sorted(set(course.units.values_list("unit_code", flat=True)))
    methods = list(methods_of(course))
    may_edit, may_link = may_change(request, course)
    lines = [_line(course, method, units, now) for method in methods]
    if may_edit:
        lines = [
            with_actions(course, line, place, len(lines), may_link=may_link) for place, line in enumerate(lines, 1)
        ]
    context = {
        "frame_of_course": frame_of(course, "methods", methods),
        "lines": lines,
        "may_edit": may_edit,
        "addable": addable(course, methods) if may_edit else [],
        "assistant_url": url_or_none("courses:assistant", course.code) if may_edit else None,
        "import_url": reverse("courses:import", args=["methods"]) if may_load(account_of(request), "methods") else None,
    }
    return render(request, "courses/methods.html", context)


def may_change(request: HttpRequest, course: Course) -> tuple[bool, bool]:
    """Whether the account may change the methods of the course, and the elements that feed it."""
    account = account_of(request)
    return account.has_perm("courses.edit_methods", course), account.has_perm("courses.edit_units", course)


def addable(course: Course, methods: Sequence[Method]) -> list[Addable]:
    """The kinds of method that can be added to the course, by name."""
    present = {method.kind for method in methods}
    kinds = [(name, kind) for name, kind in METHOD_KINDS.items() if kind.comes_by_hand]
    offered = [
        Addable(kind_label(name), kind.icon, reverse("courses:method_add", args=[course.code, name]))
        for name, kind in kinds
        if not (kind.is_single and name in present)
    ]
    return sorted(offered, key=lambda each: fold(each.label))


def with_actions(course: Course, line: MethodLine, place: int, count: int, *, may_link: bool) -> MethodLine:
    """The line with what the account may do to its method; « Base de données » is but enabled and disabled by most."""
    method, kind = line.method, kind_of(line.method.kind)
    here = [course.code, method.pk]
    by_hand = kind is not None and kind.comes_by_hand
    is_database = method.kind == Method.Kind.DATABASE
    return replace(
        line,
        is_first=place == 1,
        is_last=place == count,
        edit_url=reverse("courses:method_edit", args=here) if kind and (by_hand or may_link) else "",
        delete_url=reverse("courses:method_delete", args=here) if by_hand else "",
        units_url=reverse("courses:method_units", args=here) if is_database and may_link else "",
    )


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
        icon=kind.icon if (kind := kind_of(method.kind)) else UNKNOWN_KIND,
        label=kind_label(method.kind),
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
    parts = [_("according to the role there") if method.role_map else str(method.role)]
    if method.group:
        parts.append(method.group.name)
    elif method.kind == Method.Kind.DATABASE:
        parts.append(_("groups of APOGÉE"))
    return " · ".join(parts)
