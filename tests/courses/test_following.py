"""Courses follow a cohort as soon as its members are changed by hand, and so do the courses that take people from them."""

import pytest

from cohorts.changed import cohort_members_changed, tell_changed
from courses.following import FollowChain, follow_cohorts
from courses.models import Enrolment, GroupMember
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.models import Change, Run
from tests.courses.setup.campus import Campus, make_campus, undo
from tests.factories import CohortMemberFactory, GroupMemberFactory, HandCohortFactory, MethodFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return make_campus()


def in_course(campus: Campus) -> set[str]:
    rows = Enrolment.objects.filter(method__course=campus.course, method__kind="cohort_sync")
    return set(rows.values_list("person__username", flat=True))


def follow(campus: Campus) -> Run:
    run = follow_cohorts([campus.cohort.pk])
    assert run is not None
    return conduct_run(run, FollowChain(run))


def test_who_comes_to_the_cohort_comes_to_the_course_and_who_leaves_it_leaves(campus: Campus) -> None:
    link = MethodFactory(course=campus.source, kind="meta_link", source_course=campus.course)
    campus.cohort.members.get(person__username="kept").delete()
    newcomer = PersonFactory(username="newcomer")
    CohortMemberFactory(cohort=campus.cohort, person=newcomer)
    run = follow(campus)
    assert (run.state, in_course(campus)) == ("applied", {"twice", "newcomer"})
    assert set(link.enrolments.values_list("person__username", flat=True)) == {"here", "twice", "newcomer", "oneself"}
    assert set(GroupMember.objects.filter(group__code="td1").values_list("person__username", flat=True)) == {
        "twice",
        "newcomer",
    }
    reasons = Change.objects.filter(scope__phase__run=run, action="D").order_by("scope__phase__position")
    assert list(reasons.values_list("person", "reason")) == [
        ("kept", "left_cohort"),
        ("kept", "enrolment_left"),
        ("kept", "last_enrolment_left"),
    ]
    assert undo(run).state == "applied"
    assert in_course(campus) == {"twice", "kept"}


def test_emptying_a_cohort_is_not_held(campus: Campus) -> None:
    campus.cohort.members.all().delete()
    assert (follow(campus).state, in_course(campus)) == ("applied", set())


def test_one_run_that_waits_does_for_all_that_happens_meanwhile(campus: Campus) -> None:
    first = follow_cohorts([campus.cohort.pk])
    assert first is not None
    assert follow_cohorts([campus.cohort.pk]) is None
    Run.objects.filter(pk=first.pk).update(state=Run.State.RUNNING)
    second = follow_cohorts([campus.cohort.pk])
    assert second is not None
    assert follow_cohorts([campus.cohort.pk]) is None
    assert second.lane == f"{first.lane}:next"


def test_a_cohort_that_no_course_follows_makes_no_run(campus: Campus) -> None:
    assert follow_cohorts([HandCohortFactory().pk, campus.other.pk]) is None
    assert not Run.objects.exists()


def test_the_signal_of_a_change_is_heard(campus: Campus, django_capture_on_commit_callbacks: object) -> None:
    GroupMemberFactory(group__course=campus.course)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's fixture
        tell_changed([campus.cohort.pk])
    run = Run.objects.get()
    assert (run.kind, run.options["cohort_ids"], run.author) == ("follow", [campus.cohort.pk], None)
    assert cohort_members_changed.has_listeners()
