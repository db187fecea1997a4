"""Whom one could enrol, as one types: people, and cohorts, with who is in the course already."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cohorts.found import found_by
from cohorts.models import Cohort, Person
from cohorts.queries import cohort_of_code, search_cohorts, search_people, with_member_counts
from courses.models import Course, Enrolment, Method
from courses.pages.frame import course_or_404
from courses.pages.list_preferences import account_of
from courses.pages.selection_bar import EDIT
from courses.queries import people_findable_by
from enrolhub.web.refusals import Refused


@dataclass(frozen=True)
class Match:
    """Somebody found. ``methods`` are those by which they are in the course, in words; ``by_hand`` whether the manual one is."""

    person: Person
    methods: Sequence[str]
    by_hand: bool


@dataclass(frozen=True)
class FoundPeople:
    """What a search for people found; ``message`` says why there is nothing, or that there is more."""

    matches: Sequence[Match]
    message: str


@dataclass(frozen=True)
class FoundCohorts:
    """What a search for cohorts found, each with its ``member_count``."""

    cohorts: Sequence[Cohort]
    message: str


def course_to_edit(request: HttpRequest, code: str) -> Course:
    """The course of that code if this account may edit its participants; otherwise there is no such page."""
    course = course_or_404(request, code)
    if not account_of(request).has_perm(EDIT, course):
        raise Refused
    return course


@require_safe
def find_people(request: HttpRequest, code: str) -> HttpResponse:
    """The people found by ``q``, as a part of the page of enrolling."""
    course = course_to_edit(request, code)
    found = people_found(course, people_findable_by(account_of(request)), request.GET.get("q", ""))
    return render(request, "courses/enrol_people.html", {"found_people": found, "alone": True})


@require_safe
def find_cohorts(request: HttpRequest, code: str) -> HttpResponse:
    """The cohorts found by ``cohort_q``, as a part of the page of enrolling."""
    course_to_edit(request, code)
    chosen = cohort_of_code(request.GET.get("cohort", ""))
    found = cohorts_found(request.GET.get("cohort_q", ""), chosen)
    return render(
        request, "courses/enrol_cohorts.html", {"found_cohorts": found, "chosen_cohort": chosen, "alone": True}
    )


def people_found(course: Course, among: QuerySet[Person], text: str, but: Collection[int] = ()) -> FoundPeople:
    """The best matches among these people, ``but`` those chosen already."""
    people, message = found_by(text, lambda: search_people(text, among.exclude(pk__in=but)))
    return FoundPeople(matches_of(course, people), message)


def cohorts_found(text: str, chosen: Cohort | None = None) -> FoundCohorts:
    """The cohort chosen so far before the best matches among all the others.

    Whoever edits a course may enrol from any cohort, as a synchronisation of cohorts may feed it from any.
    """
    cohorts, first = with_member_counts(Cohort.objects.all()), [chosen.pk] if chosen else []
    found, message = found_by(text, lambda: search_cohorts(text, cohorts.exclude(pk__in=first)))
    return FoundCohorts([*cohorts.filter(pk__in=first), *found], message)


def matches_of(course: Course, people: Sequence[Person]) -> list[Match]:
    """These people, with the methods by which each is in the course already; one query."""
    rows = Enrolment.objects.filter(person__in=[each.pk for each in people], method__course=course)
    methods: dict[int, list[Method]] = defaultdict(list)
    for enrolment in rows.select_related("method").order_by("method__position", "method_id"):
        methods[enrolment.person_id].append(enrolment.method)
    return [
        Match(
            each,
            [str(method) for method in methods[each.pk]],
            any(m.kind == Method.Kind.MANUAL for m in methods[each.pk]),
        )
        for each in people
    ]
