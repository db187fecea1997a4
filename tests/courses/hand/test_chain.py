"""Runs by hand that a worker conducts: killed and taken up again, refused when the course moved, one at a time in a course."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cohorts.models import AskedRow
from courses.hand.confirming import CourseBusy, CourseMoved, carry_out
from courses.hand.preview import ActionPreview
from courses.models import Enrolment
from courses.tasks import conduct, sweep_runs
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.wording import say_message
from tests.courses.hand.campus import VERBS, Campus, confirm, state, undo
from tests.dumps import ledger
from tests.factories import role
from tests.sync.test_conduct import Counter, Killed

pytestmark = pytest.mark.django_db


@pytest.fixture
def to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every action is large enough for a worker."""
    monkeypatch.setattr("courses.hand.confirming.AT_ONCE", 0)


@pytest.mark.usefixtures("to_workers")
@pytest.mark.long
@pytest.mark.parametrize("verb", ["exclude", "lift-exclusion"])
def test_a_run_whose_worker_was_killed_is_taken_up_and_does_the_same(campus: Campus, staff: User, verb: str) -> None:
    before = state()
    whole = confirm(campus.propose(verb, staff), verb)
    conduct(whole.pk)
    done, written = state(), ledger(whole)
    undo(whole)
    assert state() == before
    fatal = 1
    while True:
        run = confirm(campus.propose(verb, staff), verb)
        try:
            attempt_run(run, Counter(fatal))
        except Killed:
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            sweep_runs()
            run.refresh_from_db()
            assert (run.state, run.resumed, state(), ledger(run)) == ("applied", True, done, written)
            assert not AskedRow.objects.exists()
            undo(run)
            fatal += 1
            continue
        break
    assert fatal > 2


@pytest.mark.usefixtures("to_workers")
@pytest.mark.parametrize("verb", VERBS)
def test_what_moved_before_the_worker_came_refuses_the_run_whole(campus: Campus, staff: User, verb: str) -> None:
    proposal = campus.propose(verb, staff)
    first = next(row for part in proposal.parts for row in part.read())
    run = confirm(proposal, verb)
    Enrolment.objects.filter(person=first.member, method__course=campus.space).update(role=role("observer"))
    campus.group().members.filter(person=first.member).delete()
    campus.method("database").exclusions.filter(person=first.member).delete()
    if verb == "add-to-group":
        campus.group().members.create(person_id=first.member)
    before = state()
    conduct(run.pk)
    run.refresh_from_db()
    assert (run.state, state(), ledger(run)) == ("refused", before, [])
    assert "nothing was done" in say_message(run.message) or "rien n’a été fait" in say_message(run.message)
    assert not AskedRow.objects.exists()


@pytest.mark.usefixtures("to_workers")
def test_one_change_at_a_time_in_a_course(campus: Campus, staff: User) -> None:
    first = confirm(campus.propose("suspend", staff, "h1"), "suspend")
    with pytest.raises(CourseBusy):
        confirm(campus.propose("suspend", staff, "h3"), "suspend")
    conduct(first.pk)
    conduct(confirm(campus.propose("suspend", staff, "h3"), "suspend").pk)
    assert Enrolment.objects.filter(suspended_by="hand", person__username__in=["h1", "h3"]).count() == 2


@pytest.mark.usefixtures("to_workers")
def test_a_form_sent_twice_gives_the_run_that_is_under_way(campus: Campus, staff: User) -> None:
    proposal = campus.propose("suspend", staff, "h1")
    digest = ActionPreview(proposal).digest
    first = carry_out(proposal, "suspend", digest)
    assert carry_out(campus.propose("suspend", staff, "h1"), "suspend", digest) == first
    conduct(first.pk)
    assert carry_out(campus.propose("suspend", staff, "h1"), "suspend", digest) == first


def test_somebody_else_s_preview_is_nobody_s_excuse(campus: Campus, staff: User) -> None:
    other = User.objects.create(username="other", is_superuser=True)
    digest = ActionPreview(campus.propose("suspend", staff, "h1")).digest
    confirm(campus.propose("suspend", staff, "h1"), "suspend")
    with pytest.raises(CourseMoved):
        carry_out(campus.propose("suspend", other, "h1"), "suspend", digest)


def test_nothing_to_do_makes_no_run(campus: Campus, staff: User) -> None:
    with pytest.raises(CourseMoved):
        confirm(campus.propose("resume", staff, "h1"), "resume")
    assert not Run.objects.filter(kind="hand").exists()
