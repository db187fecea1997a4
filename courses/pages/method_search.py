"""What a method may follow, as one types: cohorts among all of them, courses among those whose people one may pass on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cohorts.found import found_by
from cohorts.models import Cohort
from cohorts.queries import SHOWN_AT_MOST, has_words, search_cohorts, searched_words, with_member_counts
from courses.methods.cohort_sync_form import chosen_cohorts
from courses.methods.meta_link_form import chosen_sources
from courses.models import Course
from courses.pages.enrol_search import FoundCohorts
from courses.pages.list_preferences import account_of
from courses.pages.method_steps import course_of_methods
from courses.queries import with_counts
from courses.rules import courses_edited_by
from enrolhub.access.models import User


@dataclass(frozen=True)
class FoundSources:
    """What a search for courses found, each with its ``participant_count``."""

    courses: Sequence[Course]
    message: str


@require_safe
def find_cohorts(request: HttpRequest, code: str) -> HttpResponse:
    """The cohorts found by ``cohort_q``, as a part of the form; those chosen come first."""
    course_of_methods(request, code)
    found = cohorts_offered(request.GET.get("cohort_q", ""), chosen_cohorts(request.GET.getlist("cohort")))
    chosen = set(request.GET.getlist("cohort"))
    context = {"found_cohorts": found, "chosen_codes": chosen, "alone": True}
    return render(request, "courses/method_cohorts_found.html", context)


@require_safe
def find_sources(request: HttpRequest, code: str) -> HttpResponse:
    """The courses found by ``source_q``, as a part of the form; those chosen come first."""
    course, account = course_of_methods(request, code), account_of(request)
    chosen = chosen_sources(account, request.GET.getlist("source"))
    found = sources_offered(request.GET.get("source_q", ""), course, account, chosen)
    context = {"found_sources": found, "chosen_codes": {each.code for each in chosen}, "alone": True}
    return render(request, "courses/method_sources_found.html", context)


def cohorts_offered(text: str, chosen: Sequence[Cohort]) -> FoundCohorts:
    """The cohorts chosen so far before the best matches among all the others."""
    cohorts, first = with_member_counts(Cohort.objects.all()), [cohort.pk for cohort in chosen]
    found, message = found_by(text, lambda: search_cohorts(text, cohorts.exclude(pk__in=first)))
    return FoundCohorts([*cohorts.filter(pk__in=first), *found], message if found or not first else "")


def sources_offered(text: str, course: Course | None, account: User, chosen: Sequence[Course]) -> FoundSources:
    """The courses chosen so far before those found; never the course itself."""
    first, itself = [each.pk for each in chosen], [course.pk] if course else []
    courses = with_counts(courses_edited_by(account))

    def search() -> list[Course]:
        words = searched_words(text)
        named = courses.filter(has_words(words, "search_key__contains")).exclude(pk__in=[*first, *itself])
        return list(named.order_by("title_key", "code")[:SHOWN_AT_MOST])

    found, message = found_by(text, search)
    before = courses.filter(pk__in=first).order_by("title_key", "code")
    return FoundSources([*before, *found], message if found or not first else "")
