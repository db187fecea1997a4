"""Attendance sheets to print: one for each group, of the people whom the filter of the list finds."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.history.scopes import asked_day, scope_on
from courses.pages.exports import to_the_list
from courses.pages.frame import course_or_404, frame_of
from courses.participants.address import address_of
from courses.participants.attendance import groups_named, groups_offered, sheets_of
from courses.participants.conditions import NO_GROUP, Conditions, read_conditions
from courses.participants.queries import Scope
from courses.queries import groups_seen_by
from enrolhub.web.dates import long_date
from enrolhub.web.refusals import Refused

# The first and the last day that a calendar of this page goes to; nobody signs outside of them.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Choice:
    """A group that one may print the sheet of; without any chosen, all are printed."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Session:
    """The day that the sheets are for, or None when it is left to be written by hand; ``error`` says what is wrong with it."""

    written: str
    day: date | None
    error: str = ""

    @property
    def words(self) -> str:
        """« 20 novembre 2026 », or nothing."""
        return long_date(self.day) if self.day else ""


@require_safe
def show_attendance(request: HttpRequest, code: str) -> HttpResponse:
    """The sheets that the address asks for; what it asks for and does not exist leads to the list, which says it."""
    course = course_or_404(request, code)
    if not request.user.has_perm("courses.export_participants", course):
        raise Refused
    asked = asked_day(request.GET)
    with scope_on(course, asked.day, groups_seen_by(request.user, course)) as scope:
        conditions = read_conditions(request.GET, scope.vocabulary)
        if conditions.complaints or asked.complaints:
            return to_the_list(course, request.GET)
        sheets, choices = sheets_of(scope, conditions), choices_of(scope, conditions)
    address = address_of(request.GET)
    methods = None if asked.day else list(scope.vocabulary.methods.values())
    context = {
        "frame_of_course": frame_of(course, "participants", methods),
        "course": course,
        "session": session_of(request.GET.get("date")),
        "sheets": sheets,
        "people_count": sum(len(sheet.people) for sheet in sheets),
        "choices": choices,
        "kept": address.except_for(*(("group", "group_match") if choices else ()), "per_page"),
        "list_query": str(address),
    }
    return render(request, "courses/attendance.html", context)


def session_of(written: str | None) -> Session:
    """Today unless the address says otherwise; an empty date is left blank on the sheets."""
    if written is None:
        today = timezone.localdate()
        return Session(today.isoformat(), today)
    if not written:
        return Session("", None)
    try:
        day = parse_date(written)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        return Session(
            "", None, _("“%(date)s” is no day that can be printed. Choose one, or leave it empty.") % {"date": written}
        )
    return Session(day.isoformat(), day)


def choices_of(scope: Scope, conditions: Conditions) -> list[Choice]:
    """Every group that the viewer may see; whoever sees everyone may also print those in no group.

    None when the filter keeps groups out: what it leaves is printed.
    """
    chosen = groups_named(conditions)
    if conditions.get("group") and not chosen:
        return []
    choices = [Choice(group.code, group.name, group.code in chosen) for group in groups_offered(scope)]
    if scope.seen_groups is None:
        choices.append(Choice(NO_GROUP, _("No group"), NO_GROUP in chosen))
    return choices
