"""Course › Vérification: registered against enrolled, and each gap with the link at which it breaks."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.explain.wording import say_link, say_remedy
from courses.models import Course, GroupMember
from courses.pages.explain import finds_anybody
from courses.pages.frame import course_or_404, frame_of
from courses.queries import groups_seen_by
from courses.verification.checked import Checked, counts_of
from courses.verification.exports import HEADINGS, rows_of
from courses.verification.gaps import Verification
from courses.verification.narrowing import GapFilters
from courses.verification.reading import read_material
from courses.verification.summary import EVERYBODY, by_group, by_unit
from courses.verification.table import GapTable, list_of, table_of
from courses.verification.wording import GAPS
from enrolhub.access.pace import paced
from enrolhub.access.trail import record_event
from enrolhub.web.exports import CONTENT_TYPES, Export, TooManyRows, check_fits, export_response
from enrolhub.web.list_page import address_without, filter_problems, sort_problems
from enrolhub.web.refusals import Refused

#: Groups shown unfolded; more fold behind a button.
FEW_GROUPS = 8


@require_safe
def show_verification(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    verification = Verification(read_material(course))
    context: dict[str, Any] = {
        "frame_of_course": frame_of(course, "verification"),
        "reading": verification.material.facts.reading,
    }
    obstacle, now = verification.material.obstacle, timezone.now()
    if obstacle:
        context |= {"obstacle": say_link(obstacle, now), "remedy": say_remedy(obstacle, now)}
        return render(request, "courses/verification.html", context)
    checked = visible_to(request, course, verification.checked)
    groups = by_group(verification, checked)
    context |= {
        "list": list_of(request, verification, checked),
        "choices": choices_of(request, checked),
        "units": by_unit(verification, checked),
        "groups": groups,
        "unfolds_groups": len(groups) <= FEW_GROUPS,
        "kinds": [(kind, export_address(request, course, kind)) for kind in CONTENT_TYPES],
    }
    return render(request, "courses/verification.html", context)


def visible_to(request: HttpRequest, course: Course, checked: Sequence[Checked]) -> list[Checked]:
    """The students whom this account may see here.

    Who may look for anybody sees all; others those who are in the course. In separate groups nobody sees the
    participants of other groups.
    """
    seen = groups_seen_by(request.user, course)
    rows = list(checked) if finds_anybody(request, course) else [each for each in checked if each.is_enrolled]
    if seen is None:
        return rows
    shown = set(GroupMember.objects.filter(group__in=seen).values_list("person_id", flat=True))
    return [each for each in rows if not each.is_enrolled or each.entry.pk in shown]


def choices_of(request: HttpRequest, checked: Sequence[Checked]) -> list[dict[str, Any]]:
    """The gaps with their counts, each a way to narrow the list."""
    counts, asked = counts_of(checked), request.GET.get("gap", "")
    total = sum(count for gap, count in counts.items() if gap.is_one)
    everybody = [(EVERYBODY, _("Everybody"), len(checked))]
    lines = [("", _("Every gap"), total), *((gap, str(GAPS[gap]), counts[gap]) for gap in GAPS), *everybody]
    rest = address_without(request.GET, "gap")
    return [
        {"label": label, "count": count, "url": f"{rest}&gap={gap}" if gap else rest, "current": gap == asked}
        for gap, label, count in lines
    ]


def export_address(request: HttpRequest, course: Course, kind: str) -> str:
    """The file of what the address finds."""
    address = reverse("courses:verification_export", args=[course.code, kind])
    return f"{address}{address_without(request.GET, 'per_page')}"


@require_safe
@paced
def export_verification(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """Those whom the address finds as a file (``csv``, ``xlsx``, ``ods``); what it asks for and does not exist leads to the list."""
    course = course_or_404(request, code)
    if kind not in CONTENT_TYPES:
        raise Http404
    if not request.user.has_perm("courses.export_participants", course):
        raise Refused
    verification = Verification(read_material(course))
    filters = GapFilters(verification, visible_to(request, course, verification.checked), request.GET)
    if [*filter_problems(filters, request.GET), *sort_problems(GapTable, request.GET)]:
        return redirect(f"{reverse('courses:verification', args=[course.code])}?{request.GET.urlencode()}")
    rows = [row.record for row in table_of(verification, filters.found, request.GET).rows]
    return send(request, course, kind, rows)


def send(request: HttpRequest, course: Course, kind: str, rows: Sequence[Checked]) -> HttpResponseBase:
    """Trace the export, then send it."""
    try:
        check_fits(len(rows), kind)
    except TooManyRows as refusal:
        messages.error(request, str(refusal))
        return redirect("courses:verification", course.code)
    asked = address_without(request.GET, "per_page").removeprefix("?")
    trace = {"filter": asked, "format": kind, "list": "verification"}
    record_event(request.user.get_username(), "export", course.code, count=len(rows), **trace)
    export = Export(_("Verification"), [str(words) for words in HEADINGS.values()], rows_of(rows, timezone.now()))
    return export_response(export, kind, f"verification-{course.code}-{timezone.localdate():%Y-%m-%d}.{kind}")
