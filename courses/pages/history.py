"""The history of a course: every change that took effect, newest first, with its reason and its author."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.expiry.undoing import runs_undoable_in
from courses.history.changes import changes_of_course, seen_in
from courses.history.days import first_day
from courses.history.lines import history_lines, history_words
from courses.history.table import HistoryTable, filters_of
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.queries import groups_seen_by
from enrolhub.sync.rules import can_view_runs
from enrolhub.web.list_page import build_list


@require_safe
def show_history(request: HttpRequest, code: str) -> HttpResponse:
    course = course_or_404(request, code)
    words = history_words(course)
    rows = seen_in(changes_of_course(course), course, groups_seen_by(request.user, course))
    rows = rows.select_related("scope__phase__run__author", "scope__phase__run__undoes")
    methods = [(pk, str(method)) for pk, method in words.methods.items()]
    changes = build_list(request, rows, HistoryTable, filters_of(methods))
    sees_runs = can_view_runs(request.user)
    account = account_of(request)
    runs = set() if sees_runs else {record.scope.phase.run for record in changes.records}
    undoable = runs_undoable_in(account, course, runs)
    lines = history_lines(changes.records, words, account, sees_runs=sees_runs, undoable=undoable)
    for record, line in zip(changes.records, lines, strict=True):
        record.line = line
    counts = {"methods": len(words.methods), "groups": len(words.groups)}
    context: dict[str, Any] = {
        "frame_of_course": frame_of(course, "history", list(words.methods.values()), counts),
        "list": changes,
        "first_day": first_day(),
        "today": timezone.localdate(),
    }
    return render(request, "courses/history.html", context)
