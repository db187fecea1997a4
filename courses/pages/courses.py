"""The list of the courses that an account may open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from courses.pages.frame import course_or_404
from courses.pages.list_preferences import account_of
from courses.queries import courses_for, with_counts
from courses.rules import can_edit_many_courses
from courses.tables import CourseFilters, CourseTable
from enrolhub.sync.rules import can_view_runs
from enrolhub.web.list_page import build_list


@require_safe
def list_courses(request: HttpRequest) -> HttpResponse:
    rows = with_counts(courses_for(request.user)).select_related("platform")
    context = {
        "list": build_list(request, rows, CourseTable, CourseFilters),
        "sees_everything": can_view_runs(request.user),
        "may_edit_many": can_edit_many_courses(account_of(request)),
    }
    return render(request, "courses/list.html", context)


@require_safe
def show_course(request: HttpRequest, code: str) -> HttpResponse:
    """The first tab of the course."""
    return redirect("courses:participants", course_or_404(request, code).code)
