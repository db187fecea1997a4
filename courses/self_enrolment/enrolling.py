"""Enrolling by oneself: the key, then under the lock of the course the places, then a run of the engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cohorts.models import AskedRow, Person
from courses.asked_relations import IS_MEMBER
from courses.deletion import hold_courses
from courses.hand.enrolment_verbs import text_of
from courses.messages.automatic import post_to_one_more
from courses.models import Course, Enrolment, Group, Method
from courses.self_enrolment.keys import WrongKey, buckets_of, group_opened_by, needs_key, window
from courses.self_enrolment.openings import Refusal, admits, is_full, refusal_of
from courses.self_enrolment.own_run import PLACES, carry_out, enrolment_row
from courses.self_enrolment.welcome import welcome_of
from courses.terms import end_by
from enrolhub.access.models import User
from enrolhub.access.throttling import give_back, take_attempt
from enrolhub.access.trail import record_event
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Run


class EnrolmentRefused(Exception):
    """Somebody cannot enrol; nothing was written. ``method`` is as it was found, None when it is gone."""

    def __init__(self, refusal: Refusal, method: Method | None = None) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.method = method


class TooManyAttempts(Exception):
    """So many wrong keys were tried that one has to wait for ``wait``."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True)
class Applicant:
    """Who asks to enrol: a person, by an account, from a network address."""

    person: Person
    account: User
    address: str


def enrol_oneself(who: Applicant, method: Method, key: str = "") -> Run:
    """Enrol the applicant by the method. Raises EnrolmentRefused and TooManyAttempts; belongs outside of any transaction."""
    if not needs_key(method):
        return _enrol(who, method, key)
    buckets = buckets_of(who.person, method.course, who.address)
    wait = take_attempt(buckets, window())
    if wait is not None:
        raise TooManyAttempts(wait)
    try:
        run = _enrol(who, method, key)
    except EnrolmentRefused as refused:
        if refused.refusal == Refusal.KEY:
            record_event(who.account.get_username(), "key_refused", method.course.code)
        else:
            give_back(buckets)
        raise
    give_back(buckets)
    return run


@transaction.atomic
def _enrol(who: Applicant, asked: Method, key: str) -> Run:
    now = timezone.now()
    # Until this is done nobody else takes a place of the course, and its methods stay as they are.
    hold_courses(Course.objects.filter(pk=asked.course_id))
    method = current(asked)
    refuse(method, who.person, now)
    try:
        opened = group_opened_by(method, key)
    except WrongKey:
        raise EnrolmentRefused(Refusal.KEY, method) from None
    if is_full(method, Enrolment.objects.filter(method=method).count()):
        raise EnrolmentRefused(Refusal.FULL, method)
    rows = rows_for(method, now, [group for group in (method.group, opened) if group])
    run = carry_out(who.account, method, who.person, "enrol", rows)
    welcome = welcome_of(method)
    if welcome:
        post_to_one_more(method.course, welcome.token, welcome.subject, welcome.body, who.person)
    return run


def current(method: Method) -> Method:
    """The method as it is now. Raises EnrolmentRefused when it is gone."""
    found = Method.objects.filter(pk=method.pk, kind=Method.Kind.SELF).select_related("course", "role", "group").first()
    if found is None:
        raise EnrolmentRefused(Refusal.GONE)
    return found


def refuse(method: Method, person: Person, now: datetime) -> None:
    """Raise EnrolmentRefused when something keeps the person out, whatever the key."""
    is_enrolled = Enrolment.objects.filter(method=method, person=person).exists()
    refusal = refusal_of(method, person, now, is_enrolled=is_enrolled, is_member=admits(method, person))
    if refusal:
        raise EnrolmentRefused(refusal, method)


def rows_for(method: Method, now: datetime, groups: Iterable[Group]) -> list[AskedRow]:
    """What the engine is asked for: the enrolment, and a place in each of the groups."""
    facts = join_facts([method.role.short_name, "", "", text_of(end_by(method, now))])
    codes = dict.fromkeys(group.code for group in groups)
    places = [AskedRow(relation=PLACES, ref=method.pk, item=code, facts=IS_MEMBER) for code in codes]
    return [enrolment_row(method, "", facts), *places]
