"""The changes of one cohort, whoever keeps it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from cohorts.changes_table import CohortChangeFilters, CohortChangeTable, changes_of
from cohorts.queries import cohorts_for
from cohorts.rules import can_view_cohorts
from enrolhub.sync.ledger import ledger_lines
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import needs


@require_safe
@needs(can_view_cohorts)
def list_changes(request: HttpRequest, code: str) -> HttpResponse:
    cohort = get_object_or_404(cohorts_for(request.user), code=code)
    changes = build_list(request, changes_of(cohort), CohortChangeTable, CohortChangeFilters)
    for record, line in zip(changes.records, ledger_lines(changes.records), strict=True):
        record.line = line
    return render(request, "cohorts/changes.html", {"cohort": cohort, "list": changes})
