"""What a method of several courses may follow, as one types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.methods.cohort_sync_form import chosen_cohorts
from courses.methods.meta_link_form import chosen_sources
from courses.pages.list_preferences import account_of
from courses.pages.method_search import cohorts_offered, sources_offered
from courses.rules import can_edit_many_courses
from enrolhub.web.refusals import needs


@require_safe
@needs(can_edit_many_courses)
def find_cohorts(request: HttpRequest) -> HttpResponse:
    """The cohorts found by ``cohort_q``; those chosen come first."""
    chosen = chosen_cohorts(request.GET.getlist("cohort"))
    found = cohorts_offered(request.GET.get("cohort_q", ""), chosen)
    context = {"found_cohorts": found, "chosen_codes": {each.code for each in chosen}, "alone": True}
    return render(request, "courses/method_cohorts_found.html", context)


@require_safe
@needs(can_edit_many_courses)
def find_sources(request: HttpRequest) -> HttpResponse:
    """The courses found by ``source_q``; those chosen come first."""
    account = account_of(request)
    chosen = chosen_sources(account, request.GET.getlist("source"))
    found = sources_offered(request.GET.get("source_q", ""), None, account, chosen)
    context = {"found_sources": found, "chosen_codes": {each.code for each in chosen}, "alone": True}
    return render(request, "courses/method_sources_found.html", context)
