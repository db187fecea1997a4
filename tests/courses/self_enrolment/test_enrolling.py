"""Enrolling by oneself, withdrawing, renewing: runs of the engine, in the ledger, taken back like any other."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.models import Delivery, Enrolment, GroupKey, GroupMember, Message, Method
from courses.self_enrolment.enrolling import Applicant, EnrolmentRefused, TooManyAttempts, enrol_oneself
from courses.self_enrolment.keeping import Obstacle, Refused, renew, withdraw
from courses.self_enrolment.openings import Refusal, open_to
from courses.terms import end_after
from enrolhub.access.models import Attempts, Event
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import request_undo
from enrolhub.sync.wording import run_name
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    role,
)
from tests.open_course import KEY

pytestmark = pytest.mark.django_db


def refusal(who: Applicant, way: Method, key: str = KEY) -> Refusal:
    with pytest.raises(EnrolmentRefused) as refused:
        enrol_oneself(who, way, key)
    return refused.value.refusal


def changes(run: Run) -> list[tuple[Any, ...]]:
    columns = ("scope__phase__relation", "scope__code", "action", "person", "item", "reason")
    return list(Change.objects.filter(scope__phase__run=run).order_by("pk").values_list(*columns))


def test_the_key_opens_the_course_with_its_terms(applicant: Applicant, way: Method) -> None:
    way.group = GroupFactory(course=way.course, code="td1")
    way.role = role("observer")
    way.save()
    run = enrol_oneself(applicant, way, KEY)
    row = Enrolment.objects.get(person=applicant.person)
    assert (row.method, row.role, row.ends_at) == (way, role("observer"), end_after(run.requested_at, 30))
    assert (row.created_run, run.state, run.author, run.arrivals) == (run, "applied", applicant.account, 1)
    assert changes(run) == [("self", "OUV1", "A", "etu", "", ""), ("group_members.self", "OUV1", "A", "etu", "td1", "")]
    assert list(GroupMember.objects.values_list("group__code", "method")) == [("td1", way.pk)]
    assert "OUV1" in run_name(run)
    assert not run.asked_rows.exists()


def test_an_enrolment_can_be_taken_back_with_its_groups(applicant: Applicant, way: Method) -> None:
    GroupKey.objects.create(method=way, group=GroupFactory(course=way.course, code="td2"), key="groupe-deux")
    run = enrol_oneself(applicant, way, "groupe-deux")
    assert list(GroupMember.objects.values_list("group__code", flat=True)) == ["td2"]
    back = attempt_run(request_undo(run))
    assert (back.state, Enrolment.objects.count(), GroupMember.objects.count()) == ("applied", 0, 0)


def test_a_wrong_key_enrols_nobody_and_is_traced_without_the_key(applicant: Applicant, way: Method) -> None:
    assert refusal(applicant, way, "Printemps-2026") == Refusal.KEY
    assert (Enrolment.objects.exists(), Run.objects.exists()) == (False, False)
    event = Event.objects.get()
    assert (event.actor, event.action, event.target, "2026" in str(event.detail)) == (
        "etu",
        "key_refused",
        "OUV1",
        False,
    )


def test_after_too_many_wrong_keys_not_even_the_right_one_is_taken(
    applicant: Applicant, way: Method, settings: Any
) -> None:
    settings.KEY_ATTEMPTS = 3
    for _ in range(3):
        refusal(applicant, way, "wrong-key")
    for key in ("wrong-key", KEY):
        with pytest.raises(TooManyAttempts) as many:
            enrol_oneself(applicant, way, key)
        assert timedelta(0) < many.value.wait <= timedelta(minutes=settings.KEY_LOCK_MINUTES)
    assert Event.objects.count() == 3
    Attempts.objects.update(since=timezone.now() - timedelta(minutes=settings.KEY_LOCK_MINUTES))
    enrol_oneself(applicant, way, KEY)


def test_a_right_key_costs_no_attempt(applicant: Applicant, way: Method) -> None:
    enrol_oneself(applicant, way, KEY)
    assert set(Attempts.objects.values_list("count", flat=True)) == {0}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("enabled", False, Refusal.GONE),
        ("starts_at", timezone.now() + timedelta(days=1), Refusal.EARLY),
        ("ends_at", timezone.now() - timedelta(days=1), Refusal.LATE),
        ("capacity", 0, Refusal.FULL),
    ],
)
def test_what_changed_between_the_page_and_the_form_counts(
    applicant: Applicant, way: Method, name: str, value: Any, expected: Refusal
) -> None:
    Method.objects.filter(pk=way.pk).update(**{name: value})
    assert refusal(applicant, way) == expected
    assert not Run.objects.exists()


def test_a_method_that_was_deleted_enrols_nobody(applicant: Applicant, way: Method) -> None:
    Method.objects.filter(pk=way.pk).delete()
    assert refusal(applicant, way) == Refusal.GONE


def test_the_members_of_the_cohort_alone_are_let_in(applicant: Applicant, way: Method) -> None:
    cohort = CohortFactory()
    Method.objects.filter(pk=way.pk).update(admits_cohort=cohort)
    now = timezone.now()
    assert (refusal(applicant, way), list(open_to(applicant.person, now))) == (Refusal.COHORT, [])
    CohortMemberFactory(cohort=cohort, person=applicant.person)
    assert list(open_to(applicant.person, now)) == [way]
    enrol_oneself(applicant, way, KEY)
    assert list(open_to(applicant.person, now)) == []


def test_somebody_enrolled_is_not_enrolled_twice(applicant: Applicant, way: Method) -> None:
    enrol_oneself(applicant, way, KEY)
    assert (refusal(applicant, way), Run.objects.count()) == (Refusal.ENROLLED, 1)


def test_whoever_enrols_is_welcomed_once(applicant: Applicant, way: Method) -> None:
    Method.objects.filter(pk=way.pk).update(welcome_message="Bonjour {prenom}", capacity=None)
    enrol_oneself(applicant, way, KEY)
    withdraw(applicant.account, applicant.person, way)
    enrol_oneself(applicant, way, KEY)
    assert list(Delivery.objects.values_list("person", "state")) == [(applicant.person.pk, "queued")]
    assert Message.objects.get().sender is None


def test_withdrawing_takes_the_groups_along_and_frees_the_place(applicant: Applicant, way: Method) -> None:
    Method.objects.filter(pk=way.pk).update(capacity=1, group=GroupFactory(course=way.course, code="td1"))
    enrol_oneself(applicant, way, KEY)
    GroupMemberFactory(group=GroupFactory(course=way.course, code="hand"), person=applicant.person)
    run = withdraw(applicant.account, applicant.person, way)
    assert (Enrolment.objects.count(), GroupMember.objects.count(), run.departures) == (0, 0, 1)
    assert [(line[0], line[2], line[5]) for line in changes(run)] == [
        ("self", "D", "withdrew"),
        ("group_members.self", "D", "enrolment_left"),
        ("group_members.hand", "D", "last_enrolment_left"),
    ]
    enrol_oneself(applicant, way, KEY)
    Enrolment.objects.update(suspended_by="hand")
    with pytest.raises(Refused) as refused:
        withdraw(applicant.account, applicant.person, way)
    assert refused.value.obstacle == Obstacle.SUSPENDED


def test_places_by_hand_stay_with_another_enrolment(applicant: Applicant, way: Method) -> None:
    enrol_oneself(applicant, way, KEY)
    EnrolmentFactory(course=way.course, person=applicant.person)
    GroupMemberFactory(group=GroupFactory(course=way.course), person=applicant.person)
    withdraw(applicant.account, applicant.person, way)
    assert (GroupMember.objects.count(), Enrolment.objects.count()) == (1, 1)


def test_renewing_lasts_as_long_as_a_new_enrolment_and_resumes(applicant: Applicant, way: Method) -> None:
    Method.objects.filter(pk=way.pk).update(may_renew=True)
    enrol_oneself(applicant, way, KEY)
    before = timezone.now().replace(microsecond=0) - timedelta(days=1)
    Enrolment.objects.update(ends_at=before, suspended_by="end")
    run = renew(applicant.account, applicant.person, way)
    row = Enrolment.objects.get()
    assert (row.ends_at, row.suspended_by, run.alterations) == (end_after(run.requested_at, 30), "", 1)
    attempt_run(request_undo(run))
    assert (Enrolment.objects.get().ends_at, Enrolment.objects.get().suspended_by) == (before, "end")
    for obstacle, changed in ((Obstacle.CLOSED, {"enabled": False}), (Obstacle.NOT_ALLOWED, {"may_renew": False})):
        Method.objects.filter(pk=way.pk).update(**changed)
        with pytest.raises(Refused) as refused:
            renew(applicant.account, applicant.person, way)
        assert refused.value.obstacle == obstacle


def test_nobody_else_s_enrolment_is_touched(applicant: Applicant, way: Method) -> None:
    EnrolmentFactory(method=way)
    for deed in (withdraw, renew):
        with pytest.raises(Refused) as refused:
            deed(applicant.account, applicant.person, way)
        assert refused.value.obstacle == Obstacle.ABSENT
