"""Groups of a course and the members of one, with what gave each of them their place."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cohorts.models import Person
from courses.history.changes import HAND, changes_of_course
from courses.models import Course, Group, GroupMember, Method
from enrolhub.sync.models import Change, Run


def groups_of(course: Course) -> QuerySet[Any]:
    """The groups of a course, each with ``member_count`` (people, each once) and the methods that give it."""
    people = GroupMember.objects.filter(group=OuterRef("pk")).order_by().values("group")
    counts = people.annotate(number=Count("person", distinct=True)).values("number")
    number = Coalesce(Subquery(counts, output_field=IntegerField()), 0)
    return Group.objects.filter(course=course).annotate(member_count=number).prefetch_related("given_by")


def member_count_of(group: Any) -> int:
    """How many people are in a group that ``groups_of`` has found."""
    return int(group.member_count)


def members_of(group: Group) -> QuerySet[Person]:
    """The people of a group, each once, with ``since`` (UTC), when they got their first place in it."""
    return Person.objects.filter(group_memberships__group=group).annotate(since=Min("group_memberships__since"))


@dataclass(frozen=True)
class Giver:
    """What gave somebody their place: a method, or a hand (no method) by the ``run`` that the ledger names, if any."""

    method: Method | None
    since: datetime
    run: Run | None


def givers_of(group: Group, person_ids: Collection[int]) -> Mapping[int, list[Giver]]:
    """What gave each of these people their places in the group, by their ids: two queries."""
    runs = _runs_by_hand(group, person_ids)
    givers: dict[int, list[Giver]] = defaultdict(list)
    places = GroupMember.objects.filter(group=group, person__in=person_ids).select_related("method")
    for place in places.order_by("since", "pk"):
        run = runs.get(place.person_id) if place.method is None else None
        givers[place.person_id].append(Giver(place.method, place.since, run))
    return givers


def _runs_by_hand(group: Group, person_ids: Collection[int]) -> dict[int, Run]:
    """The last run that gave each person a place by hand."""
    changes = changes_of_course(group.course).filter(
        scope__phase__relation=HAND, action=Change.Action.ARRIVAL, item=group.code, member__in=person_ids
    )
    changes = changes.select_related("scope__phase__run__author", "scope__phase__run__undoes").order_by("at", "pk")
    return {change.member: change.scope.phase.run for change in changes}
