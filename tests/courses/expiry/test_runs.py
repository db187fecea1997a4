"""What becomes of enrolments at their end: as their method says, by a run that can be taken back, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.expiry.relations import expired
from courses.expiry.runs import apply_expiries, request_expiry
from courses.hand.chosen import Chosen
from courses.hand.confirming import carry_out
from courses.hand.preview import ActionPreview
from courses.hand.renewal import propose_renewing
from courses.models import Course, Enrolment, GroupMember, Method
from courses.tasks import end_enrolments
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import request_undo
from enrolhub.sync.wording import run_name, say_reason
from tests.dumps import tables
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
OVER, LASTING = NOW - timedelta(minutes=1), NOW + timedelta(days=1)


@pytest.fixture
def space(db: None) -> Course:
    """Two people by hand and two by themselves, one of each at the end."""
    course: Course = CourseFactory(code="FIN1")
    own = MethodFactory(course=course, kind=Method.Kind.SELF)
    for method, names in ((course.methods.get(kind="manual"), ("h1", "h2")), (own, ("s1", "s2"))):
        for name, ends_at in zip(names, (OVER, LASTING), strict=True):
            EnrolmentFactory(method=method, person=PersonFactory(username=name), ends_at=ends_at)
    return course


def policy(course: Course, policy: str, **where: Any) -> None:
    course.methods.filter(**where).update(expiry_policy=policy)


def seats() -> list[tuple[str, str]]:
    return sorted(Enrolment.objects.values_list("person__username", "suspended_by"))


def applied() -> Run:
    run = apply_expiries()
    assert run is not None
    return run


def test_kept_enrolments_need_no_run(space: Course) -> None:
    before = tables()
    assert (apply_expiries(), tables() == before) == (None, True)


def test_each_method_has_its_policy_and_the_ledger_says_so(space: Course) -> None:
    policy(space, "withdraw", kind="manual")
    policy(space, "suspend", kind="self")
    run = applied()
    assert seats() == [("h2", ""), ("s1", "end"), ("s2", "")]
    rows = Change.objects.filter(scope__phase__run=run).order_by("pk")
    assert list(rows.values_list("scope__phase__relation", "person", "action", "reason")) == [
        ("manual", "h1", "D", "ended"),
        ("self", "s1", "D", "ended"),
    ]
    assert (run.state, run.kind, run.departures) == ("applied", "expiry", 2)
    assert say_reason("ended") != "ended"
    assert "2" in run_name(run)
    assert apply_expiries() is None


def test_groups_go_with_the_enrolment_and_by_hand_with_the_last_one(space: Course) -> None:
    policy(space, "withdraw")
    manual, own = space.methods.get(kind="manual"), space.methods.get(kind="self")
    people = {each.person.username: each.person for each in Enrolment.objects.select_related("person")}
    EnrolmentFactory(method=own, person=people["h1"])
    td1, td2 = GroupFactory(course=space, code="td1"), GroupFactory(course=space, code="td2")
    for name, method in (("h1", manual), ("s1", own), ("s2", own)):
        GroupMemberFactory(group=td1, person=people[name], method=method)
        GroupMemberFactory(group=td2, person=people[name])
    before = sorted(GroupMember.objects.values_list("group__code", "person__username", "method__kind"))
    run = applied()
    left = GroupMember.objects.values_list("group__code", "person__username", "method__kind")
    assert sorted(left, key=str) == [("td1", "s2", "self"), ("td2", "h1", None), ("td2", "s2", None)]
    attempt_run(request_undo(run))
    assert sorted(GroupMember.objects.values_list("group__code", "person__username", "method__kind")) == before


@pytest.mark.parametrize("what", ["suspend", "withdraw"])
def test_what_was_taken_back_stays_until_the_end_is_another_one(space: Course, what: str) -> None:
    policy(space, what, kind="manual")
    before = seats()
    back = attempt_run(request_undo(applied()))
    assert (back.state, seats()) == ("applied", before)
    assert apply_expiries() is None
    Enrolment.objects.filter(person__username="h1").update(ends_at=OVER - timedelta(hours=1))
    assert applied().departures == 1


def test_the_undo_of_an_undo_ends_them_again(space: Course) -> None:
    policy(space, "withdraw", kind="manual")
    run = applied()
    after = seats()
    back = attempt_run(request_undo(run))
    attempt_run(request_undo(back))
    assert (seats(), apply_expiries()) == (after, None)


def test_a_renewed_enrolment_is_resumed_and_ends_anew(space: Course) -> None:
    policy(space, "suspend", kind="manual")
    applied()
    person = Enrolment.objects.get(suspended_by="end").person
    chosen = Chosen(space, [person.pk], UserFactory.create(is_superuser=True))
    proposal = propose_renewing(chosen, LASTING)
    carry_out(proposal, "renew", ActionPreview(proposal).digest)
    assert ("h1", "") in seats()
    assert apply_expiries() is None
    Enrolment.objects.filter(person=person).update(ends_at=OVER)
    assert applied().departures == 1


def test_an_enrolment_renewed_between_the_plan_and_the_writing_stays(space: Course) -> None:
    policy(space, "withdraw", kind="manual")
    run = request_expiry(timezone.now())
    assert run is not None

    def renew_meanwhile(phase: Any) -> None:
        Enrolment.objects.filter(person__username="h1").update(ends_at=LASTING)

    attempt_run(run, renew_meanwhile)
    assert ("h1", "") in seats()


def test_one_suspended_by_a_teacher_is_not_suspended_once_more(space: Course) -> None:
    policy(space, "suspend", kind="manual")
    Enrolment.objects.filter(person__username="h1").update(suspended_by="hand")
    assert not expired(timezone.now()).exists()


def test_the_workers_do_it_each_hour(space: Course) -> None:
    policy(space, "withdraw")
    end_enrolments()
    end_enrolments()
    assert (seats(), Run.objects.count()) == ([("h2", ""), ("s2", "")], 1)
