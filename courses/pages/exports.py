"""The participant list as a file: everyone whom the filter finds, or the people selected."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.history.scopes import asked_day, scope_on
from courses.models import Course
from courses.pages.frame import course_or_404
from courses.pages.participants import scope_for
from courses.participants.conditions import read_conditions
from courses.participants.exports import HEADINGS, ExportedList, exported_list, filter_of, record_export
from courses.participants.queries import Scope
from courses.participants.selection import SelectionRefused, conditions_of_selection, read_selection, selected_people
from courses.queries import groups_seen_by
from enrolhub.access.pace import paced
from enrolhub.web.exports import CONTENT_TYPES, Export, TooManyRows, check_fits, export_response
from enrolhub.web.refusals import Refused


@require_http_methods(["GET", "POST"])
@paced
def export_participants(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """The file of one kind (``csv``, ``xlsx``, ``ods``): by GET what the address finds, by POST the people selected.

    What the address asks for and does not exist leads to the list, which says it; an empty file would hide it.
    """
    course = course_or_404(request, code)
    if kind not in CONTENT_TYPES:
        raise Http404
    if not request.user.has_perm("courses.export_participants", course):
        raise Refused
    if request.method == "POST":
        return send_selected(request, scope_for(request, course), kind)
    return send_found(request, course, kind)


def send_found(request: HttpRequest, course: Course, kind: str) -> HttpResponseBase:
    """Everyone whom the address finds, now or on its day."""
    asked = asked_day(request.GET)
    with scope_on(course, asked.day, groups_seen_by(request.user, course)) as scope:
        conditions = read_conditions(request.GET, scope.vocabulary)
        if conditions.complaints or asked.complaints:
            return to_the_list(course, request.GET)
        listed = exported_list(scope, conditions)
        if asked.day:
            listed = listed.read_now()
    return send(request, scope, kind, listed, filter_of(request.GET), day=asked.day)


def send_selected(request: HttpRequest, scope: Scope, kind: str) -> HttpResponseBase:
    """The people selected; everyone in the order of their filter, people ticked by name."""
    try:
        selection = read_selection(request.POST)
        conditions = conditions_of_selection(scope, selection)
    except SelectionRefused as refusal:
        messages.error(request, str(refusal))
        return to_the_list(scope.vocabulary.course)
    listed = exported_list(scope, conditions, selected_people(scope, selection))
    return send(request, scope, kind, listed, filter_of(QueryDict(selection.query)), ticked=len(selection.ids))


def send(
    request: HttpRequest,
    scope: Scope,
    kind: str,
    listed: ExportedList,
    asked: str,
    *,
    day: date | None = None,
    **how: int,
) -> HttpResponseBase:
    """Trace the export, then send it, named after the day of its list (today). A list that no workbook can hold is refused
    with the way out.
    """
    course = scope.vocabulary.course
    try:
        check_fits(listed.count, kind)
    except TooManyRows as refusal:
        messages.error(request, str(refusal))
        return to_the_list(course)
    record_export(request.user.get_username(), scope, asked, kind, listed.count, **how)
    export = Export(_("Participants"), [str(heading) for heading in HEADINGS.values()], listed.rows)
    return export_response(export, kind, f"participants-{course.code}-{day or timezone.localdate():%Y-%m-%d}.{kind}")


def to_the_list(course: Course, query: QueryDict | None = None) -> HttpResponseRedirect:
    """Back to the list, with the address that it has to complain of."""
    way = reverse("courses:participants", args=[course.code])
    return redirect(f"{way}?{query.urlencode()}" if query else way)
