"""The home page: the state of the nights for those who run them, their own courses for everyone else."""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cohorts.models import Person
from courses.models import Course, Enrolment
from courses.overview.nights import (
    SHOWN_NIGHTS,
    chart_description,
    last_due_on,
    last_night,
    next_night_at,
    night_on,
    night_runs,
    nights_until,
    usual_length,
    went_to_its_end,
)
from courses.overview.registers import registers_now
from courses.overview.teaching import CARDS, course_cards, courses_attended
from courses.overview.watch import watch_lines
from courses.queries import courses_for
from courses.self_enrolment.own_run import KIND as SELF_ENROLMENT
from enrolhub.sync.models import Run
from enrolhub.sync.queries import runs_holding
from enrolhub.sync.rules import can_view_runs
from enrolhub.sync.states import author_words, badge_of
from enrolhub.sync.wording import run_name, say_reason
from enrolhub.web.svg import nights_chart

#: Nights of the picture on a phone, and runs of the short list.
PHONE_NIGHTS, RECENT_RUNS = 14, 6
#: More than one night may run on a date: enough runs for thirty dates of ordinary use.
READ_RUNS = 3 * SHOWN_NIGHTS


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    if can_view_runs(request.user):
        return render(request, "courses/home_operations.html", _operations())
    now = timezone.now()
    courses = courses_for(request.user)
    count = courses.count()
    if count:
        context = {"cards": course_cards(courses, now), "count": count, "others": max(count - CARDS, 0), "now": now}
        return render(request, "courses/home_teacher.html", context)
    attended = list(courses_attended(request.user, now))
    return render(request, "courses/home_student.html", {"courses": attended, "now": now})


def _operations() -> dict[str, Any]:
    now = timezone.now()
    runs = list(night_runs()[:READ_RUNS])
    last = runs[0] if runs else None
    people = Person.objects.filter(Exists(Enrolment.objects.filter(person=OuterRef("pk"))))
    return {
        "now": now,
        "course_count": Course.objects.count(),
        "people_count": people.count(),
        "last_night": last_night(last, now),
        "registers": registers_now(now),
        "held_runs": [_held(held) for held in runs_holding()],
        "watch": watch_lines(next(filter(went_to_its_end, runs), None), now),
        "recent": [_recent(run) for run in recent_runs()],
        "next_night": next_night_at(now),
        "usual_length": usual_length(runs),
        "run_limit": {"percent": settings.GUARD_RUN_PERCENT, "count": settings.GUARD_RUN_COUNT},
        **_chart(runs, now),
    }


def recent_runs() -> QuerySet[Run]:
    """The last runs; those by which people enrol themselves are too many and too small to be news."""
    runs = Run.objects.exclude(kind=SELF_ENROLMENT).select_related("author", "undoes")
    return runs.order_by("-requested_at", "-id")[:RECENT_RUNS]


def _chart(runs: list[Run], now: Any) -> dict[str, Any]:
    """The picture of thirty nights, its figures, and its sums for the legend; nothing before the first night."""
    if not runs:
        return {}
    nights = nights_until(max(last_due_on(now), night_on(runs[0])), runs)
    title, description = _("Arrivals and departures, last 30 nights"), chart_description(nights)
    return {
        "chart": nights_chart(nights, title=title, description=description)
        + nights_chart(nights[-PHONE_NIGHTS:], title=title, description=description, width=320, kind="phone"),
        "nights": list(reversed(nights)),
        "any_refused": any(night.refused for night in nights),
        "sums": {name: sum(getattr(night, name) for night in nights) for name in ("arrivals", "departures", "held")},
    }


def _held(held: Any) -> dict[str, Any]:
    return {"held": held, "name": run_name(held.run), "why": [say_reason(reason) for reason in held.reasons]}


def _recent(run: Run) -> dict[str, Any]:
    return {"run": run, "name": run_name(run), "author": author_words(run), "badge": badge_of(run)}
