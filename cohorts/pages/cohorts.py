"""The list of cohorts, and one cohort: who keeps it, its members, and where it is used."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohorts.models import Cohort
from cohorts.panels import panels_of
from cohorts.queries import cohorts_for, is_overdue, members_of, with_member_counts
from cohorts.rules import can_keep_cohorts, can_view_cohorts
from cohorts.tables import (
    LEAVING_FORM,
    ChosenMemberTable,
    CohortFilters,
    CohortTable,
    MemberFilters,
    MemberTable,
    programme_words,
)
from enrolhub.web.list_page import build_list
from enrolhub.web.refusals import needs


@require_safe
@needs(can_view_cohorts)
def list_cohorts(request: HttpRequest) -> HttpResponse:
    rows = with_member_counts(cohorts_for(request.user))
    shown = build_list(request, rows, CohortTable, CohortFilters)
    return render(request, "cohorts/list.html", {"list": shown, "may_create": can_keep_cohorts(request.user)})


@require_safe
@needs(can_view_cohorts)
def show_cohort(request: HttpRequest, code: str) -> HttpResponse:
    cohort = get_object_or_404(cohorts_for(request.user), code=code)
    kept_by_register = cohort.keeper == Cohort.Keeper.REGISTER
    may_keep = not kept_by_register and can_keep_cohorts(request.user)
    members = build_list(request, members_of(cohort), ChosenMemberTable if may_keep else MemberTable, MemberFilters)
    return render(
        request,
        "cohorts/cohort.html",
        {
            "cohort": cohort,
            "programme": programme_words(cohort),
            "kept_by_register": kept_by_register,
            "overdue": kept_by_register and is_overdue(cohort.refreshed_at, timezone.now()),
            "panels": panels_of(cohort, request.user),
            "list": members,
            "may_keep": may_keep,
            "leaving_form": LEAVING_FORM,
        },
    )
