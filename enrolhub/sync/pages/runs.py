"""The runs: their list, the report of one, its ledger. Whoever may not see them gets a 404."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrolhub.sync.decide import needs_second_person
from enrolhub.sync.ledger import ledger_lines
from enrolhub.sync.models import Run
from enrolhub.sync.queries import changes_of
from enrolhub.sync.report import Report
from enrolhub.sync.rules import can_decide_holds, can_undo, can_view_run, can_view_runs
from enrolhub.sync.states import author_words
from enrolhub.sync.tables import ChangeFilters, ChangeTable, RunFilters, RunTable
from enrolhub.sync.wording import run_name
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import Refused, needs

#: A progress that is asked for every 2 s is announced to screen readers in one answer of five.
ANNOUNCED_EVERY = 10


def run_or_404(run_id: int) -> Run:
    return get_object_or_404(Run.objects.select_related("author", "undoes"), pk=run_id)


def visible_run_or_404(request: HttpRequest, run_id: int) -> Run:
    """The run, for those who see them all and for whoever started it in a course of theirs."""
    run = run_or_404(run_id)
    if not can_view_run(request.user, run):
        raise Refused
    return run


@require_safe
@needs(can_view_runs)
def list_runs(request: HttpRequest) -> HttpResponse:
    runs = Run.objects.select_related("author", "undoes").order_by("-requested_at")
    return render(request, "sync/runs.html", {"list": build_list(request, runs, RunTable, RunFilters)})


@require_safe
def show_run(request: HttpRequest, run_id: int) -> HttpResponse:
    return render(request, "sync/run.html", _report_context(request, visible_run_or_404(request, run_id)))


@require_safe
def show_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The report alone, which a page in a browser asks for again while the run is live."""
    run = visible_run_or_404(request, run_id)
    now = timezone.now()
    announced = not run.is_live or now.second % ANNOUNCED_EVERY < 2
    return render(request, "sync/_progress.html", _report_context(request, run) | {"announced": announced})


def asks_somebody_else(request: HttpRequest, run: Run) -> bool:
    """Whether the reader started the run and may not alone approve what it held."""
    return run.author_id is not None and run.author_id == request.user.pk and needs_second_person(run)


def _report_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    sees_all = can_view_runs(request.user)
    return {
        "run": run,
        "name": run_name(run),
        "author": author_words(run),
        "report": Report(run, linked=sees_all),
        "sees_all": sees_all,
        "may_decide": not (run.is_live or run.dry_run) and can_decide_holds(request.user),
        "second_person": asks_somebody_else(request, run),
        "may_undo": not (run.is_live or run.dry_run) and can_undo(request.user, run),
    }


@require_safe
@needs(can_view_runs)
def list_changes(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    changes = build_list(request, changes_of(run), ChangeTable, ChangeFilters)
    for record, line in zip(changes.records, ledger_lines(changes.records), strict=True):
        record.line = line
    return render(request, "sync/changes.html", {"run": run, "name": run_name(run), "list": changes})
