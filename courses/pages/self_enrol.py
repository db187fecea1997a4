"""« S'inscrire à un cours »: the courses open to the person of the account, and enrolling in one, with its key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cohorts.models import CohortMember, Person
from courses.messages.sending import person_of
from courses.models import Course, Enrolment, Method
from courses.open_courses_table import OpenCourseFilters, OpenCourseTable
from courses.pages.list_preferences import account_of
from courses.pages.own_courses import tabs_of
from courses.self_enrolment.enrolling import Applicant, EnrolmentRefused, TooManyAttempts, enrol_oneself
from courses.self_enrolment.keys import needs_key
from courses.self_enrolment.openings import Refusal, is_full, offered, open_to, refusal_of, with_taken
from courses.self_enrolment.wording import say_duration, say_moment, say_places, say_refusal, say_wait
from courses.tasks import wake_outbox
from enrolhub.access.throttling import TOO_MANY_REQUESTS, address_of
from enrolhub.web.list_page import build_list

LONGEST_KEY = 128
LONGEST_ID = 18


class KeyForm(forms.Form):
    """The key of one method, where it has one."""

    key = forms.CharField(
        max_length=LONGEST_KEY,
        label=gettext_lazy("Enrolment key"),
        help_text=gettext_lazy("The teachers of the course give it."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, method: Method, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id=f"id_{method.pk}_%s")
        if not needs_key(method):
            del self.fields["key"]


@dataclass
class Way:
    """One self-enrolment of the course as the person meets it: its terms, its form, or why it is closed to them."""

    method: Method
    form: KeyForm
    refusal: str
    is_enrolled: bool
    terms: list[tuple[str, str]]


@require_safe
def list_open_courses(request: HttpRequest) -> HttpResponse:
    person = person_of(account_of(request))
    rows = open_to(person, timezone.now()).select_related("course__platform", "role")
    context = {
        "list": build_list(request, rows, OpenCourseTable, OpenCourseFilters),
        "person": person,
        "tabs": tabs_of("open_courses"),
    }
    return render(request, "courses/open_courses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enrol_self(request: HttpRequest, code: str) -> HttpResponse:
    """The ways into one course, and taking one of them."""
    course = Course.objects.filter(code=code, visible=True).select_related("platform").first()
    if course is None:
        raise Http404
    if request.method == "POST":
        return take_way(request, course)
    return show_ways(request, course)


def ways_of(course: Course, person: Person, now: datetime) -> list[Way]:
    """The self-enrolments of the course in their order; three queries."""
    methods = with_taken(offered().filter(course=course)).select_related("role", "group", "admits_cohort", "course")
    mine = set(Enrolment.objects.filter(method__course=course, person=person).values_list("method_id", flat=True))
    admitting = Method.objects.filter(course=course, kind=Method.Kind.SELF).order_by().values("admits_cohort")
    cohorts = CohortMember.objects.filter(person=person, cohort__in=admitting).values_list("cohort_id", flat=True)
    member_of = set(cohorts)
    return [
        way_of(method, person, now, is_enrolled=method.pk in mine, is_member=method.admits_cohort_id in member_of)
        for method in methods.order_by("position", "pk")
    ]


def way_of(method: Method, person: Person, now: datetime, *, is_enrolled: bool, is_member: bool) -> Way:
    taken: int = method.taken  # type: ignore[attr-defined]  # annotated by with_taken
    refusal = refusal_of(method, person, now, is_enrolled=is_enrolled, is_member=is_member)
    if refusal is None and is_full(method, taken):
        refusal = Refusal.FULL
    said = say_refusal(refusal, method) if refusal else ""
    return Way(method, KeyForm(method), said, is_enrolled, terms_of(method, taken))


def terms_of(method: Method, taken: int) -> list[tuple[str, str]]:
    """What the method gives and asks for, label by label."""
    terms = [
        (_("Role"), str(method.role)),
        (_("Group"), method.group.name if method.group else ""),
        (_("Places left"), say_places(method, taken)),
        (_("Open until"), say_moment(method.ends_at)),
        (_("Duration of the enrolment"), say_duration(method)),
        (_("Reserved for"), str(method.admits_cohort or "")),
    ]
    return [(label, words) for label, words in terms if words]


def show_ways(request: HttpRequest, course: Course, sent: KeyForm | None = None, **found: Any) -> HttpResponse:
    """The page; ``found`` says which method's form was ``sent`` and with which status to answer."""
    person = person_of(account_of(request))
    if not offered().filter(course=course).exists():
        raise Http404
    ways = ways_of(course, person, timezone.now()) if person else []
    for way in ways:
        if sent is not None and way.method.pk == found.get("method"):
            way.form = sent
    context = {"course": course, "ways": ways, "person": person, "tabs": tabs_of("")}
    return render(request, "courses/self_enrol.html", context, status=found.get("status", 200))


def take_way(request: HttpRequest, course: Course) -> HttpResponse:
    """Enrol by the method of the form, or say why not where one can mend it."""
    account, asked = account_of(request), request.POST.get("method", "")
    person = person_of(account)
    if person is None:
        return show_ways(request, course)
    known = asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_ID
    method = offered().filter(course=course, pk=int(asked)).select_related("course").first() if known else None
    if method is None:
        return give_up(request, say_refusal(Refusal.GONE))
    form = KeyForm(method, request.POST)
    if not form.is_valid():
        return show_ways(request, course, form, method=method.pk)
    applicant = Applicant(person, account, address_of(request))
    try:
        enrol_oneself(applicant, method, form.cleaned_data.get("key", ""))
    except TooManyAttempts as many:
        form.add_error("key", say_wait(many.wait))
        return show_ways(request, course, form, method=method.pk, status=TOO_MANY_REQUESTS)
    except EnrolmentRefused as refused:
        return answer_refused(request, course, form, method, refused)
    wake_outbox()
    messages.success(request, _("You are enrolled in “%(course)s”.") % {"course": course})
    return redirect("courses:my_courses")


def answer_refused(
    request: HttpRequest, course: Course, form: KeyForm, method: Method, refused: EnrolmentRefused
) -> HttpResponse:
    """A wrong key at its field; whoever is in already, by a form sent twice, to their courses; the rest to the list."""
    if refused.refusal == Refusal.KEY:
        form.add_error("key", say_refusal(Refusal.KEY))
        return show_ways(request, course, form, method=method.pk)
    if refused.refusal == Refusal.ENROLLED:
        messages.info(request, say_refusal(Refusal.ENROLLED))
        return redirect("courses:my_courses")
    return give_up(request, say_refusal(refused.refusal, refused.method))


def give_up(request: HttpRequest, why: str) -> HttpResponse:
    messages.warning(request, why)
    return redirect("courses:open_courses")
