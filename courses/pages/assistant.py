"""« Quelle méthode choisir ? »: two questions that lead to a method, straight into its form."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cohorts.queries import LONGEST_SEARCH
from courses.advice import CourseNature, Reach, Reason, Recommendation, Whom, nature_of, recommend
from courses.models import Course
from courses.pages.advised import told_ways, worded
from courses.pages.frame import course_or_404, frame_of
from courses.pages.list_preferences import account_of
from courses.queries import courses_for
from enrolhub.web.filters import keywords_in
from enrolhub.web.list_page import Problem, address_without
from enrolhub.web.refusals import Refused

#: Courses offered at once; who wants another one types more.
OFFERED = 8
REACHES = [
    (Reach.ONE, "book", gettext_lazy("One course"), gettext_lazy("a single course space")),
    (Reach.SEVERAL, "collection", gettext_lazy("Several courses"), gettext_lazy("the same people in each of them")),
]
WHOMS = [
    (
        Whom.PROMOTIONS,
        "mortarboard",
        gettext_lazy("One or several whole promotions"),
        gettext_lazy("everybody registered on an étape"),
    ),
    (
        Whom.PEOPLE,
        "people",
        gettext_lazy("A set of people"),
        gettext_lazy("who make no cohort: teachers, tutors, a part of a promotion"),
    ),
]
LATE = "late"


@dataclass(frozen=True)
class Choice:
    """One answer to a question; its address keeps the other answers."""

    icon: str
    label: str | Promise
    text: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True)
class Answers:
    """What has been answered so far; anything else than an answer is a problem."""

    reach: Reach | None
    whom: Whom | None
    late: bool

    @property
    def are_complete(self) -> bool:
        return self.reach is not None and self.whom is not None


@require_safe
def choose_anywhere(request: HttpRequest) -> HttpResponse:
    """The assistant without a course, for whoever has any."""
    if not courses_for(request.user).exists():
        raise Refused
    return show(request, None)


@require_safe
def choose_in_course(request: HttpRequest, code: str) -> HttpResponse:
    """The assistant for one course: the first question is answered unless the address says otherwise."""
    return show(request, course_or_404(request, code))


def show(request: HttpRequest, course: Course | None) -> HttpResponse:
    answers, problems = read_answers(request, course)
    # A course is chosen for the one question only; several are not asked about one by one.
    asked = course if answers.reach == Reach.ONE else None
    nature = nature_of(asked) if asked else None
    context = {
        "course": course,
        "frame_of_course": frame_of(course, "methods") if course else None,
        "base": "courses/course.html" if course else "base.html",
        "problems": problems,
        "questions": questions_of(request, answers),
        "answers": answers,
        "asks_late": asks_late(answers, nature),
        "late_url": address_of(request, **{LATE: "" if answers.late else "1"}),
        "wants_course": answers.are_complete and answers.reach == Reach.ONE and course is None,
        **courses_offered(request),
        **answer_of(request, answers, asked, nature),
    }
    return render(request, "courses/assistant.html", context)


def read_answers(request: HttpRequest, course: Course | None) -> tuple[Answers, list[Problem]]:
    """The answers of the address; from a course's page, it is about that one course."""
    written = {"courses": request.GET.get("courses", ""), "whom": request.GET.get("whom", "")}
    known: dict[str, list[str]] = {"courses": list(Reach), "whom": list(Whom)}
    problems = [
        Problem(name, _("“%(value)s” is no answer.") % {"value": value}, address_without(request.GET, name))
        for name, value in written.items()
        if value and value not in known[name]
    ]
    reach = written["courses"] or (Reach.ONE if course else "")
    return (
        Answers(
            Reach(reach) if reach in list(Reach) else None,
            Whom(written["whom"]) if written["whom"] in list(Whom) else None,
            request.GET.get(LATE) == "1",
        ),
        problems,
    )


def address_of(request: HttpRequest, **answers: str) -> str:
    """This page with these answers, and those given before."""
    given = {name: request.GET.get(name, "") for name in ("courses", "whom", LATE)} | answers
    return f"?{urlencode({name: value for name, value in given.items() if value})}"


def questions_of(request: HttpRequest, answers: Answers) -> list[tuple[str, Sequence[Choice]]]:
    reaches = [
        Choice(icon, label, text, address_of(request, courses=reach, **{LATE: ""}), reach == answers.reach)
        for reach, icon, label, text in REACHES
    ]
    whoms = [
        Choice(icon, label, text, address_of(request, whom=whom, **{LATE: ""}), whom == answers.whom)
        for whom, icon, label, text in WHOMS
    ]
    return [(_("In how many courses?"), reaches), (_("For whom?"), whoms)]


def asks_late(answers: Answers, nature: CourseNature | None) -> bool:
    """Whether it matters that pedagogical registrations come late: for promotions in an automatic course."""
    return nature is not None and nature.is_automatic and answers.whom == Whom.PROMOTIONS


def answer_of(
    request: HttpRequest, answers: Answers, course: Course | None, nature: CourseNature | None
) -> dict[str, object]:
    """The recommendation in words, once both questions are answered."""
    if answers.reach is None or answers.whom is None:
        return {}
    user = account_of(request)
    found: Recommendation = recommend(answers.reach, answers.whom, nature, late=answers.late)
    advice = found.advice
    return {
        "recommended": told_ways(found.recommended, course, user),
        "others": told_ways(found.others, course, user),
        "advice": worded(advice, course, user) if advice else None,
        "is_discouraged": advice is not None and advice.reason == Reason.AUTOMATIC,
    }


def courses_offered(request: HttpRequest) -> dict[str, object]:
    """The courses that a search finds, each with the address of its own assistant."""
    text = request.GET.get("q", "").replace("\x00", "")[:LONGEST_SEARCH]
    rows = courses_for(request.user).filter(keywords_in(text, "search_key__contains"))
    answers = address_of(request, courses=Reach.ONE)
    found = [(course, f"{reverse('courses:assistant', args=[course.code])}{answers}") for course in rows[: OFFERED + 1]]
    return {"q": text, "offered": found[:OFFERED], "offers_more": len(found) > OFFERED}
