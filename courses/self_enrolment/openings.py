"""Which self-enrolments are open to a person, and why one is not."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cohorts.models import CohortMember, Person
from cohorts.relations import ELIGIBLE
from courses.models import Enrolment, Method


class Refusal(StrEnum):
    """Why somebody cannot enrol by themselves, in the order in which it is told."""

    ACCOUNT = "account"
    GONE = "gone"
    ENROLLED = "enrolled"
    EARLY = "early"
    LATE = "late"
    COHORT = "cohort"
    FULL = "full"
    KEY = "key"


def refusal_of(method: Method, person: Person, now: datetime, *, is_enrolled: bool, is_member: bool) -> Refusal | None:
    """Why the person cannot enrol by the method at that instant, whatever the key and the places; None when they can.

    ``is_member`` says whether they are in the cohort that the method admits.
    """
    reasons = {
        Refusal.ACCOUNT: person.account_state not in ELIGIBLE,
        Refusal.GONE: not method.enabled or not method.course.visible,
        Refusal.ENROLLED: is_enrolled,
        Refusal.EARLY: method.starts_at is not None and method.starts_at > now,
        Refusal.LATE: method.ends_at is not None and method.ends_at <= now,
        Refusal.COHORT: method.admits_cohort_id is not None and not is_member,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def is_full(method: Method, taken: int) -> bool:
    """Whether no place is left when so many are taken: everyone enrolled by the method has one, whatever their status."""
    return method.capacity is not None and taken >= method.capacity


def offered() -> QuerySet[Method]:
    """The self-enrolments that exist for whoever may use them: enabled, in visible courses."""
    return Method.objects.filter(kind=Method.Kind.SELF, enabled=True, course__visible=True)


def open_to(person: Person | None, now: datetime) -> QuerySet[Method]:
    """The self-enrolments by which the person could enrol now, full ones too, with the places ``taken``."""
    if person is None or person.account_state not in ELIGIBLE:
        return Method.objects.none()
    begun = Q(starts_at__isnull=True) | Q(starts_at__lte=now)
    lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    member = CohortMember.objects.filter(cohort=OuterRef("admits_cohort"), person=person)
    admitted = Q(admits_cohort__isnull=True) | Q(Exists(member))
    mine = Enrolment.objects.filter(method=OuterRef("pk"), person=person)
    return with_taken(offered().filter(begun, lasting, admitted, ~Exists(mine)))


def with_taken(methods: QuerySet[Method]) -> QuerySet[Method]:
    """Add how many places are ``taken``."""
    rows = Enrolment.objects.filter(method=OuterRef("pk")).order_by().values("method")
    taken = Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return methods.annotate(taken=Coalesce(taken, 0))


def admits(method: Method, person: Person) -> bool:
    """Whether the person is in the cohort that the method admits, if it admits but one."""
    if method.admits_cohort_id is None:
        return True
    return CohortMember.objects.filter(cohort=method.admits_cohort_id, person=person).exists()
