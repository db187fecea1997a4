"""« Mes cours »: the courses in which the person of the account is enrolled, and what they may do with their own enrolments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cohorts.models import Person
from courses.messages.sending import person_of
from courses.models import Course, Enrolment, Method
from courses.pages.frame import Tab
from courses.pages.list_preferences import account_of
from courses.participants.statuses import LABELS, RANKS, status_of
from courses.participants.wording import STATUS_TONES
from courses.self_enrolment.keeping import Refused, obstacle_to_renewing, obstacle_to_withdrawing, renew, withdraw
from courses.self_enrolment.wording import say_obstacle
from courses.terms import end_by
from enrolhub.web.refusals import refusal_of

SELF = Method.Kind.SELF


@dataclass(frozen=True)
class OwnEnrolment:
    """One enrolment of the person: its state in words, and what they may do with it."""

    enrolment: Enrolment
    status: str
    is_over: bool
    may_withdraw: bool
    may_renew: bool

    @property
    def tone(self) -> str:
        return STATUS_TONES[self.status]

    @property
    def label(self) -> str:
        return str(LABELS[self.status])


@dataclass
class OwnCourse:
    """One course of the person, with their enrolments in it, the best state first."""

    course: Course
    enrolments: list[OwnEnrolment] = field(default_factory=list)


def tabs_of(current: str) -> list[Tab]:
    """The two pages of somebody's own courses."""
    labels = {"my_courses": _("My courses"), "open_courses": _("Enrol in a course")}
    return [Tab(label, reverse(f"courses:{name}"), name == current, None) for name, label in labels.items()]


@require_safe
def list_own_courses(request: HttpRequest) -> HttpResponse:
    now, person = timezone.now(), person_of(account_of(request))
    context = {"own": own_courses(person, now) if person else [], "person": person, "tabs": tabs_of("my_courses")}
    return render(request, "courses/my_courses.html", context)


def own_courses(person: Person, now: datetime) -> Sequence[OwnCourse]:
    """The visible courses in which the person is enrolled, this year's first; one query."""
    rows = Enrolment.objects.filter(person=person, method__course__visible=True)
    rows = rows.select_related("role", "method__course__platform")
    order = ("-method__course__academic_year", "method__course__title_key", "method__course__code")
    found: dict[int, OwnCourse] = {}
    for enrolment in rows.order_by(*order, "method__position", "pk"):
        course = enrolment.method.course
        found.setdefault(course.pk, OwnCourse(course)).enrolments.append(own_enrolment(enrolment, now))
    for own in found.values():
        own.enrolments.sort(key=lambda each: RANKS[each.status])
    return list(found.values())


def own_enrolment(enrolment: Enrolment, now: datetime) -> OwnEnrolment:
    status = status_of(
        suspended=bool(enrolment.suspended_by),
        method_enabled=enrolment.method.enabled,
        starts_at=enrolment.starts_at,
        ends_at=enrolment.ends_at,
        at=now,
    )
    by_oneself = enrolment.method.kind == SELF
    return OwnEnrolment(
        enrolment,
        status,
        is_over=enrolment.ends_at is not None and enrolment.ends_at <= now,
        may_withdraw=by_oneself and obstacle_to_withdrawing(enrolment) is None,
        may_renew=by_oneself and obstacle_to_renewing(enrolment, now) is None,
    )


def own_enrolment_or_404(request: HttpRequest, method_id: int) -> tuple[Person, Enrolment]:
    """The enrolment by that self-enrolment of the person of the account; anybody else's is no page."""
    person = person_of(account_of(request))
    rows = Enrolment.objects.filter(method=method_id, person=person, method__kind=SELF)
    enrolment = rows.select_related("method__course__platform", "role").first() if person else None
    if person is None or enrolment is None:
        raise refusal_of(Enrolment.objects.filter(method=method_id))
    return person, enrolment


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_self(request: HttpRequest, method_id: int) -> HttpResponse:
    """Ask whether one really leaves the course, then leave it."""
    if request.method == "POST":
        return do_withdraw(request, method_id)
    _person, enrolment = own_enrolment_or_404(request, method_id)
    obstacle = obstacle_to_withdrawing(enrolment)
    others = Enrolment.objects.filter(method__course=enrolment.method.course_id, person=enrolment.person_id)
    context = {
        "enrolment": enrolment,
        "course": enrolment.method.course,
        "obstacle": say_obstacle(obstacle) if obstacle else "",
        "stays": others.exclude(pk=enrolment.pk).exists(),
        "tabs": tabs_of(""),
    }
    return render(request, "courses/self_withdraw.html", context)


def do_withdraw(request: HttpRequest, method_id: int) -> HttpResponse:
    """Leave the course; a form sent twice finds that it was done."""
    person = person_of(account_of(request))
    method = Method.objects.filter(pk=method_id, kind=SELF).select_related("course").first()
    if person is None or method is None:
        raise Http404
    try:
        withdraw(account_of(request), person, method)
    except Refused as refused:
        messages.warning(request, say_obstacle(refused.obstacle))
    else:
        messages.success(request, _("You have withdrawn from “%(course)s”.") % {"course": method.course})
    return redirect("courses:my_courses")


@require_POST
def renew_self(request: HttpRequest, method_id: int) -> HttpResponse:
    """Let one's own enrolment last as long as a new one."""
    person, enrolment = own_enrolment_or_404(request, method_id)
    method = enrolment.method
    try:
        renew(account_of(request), person, method)
    except Refused as refused:
        messages.warning(request, say_obstacle(refused.obstacle))
    else:
        until = timezone.localtime(end_by(method, timezone.now()))
        words = {"course": method.course, "day": f"{until:%d/%m/%Y}"}
        messages.success(request, _("Your enrolment in “%(course)s” now lasts until %(day)s.") % words)
    return redirect("courses:my_courses")
