"""« Pourquoi ? »: why a person is, or is not, in a course; and whom one could ask about."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohorts.models import Person
from cohorts.queries import SearchRefused, search_people
from courses.explain.explaining import explain
from courses.explain.peers import peers_of
from courses.explain.whom import PersonUnknown, find_person, people_to_ask_about, say_unknown
from courses.models import Course, Enrolment
from courses.pages.explained import answer_of, chains_of, is_about_registrations, reading_of
from courses.pages.frame import course_or_404, frame_of
from courses.pages.participants import scope_for
from courses.participants.conditions import Conditions
from courses.participants.queries import find_people
from courses.rules import can_edit_participants
from enrolhub.access.rules import sees_everything
from enrolhub.sync.rules import can_view_runs
from enrolhub.web.refusals import refusal_of

#: Other courses named beside the answer.
SHOWN_COURSES = 8


@require_safe
def show_explanation(request: HttpRequest, code: str, username: str) -> HttpResponse:
    """The answer, and the whole chain behind it, for anybody of the directory."""
    course = course_or_404(request, code)
    person = people_to_ask_about(request.user, course).filter(username=username).first()
    if person is None:
        raise refusal_of(Person.objects.filter(username=username))
    explanation = explain(course, person, timezone.now())
    staff = sees_everything(request.user)
    context = {
        "course": course,
        "person": person,
        "staff": staff,
        "explanation": explanation,
        "answer": answer_of(explanation),
        "chains": chains_of(explanation, sees_runs=can_view_runs(request.user)),
        "reading": reading_of(explanation),
        "peers": peers_of(explanation),
        "may_enrol": is_about_registrations(explanation) and can_edit_participants(request.user, course),
    }
    if staff:
        context |= other_courses(person, course)
    return render(request, "courses/explain.html", context)


def other_courses(person: Person, course: Course) -> dict[str, object]:
    """The courses where the person is besides this one: the first of them, and how many there are."""
    enrolled = Enrolment.objects.filter(person=person).order_by().values("method__course")
    courses = Course.objects.filter(pk__in=enrolled).exclude(pk=course.pk)
    return {"other_courses": list(courses[:SHOWN_COURSES]), "other_count": courses.count()}


@require_safe
def find_whom(request: HttpRequest, code: str) -> HttpResponse:
    """« Pourquoi une personne n’est pas dans ce cours ? »: a search that leads to the answer."""
    course = course_or_404(request, code)
    text = request.GET.get("q", "").strip()
    people, message = people_asked_about(request, course, text) if text else ([], "")
    if len(people) == 1 and text in (people[0].username, people[0].id_number):
        return HttpResponseRedirect(reverse("courses:explain", args=[course.code, people[0].username]))
    enrolled = Enrolment.objects.filter(method__course=course, person__in=[person.pk for person in people])
    context = {
        "frame_of_course": frame_of(course, ""),
        "course": course,
        "text": text,
        "people": people,
        "inside": set(enrolled.values_list("person_id", flat=True)),
        "message": message,
        "finds_anybody": finds_anybody(request, course),
    }
    return render(request, "courses/explain_search.html", context)


def finds_anybody(request: HttpRequest, course: Course) -> bool:
    """Whether the account may look for anybody by a part of their name: whoever may enrol people may."""
    return bool(sees_everything(request.user) or can_edit_participants(request.user, course))


def people_asked_about(request: HttpRequest, course: Course, text: str) -> tuple[Sequence[Person], str]:
    """Whom a text finds, as far as this account may look, and what to say when that is nobody."""
    allowed = people_to_ask_about(request.user, course)
    among = allowed if finds_anybody(request, course) else find_people(scope_for(request, course), Conditions())
    try:
        found = search_people(text, among) or list(allowed.filter(pk=find_person(text).pk))
    except (SearchRefused, PersonUnknown) as refusal:
        return [], str(refusal)
    return found, "" if found else say_unknown()
