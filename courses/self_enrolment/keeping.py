"""What somebody may do with the enrolment that they gave themselves: withdraw it, or renew it."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from cohorts.models import AskedRow, Person
from courses.asked_relations import GROUPS, IS_MEMBER
from courses.deletion import hold_courses
from courses.hand.enrolment_verbs import text_of
from courses.models import Course, Enrolment, GroupMember, Method
from courses.self_enrolment.own_run import PLACES, carry_out, enrolment_row
from courses.terms import end_by
from enrolhub.access.models import User
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Run

SuspendedBy = Enrolment.SuspendedBy


class Obstacle(StrEnum):
    """Why an enrolment cannot be withdrawn or renewed by whoever's it is."""

    ABSENT = "absent"
    SUSPENDED = "suspended"
    NOT_ALLOWED = "not_allowed"
    CLOSED = "closed"
    NOT_YET = "not_yet"


class Refused(Exception):
    """The enrolment stays as it is, because of ``obstacle``."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle)
        self.obstacle = obstacle


def obstacle_to_withdrawing(enrolment: Enrolment) -> Obstacle | None:
    """Why it cannot be withdrawn: somebody suspended by a teacher would come back by enrolling anew."""
    if enrolment.suspended_by == SuspendedBy.HAND:
        return Obstacle.SUSPENDED
    return None if enrolment.method.may_withdraw else Obstacle.NOT_ALLOWED


def obstacle_to_renewing(enrolment: Enrolment, now: datetime) -> Obstacle | None:
    """Why it cannot be renewed. A renewal lasts as long as a new enrolment of today."""
    method = enrolment.method
    if enrolment.suspended_by not in (SuspendedBy.NOBODY, SuspendedBy.END):
        return Obstacle.SUSPENDED
    if not method.may_renew or not method.duration_days or enrolment.ends_at is None:
        return Obstacle.NOT_ALLOWED
    begun = method.starts_at is None or method.starts_at <= now
    lasts = method.ends_at is None or method.ends_at > now
    if not (method.enabled and begun and lasts):
        return Obstacle.CLOSED
    new_end = end_by(method, now)
    return None if new_end and new_end > enrolment.ends_at else Obstacle.NOT_YET


@transaction.atomic
def withdraw(account: User, person: Person, method: Method) -> Run:
    """Take the person's own enrolment away, with the groups that end with it. Raises Refused."""
    enrolment = _held(person, method)
    obstacle = obstacle_to_withdrawing(enrolment)
    if obstacle:
        raise Refused(obstacle)
    rows = [enrolment_row(method, facts_of(enrolment), ""), *_places_left(enrolment)]
    return carry_out(account, method, person, "withdraw", rows)


@transaction.atomic
def renew(account: User, person: Person, method: Method) -> Run:
    """Let the person's own enrolment last as long as a new one. Raises Refused."""
    now = timezone.now()
    enrolment = _held(person, method)
    obstacle = obstacle_to_renewing(enrolment, now)
    if obstacle:
        raise Refused(obstacle)
    role, _suspension, starts, _end = facts_parts(enrolment)
    after = join_facts([role, "", starts, text_of(end_by(enrolment.method, now))])
    return carry_out(account, method, person, "renew", [enrolment_row(method, facts_of(enrolment), after)])


def _held(person: Person, method: Method) -> Enrolment:
    """The person's enrolment, while nobody else changes the course."""
    hold_courses(Course.objects.filter(pk=method.course_id))
    rows = Enrolment.objects.filter(method=method, person=person, method__kind=Method.Kind.SELF)
    enrolment = rows.select_related("method__course", "role").first()
    if enrolment is None:
        raise Refused(Obstacle.ABSENT)
    return enrolment


def facts_parts(enrolment: Enrolment) -> tuple[str, str, str, str]:
    role, suspension = enrolment.role.short_name, enrolment.suspended_by
    return role, suspension, text_of(enrolment.starts_at), text_of(enrolment.ends_at)


def facts_of(enrolment: Enrolment) -> str:
    """An enrolment as the ledger says it."""
    return join_facts(facts_parts(enrolment))


def _places_left(enrolment: Enrolment) -> list[AskedRow]:
    """The groups that the enrolment gave, and those given by hand when it is the last one in the course."""
    method, person = enrolment.method, enrolment.person_id
    places = GroupMember.objects.filter(person=person, group__course=method.course_id).select_related("group")
    others = Enrolment.objects.filter(method__course=method.course_id, person=person).exclude(pk=enrolment.pk)
    rows = [_place(PLACES, method.pk, place) for place in places.filter(method=method)]
    if not others.exists():
        rows += [_place(GROUPS, method.course_id, place) for place in places.filter(method__isnull=True)]
    return rows


def _place(relation: str, ref: int, place: GroupMember) -> AskedRow:
    return AskedRow(relation=relation, ref=ref, item=place.group.code, before=IS_MEMBER, facts="")
