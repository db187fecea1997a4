"""The report of one run of a course, person by person: what pages of different runs have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from rules import test_rule

from cohorts.models import Person
from courses.hand.preview import PersonLine
from courses.models import Course
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.queries import groups_seen_by
from enrolhub.sync.models import Run
from enrolhub.sync.report import Report
from enrolhub.sync.states import author_words
from enrolhub.web.list_page import page_of, page_size
from enrolhub.web.refusals import Refused


@dataclass(frozen=True)
class Told:
    """What the report of one kind of run says.

    ``tab`` of the course's pages is also the way back. ``hides`` is the column of the list that would say nothing;
    ``choices`` are the counts above it, each a way to narrow it.
    """

    tab: str
    title: str
    people: QuerySet[Person]
    lines_of: Callable[[list[Person]], list[PersonLine]]
    report_id: str
    back_words: str
    nobody_text: str
    hides: str = ""
    choices: Sequence[dict[str, Any]] = ()


def run_of_course_or_404(request: HttpRequest, code: str, run_id: int, kind: str, right: str) -> tuple[Course, Run]:
    """A run of that kind in that course, for those who have the right there; in separate groups, only one's own."""
    course = course_or_404(request, code)
    run = get_object_or_404(Run.objects.select_related("author"), pk=run_id, kind=kind, options__course=course.code)
    account = account_of(request)
    is_hidden = run.author_id != account.pk and groups_seen_by(account, course) is not None
    if is_hidden or not account.has_perm(right, course):
        raise Refused
    return course, run


def show_told(request: HttpRequest, course: Course, run: Run, told: Told) -> HttpResponse:
    """The page; asked for by htmx, the part of it that follows the progress."""
    page = page_of(Paginator(told.people, page_size(request.GET.get("per_page"))), request.GET.get("page"))
    context: dict[str, Any] = {
        **vars(told),
        "frame_of_course": frame_of(course, told.tab),
        "back_url": reverse(f"courses:{told.tab}", args=[course.code]),
        "run": run,
        "author": author_words(run),
        "report": Report(run),
        "page": page,
        "lines": told.lines_of(list(page.object_list)),
        "may_undo": run.state == Run.State.APPLIED and test_rule("sync.undo", request.user, run),
    }
    is_progress = bool(request.headers.get("HX-Request"))
    return render(request, "courses/_run_report.html" if is_progress else "courses/run_report.html", context)
