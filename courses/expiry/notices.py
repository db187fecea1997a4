"""Telling people that their enrolment ends soon, and their teachers who that is: once for each end, by the outbox.

Whom a course tells, and what it tells them, is one transaction: whatever dies in between, nobody is told twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from cohorts.models import Person
from cohorts.relations import ELIGIBLE
from courses.deletion import hold_courses
from courses.expiry.relations import ENDING
from courses.expiry.words import words_for_person, words_for_teachers
from courses.messages.automatic import post_message
from courses.models import Course, EndNotice, Enrolment, Method
from courses.participants.statuses import is_active
from enrolhub.sync.select_into import insert_from

#: People whom a teacher's notice names; the others are counted.
NAMED = 40


@dataclass(frozen=True)
class Ending:
    """People, by name, whose enrolments by one method end at one moment."""

    method: Method
    ends_at: datetime
    people: QuerySet[Person]


def tell_endings(now: datetime | None = None) -> int:
    """Tell everybody who is to be told now; how many enrolments that was."""
    now = now or timezone.now()
    courses = Course.objects.filter(pk__in=untold(now).order_by().values("method__course"))
    return sum(tell_course(course, now) for course in courses.select_related("platform").order_by("pk"))


def untold(now: datetime) -> QuerySet[Enrolment]:
    """Enrolments that end within the days of their method and whose end nobody was told of."""
    days = Method.objects.filter(kind__in=ENDING, notice_days__gt=0).order_by().values_list("notice_days", flat=True)
    soon = Q(pk__in=[])
    for number in days.distinct():
        soon |= Q(method__notice_days=number, ends_at__lte=now + timedelta(days=number or 0))
    told = EndNotice.objects.filter(method=OuterRef("method"), person=OuterRef("person"), ends_at=OuterRef("ends_at"))
    ending = Enrolment.objects.filter(is_active(now), soon, ends_at__gt=now, method__kind__in=ENDING)
    return ending.filter(~Exists(told), method__course__visible=True, person__account_state__in=ELIGIBLE)


@transaction.atomic
def tell_course(course: Course, now: datetime) -> int:
    """Tell the people of one course, then its teachers."""
    hold_courses(Course.objects.filter(pk=course.pk))
    at = Value(now, output_field=DateTimeField())
    rows = untold(now).filter(method__course=course).order_by()
    count = insert_from(
        EndNotice, ["method", "person", "ends_at", "told_at"], rows.values_list("method", "person", "ends_at", at)
    )
    endings = endings_told(course, now)
    for ending in endings:
        token = token_of("end", ending.method.pk, ending.ends_at.isoformat(), now.isoformat())
        post_message(course, token, partial(words_for_person, ending.method, ending.ends_at), ending.people)
    if endings:
        tell_teachers(course, endings, now)
    return count


def endings_told(course: Course, now: datetime) -> Sequence[Ending]:
    """The ends told at this very moment, the soonest first."""
    notices = EndNotice.objects.filter(method__course=course, told_at=now).order_by("ends_at", "method_id")
    pairs = list(notices.values_list("method_id", "ends_at").distinct())
    methods = Method.objects.in_bulk({pk for pk, _ends_at in pairs})
    return [Ending(methods[pk], ends_at, people_told(pk, ends_at, now)) for pk, ends_at in pairs]


def people_told(method: int, ends_at: datetime, now: datetime) -> QuerySet[Person]:
    told = EndNotice.objects.filter(method=method, ends_at=ends_at, told_at=now, person=OuterRef("pk"))
    return Person.objects.filter(Exists(told)).order_by("last_name_key", "first_name_key", "username")


def tell_teachers(course: Course, endings: Sequence[Ending], now: datetime) -> None:
    """One mail to those who may renew: who ends when. In separate groups it names nobody: not every teacher sees everyone."""
    teaching = Enrolment.objects.filter(is_active(now), method__course=course, role__may_edit=True)
    teachers = Person.objects.filter(Exists(teaching.filter(person=OuterRef("pk"))), account_state__in=ELIGIBLE)
    if not teachers.exists():
        return
    words = partial(words_for_teachers, course, [(each.ends_at, names_of(course, each)) for each in endings])
    token = token_of("endings", course.pk, now.isoformat())
    page = reverse("courses:participants", args=[course.code])
    post_message(course, token, words, teachers, page)


def names_of(course: Course, ending: Ending) -> tuple[Sequence[str], int]:
    """The first names of one end, and how many people there are besides."""
    count = ending.people.count()
    named = [] if course.separate_groups else [f"{each} ({each.username})" for each in ending.people[:NAMED]]
    return named, count - len(named)


def token_of(*parts: object) -> UUID:
    """The identity of a message that the site itself writes: the same for the same matter."""
    return uuid5(NAMESPACE_URL, "enrolhub:" + ":".join(map(str, parts)))
