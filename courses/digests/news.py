"""What changed in somebody's courses in a time: counts, and a few names. Only what they may see, and nothing they did themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from courses.digests.readers import codes_changed, taught_by
from courses.history.changes import (
    ENROLMENT_RELATIONS,
    GROUP_RELATIONS,
    LISTED_RELATIONS,
    changes_of_course,
    seen_in,
    took_effect,
)
from courses.models import Course
from courses.queries import groups_seen_by
from enrolhub.access.models import User
from enrolhub.sync.models import Change
from enrolhub.sync.wording import name_people, say_reason

#: Names given of those who came, and of those who left.
NAMED = 5
ARRIVAL, DEPARTURE, ALTERATION = Change.Action.ARRIVAL, Change.Action.DEPARTURE, Change.Action.ALTERATION


@dataclass(frozen=True)
class Movement:
    """How many enrolments came or went, and whose, for example."""

    count: int
    people: Sequence[str]


@dataclass(frozen=True)
class CourseNews:
    """What changed in one course: enrolments that came, went or were altered, and places in groups given or taken."""

    course: Course
    arrivals: Movement
    departures: Movement
    alterations: int
    places: int


def news_for(account: User, since: datetime, until: datetime, now: datetime) -> Iterator[CourseNews]:
    """What changed in the courses that the account teaches, one after the other by title; nothing of the others."""
    courses = taught_by(account.username, now).filter(code__in=codes_changed(since, until))
    for course in courses.order_by("title_key", "code"):
        news = _news_of(course, account, since, until)
        if news is not None:
            yield news


def _news_of(course: Course, account: User, since: datetime, until: datetime) -> CourseNews | None:
    changes = seen_in(changes_of_course(course), course, groups_seen_by(account, course))
    changes = changes.filter(took_effect("gte", since), took_effect("lt", until))
    changes = changes.filter(scope__phase__relation__in=LISTED_RELATIONS).exclude(scope__phase__run__author=account)
    of_people = Q(scope__phase__relation__in=ENROLMENT_RELATIONS)
    of_groups = Q(scope__phase__relation__in=GROUP_RELATIONS)
    counts = changes.aggregate(
        alterations=Count("pk", filter=of_people & Q(action=ALTERATION)), places=Count("pk", filter=of_groups)
    )
    enrolments = changes.filter(of_people)
    arrivals, departures = _movement(enrolments.filter(action=ARRIVAL)), _movement(enrolments.filter(action=DEPARTURE))
    if not (arrivals.count or departures.count or counts["alterations"] or counts["places"]):
        return None
    return CourseNews(course, arrivals, departures, counts["alterations"], counts["places"])


def _movement(changes: QuerySet[Any]) -> Movement:
    rows = list(changes.order_by("pk").values_list("person", "action", "reason")[:NAMED])
    names = name_people({person for person, _action, _reason in rows})
    people = []
    for person, action, reason in rows:
        name = names[person].name if person in names else person
        why = say_reason(reason) if action == DEPARTURE and reason else ""
        people.append(f"{name} ({why})" if why else name)
    return Movement(changes.count() if len(rows) == NAMED else len(rows), people)
