"""What every page of one course shows above its content: the course, how fresh it is, and the tabs to its pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cohorts.queries import is_overdue
from courses.models import Course, Enrolment, Group, Method
from courses.queries import courses_for
from enrolhub.web.refusals import refusal_of


@dataclass(frozen=True)
class CoursePage:
    """A page that every course has: the last word of its address name, its tab, and the number beside it, if any."""

    name: str
    label: str | Promise
    count: Callable[[Course], int] | None = None


@dataclass(frozen=True)
class Tab:
    """A tab of ``pieces/tabs.html``."""

    label: str
    url: str
    current: bool
    count: int | None


@dataclass(frozen=True)
class CourseFrame:
    """The frame of one page. ``refreshed_at`` is the oldest refresh of the enabled synced methods, None when one had none."""

    course: Course
    tabs: Sequence[Tab]
    is_synced: bool
    refreshed_at: datetime | None
    is_overdue: bool


def count_participants(course: Course) -> int:
    return Enrolment.objects.filter(method__course=course).values("person").distinct().count()


def count_methods(course: Course) -> int:
    return Method.objects.filter(course=course).count()


def count_groups(course: Course) -> int:
    return Group.objects.filter(course=course).count()


PAGES = (
    CoursePage("participants", _("Participants"), count_participants),
    CoursePage("methods", _("Enrolment methods"), count_methods),
    CoursePage("groups", _("Groups"), count_groups),
    CoursePage("verification", _("Verification")),
    CoursePage("history", _("History")),
)


def course_or_404(request: HttpRequest, code: str) -> Course:
    """The course of that code if this account may open it; otherwise there is no such page."""
    course = courses_for(request.user).select_related("platform").filter(code=code).first()
    if course is None:
        raise refusal_of(Course.objects.filter(code=code))
    return course


def frame_of(
    course: Course, current: str, methods: Sequence[Method] | None = None, counts: dict[str, int] | None = None
) -> CourseFrame:
    """The frame of a course's page; ``current`` is that page's name.

    A page that has read the methods, or knows the numbers beside the tabs, hands them over: they are not read again.
    """
    known = counts or {}
    read = Method.objects.filter(course=course) if methods is None else methods
    synced = [method for method in read if method.is_synced and method.enabled]
    times = [method.refreshed_at for method in synced]
    refreshed_at = min((at for at in times if at), default=None) if all(times) else None
    tabs = [
        Tab(
            label=str(page.label),
            url=reverse(f"courses:{page.name}", args=[course.code]),
            current=page.name == current,
            count=known[page.name] if page.name in known else page.count and page.count(course),
        )
        for page in PAGES
    ]
    overdue = bool(synced) and is_overdue(refreshed_at, timezone.now())
    return CourseFrame(course, tabs, bool(synced), refreshed_at, overdue)
