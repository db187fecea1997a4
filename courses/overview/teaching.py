"""A person's own courses: those they teach, as cards, and those they attend, as titles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from cohorts.queries import is_overdue
from courses.models import Course, Enrolment, Method, Role
from courses.participants.statuses import is_active
from courses.presence import ENROLMENT_LABELS
from enrolhub.sync.queries import movement_since

#: Cards on the home page; the list of courses has them all.
CARDS = 12
RECENT = timedelta(days=7)


@dataclass
class CourseCard:
    """One course as a card. Dates are UTC; `refreshed_at` is the oldest refresh of its enabled synced methods."""

    course: Course
    participants: int = 0
    by_role: list[tuple[str, int]] = field(default_factory=list)
    arrived: int = 0
    departed: int = 0
    is_synced: bool = False
    refreshed_at: datetime | None = None
    is_overdue: bool = False


def course_cards(courses: QuerySet[Course], now: datetime) -> list[CourseCard]:
    """The first courses, this year's before the others, each with its figures; a constant number of queries."""
    ordered = courses.select_related("platform").order_by("-academic_year", "title_key", "code")[:CARDS]
    cards = {course.pk: CourseCard(course) for course in ordered}
    _count_people(cards)
    _add_movement(cards, now - RECENT)
    _add_freshness(cards, now)
    return list(cards.values())


def _count_people(cards: dict[int, CourseCard]) -> None:
    rows = Enrolment.objects.filter(method__course__in=list(cards)).order_by()
    everyone = rows.values_list("method__course").annotate(people=Count("person", distinct=True))
    for course_id, people in everyone:
        cards[course_id].participants = people
    roles: Sequence[Role] = list(Role.objects.all())
    counts = rows.values_list("method__course", "role").annotate(people=Count("person", distinct=True))
    by_role = {(course_id, role_id): people for course_id, role_id, people in counts}
    for course_id, card in cards.items():
        found = ((str(role), by_role.get((course_id, role.pk), 0)) for role in roles)
        card.by_role = sorted(((label, people) for label, people in found if people), key=lambda pair: -pair[1])


def _add_movement(cards: dict[int, CourseCard], since: datetime) -> None:
    moved = movement_since([card.course.code for card in cards.values()], ENROLMENT_LABELS, since)
    for card in cards.values():
        card.arrived, card.departed = moved.get(card.course.code, (0, 0))


def _add_freshness(cards: dict[int, CourseCard], now: datetime) -> None:
    synced = Method.objects.filter(course__in=list(cards), kind__in=Method.SYNCED, enabled=True).order_by()
    never = Count("pk", filter=Q(refreshed_at__isnull=True))
    for course_id, oldest, unrefreshed in synced.values_list("course").annotate(
        oldest=Min("refreshed_at"), never=never
    ):
        card = cards[course_id]
        card.is_synced = True
        card.refreshed_at = None if unrefreshed else oldest
        card.is_overdue = is_overdue(card.refreshed_at, now)


def courses_attended(user: Any, now: datetime) -> QuerySet[Course]:
    """The visible courses in which the person of this username has an active enrolment, whatever the role."""
    enrolments = Enrolment.objects.filter(is_active(now), person__username=user.username)
    attended = Course.objects.filter(visible=True, pk__in=enrolments.order_by().values("method__course"))
    return attended.select_related("platform").order_by("-academic_year", "title_key", "code")
