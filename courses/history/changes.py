"""The changes of one course that took effect, whatever run made them: a night, a file, a hand, an undo."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, QuerySet, When

from cohorts.models import Person
from courses.models import Course, Method
from enrolhub.sync.models import Change

#: Memberships given by a method are told of the method, those given by hand of the course.
GROUPS, HAND = "group_members.", "group_members.hand"
ENROLMENT_RELATIONS = Method.KINDS
GROUP_RELATIONS = (*(f"{GROUPS}{kind}" for kind in ENROLMENT_RELATIONS), HAND)
#: The relations whose rows make the list; who is kept out by hand is told of the method as well.
LISTED_RELATIONS = (*ENROLMENT_RELATIONS, *GROUP_RELATIONS)
EXCLUSIONS = "exclusions"
RELATIONS = (*LISTED_RELATIONS, EXCLUSIONS)

_IS_DEPARTURE = Q(action=Change.Action.DEPARTURE)
#: Departures that were held and approved took effect in the run of their approval, and are found there.
TOOK_EFFECT = (_IS_DEPARTURE & Q(scope__departed_at__isnull=False)) | (
    ~_IS_DEPARTURE & Q(scope__arrived_at__isnull=False)
)
#: When a change took effect (UTC): its scope says it, departures apart from arrivals and alterations.
TOOK_EFFECT_AT = Case(
    When(_IS_DEPARTURE, then=F("scope__departed_at")), default=F("scope__arrived_at"), output_field=DateTimeField()
)


def changes_of_course(course: Course) -> QuerySet[Any]:
    """What changed in the course, each change with ``at``, the instant (UTC) at which it took effect; in no order."""
    return (
        Change.objects.filter(TOOK_EFFECT, scope__code=course.code)
        .filter(scope__phase__relation__in=RELATIONS, scope__phase__run__dry_run=False)
        .annotate(at=TOOK_EFFECT_AT)
        .order_by()
    )


def took_effect(bound: str, instant: datetime) -> Q:
    """Whether a change took effect before or after an instant; ``bound`` is ``gt``, ``gte``, ``lt`` or ``lte``."""
    departed = Q(**{f"scope__departed_at__{bound}": instant})
    arrived = Q(**{f"scope__arrived_at__{bound}": instant})
    return (_IS_DEPARTURE & departed) | (~_IS_DEPARTURE & arrived)


def seen_in(changes: QuerySet[Any], course: Course, seen_groups: Sequence[int] | None) -> QuerySet[Any]:
    """The changes that a viewer may see: all of them, or those of the groups seen and of the people who are in them."""
    if seen_groups is None:
        return changes
    members = Person.objects.filter(group_memberships__group__in=seen_groups).order_by().values("username")
    codes = course.groups.filter(pk__in=seen_groups).order_by().values("code")
    of_groups = Q(scope__phase__relation__in=GROUP_RELATIONS, item__in=codes)
    return changes.filter(of_groups | Q(person__in=members))
