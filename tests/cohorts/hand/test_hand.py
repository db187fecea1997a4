"""Cohorts kept by hand through the engine: each verb is a run that does what its preview said, once, and can be taken back."""

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from cohorts.changed import cohort_members_changed
from cohorts.hand.chain import ADD, CREATE, DELETE, REMOVE, RENAME
from cohorts.hand.confirming import CohortBusy, CohortMoved, carry_out
from cohorts.hand.proposal import Proposal
from cohorts.models import AskedRow, Cohort, CohortMember, Person
from enrolhub.access.models import User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Change, Run
from enrolhub.sync.undo import request_undo
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def told() -> Any:
    """The ids of the cohorts that were told to have changed."""
    heard: list[tuple[int, ...]] = []

    def listen(cohort_ids: tuple[int, ...], **_: Any) -> None:
        heard.append(cohort_ids)

    cohort_members_changed.connect(listen)
    yield heard
    cohort_members_changed.disconnect(listen)


def everybody() -> Any:
    return Person.objects.all()


def done(verb: str, cohort: Cohort, author: User, people: Any = None, name: str = "") -> Run:
    proposal = Proposal(verb, cohort, Person.objects.none() if people is None else people, name or cohort.name)
    return carry_out(proposal, author, proposal.digest)


def undone(run: Run) -> Run:
    return attempt_run(request_undo(run))


def members(cohort: Cohort) -> set[str]:
    return set(CohortMember.objects.filter(cohort=cohort).values_list("person__username", flat=True))


def ledger(run: Run) -> list[tuple[str, str, str, str, str, str]]:
    rows = Change.objects.filter(scope__phase__run=run).order_by("pk")
    return list(rows.values_list("scope__phase__relation", "action", "person", "item", "before", "after"))


def test_people_join_once_and_leave_again(author: User) -> None:
    cohort = HandCohortFactory()
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="a"))
    PersonFactory(username="b")
    proposal = Proposal(ADD, cohort, everybody(), cohort.name)
    assert (proposal.touched_count, proposal.left_count) == (1, 1)
    run = carry_out(proposal, author, proposal.digest)
    assert (run.state, run.arrivals, run.digest) == ("applied", 1, proposal.digest)
    assert ledger(run) == [("cohort_members.hand", "A", "b", "", "", "yes")]
    assert members(cohort) == {"a", "b"}
    assert not AskedRow.objects.exists()
    gone = done(REMOVE, cohort, author, Person.objects.filter(username="a"))
    assert [row[1:3] for row in ledger(gone)] == [("D", "a")]
    assert Change.objects.get(scope__phase__run=gone).reason == "removed_from_cohort"
    assert undone(gone).state == "applied"
    assert undone(run).state == "applied"
    assert members(cohort) == {"a"}


def test_a_closed_account_joins_and_is_told(author: User) -> None:
    cohort = HandCohortFactory()
    PersonFactory(username="a", account_state="inactive")
    proposal = Proposal(ADD, cohort, everybody(), cohort.name)
    assert proposal.closed_count == 1
    carry_out(proposal, author, proposal.digest)
    assert members(cohort) == {"a"}


def test_the_same_form_twice_is_one_run(author: User) -> None:
    cohort = HandCohortFactory()
    PersonFactory()
    digest = Proposal(ADD, cohort, everybody(), cohort.name).digest
    runs = [carry_out(Proposal(ADD, cohort, everybody(), cohort.name), author, digest) for _ in range(2)]
    assert runs[0] == runs[1]
    assert Run.objects.count() == 1


def test_what_moved_since_the_preview_does_nothing(author: User) -> None:
    cohort = HandCohortFactory()
    first, _second = PersonFactory(), PersonFactory()
    digest = Proposal(ADD, cohort, everybody(), cohort.name).digest
    CohortMemberFactory(cohort=cohort, person=first)
    with pytest.raises(CohortMoved):
        carry_out(Proposal(ADD, cohort, everybody(), cohort.name), author, digest)
    assert (Run.objects.count(), AskedRow.objects.count(), CohortMember.objects.count()) == (0, 0, 1)


def test_one_change_at_a_time(author: User) -> None:
    cohort = HandCohortFactory()
    PersonFactory()
    Run.objects.create(kind="cohort", lane=f"cohort:{cohort.pk}")
    with pytest.raises(CohortBusy):
        done(ADD, cohort, author, everybody())


def test_many_wait_for_a_worker(author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohorts.hand.confirming.AT_ONCE", 1)
    cohort = HandCohortFactory()
    people = [PersonFactory() for _ in range(3)]
    run = done(ADD, cohort, author, everybody())
    assert (run.state, run.options["people"], members(cohort)) == ("waiting", 3, set())
    assert attempt_run(run).state == "applied"
    assert members(cohort) == {person.username for person in people}


def test_what_moved_before_the_worker_came_does_nothing(author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohorts.hand.confirming.AT_ONCE", 1)
    cohort = HandCohortFactory()
    first, *_others = [PersonFactory() for _ in range(3)]
    run = done(ADD, cohort, author, everybody())
    CohortMemberFactory(cohort=cohort, person=first)
    run = attempt_run(run)
    assert (run.state, run.message, members(cohort)) == ("refused", "cohort_moved", {first.username})
    assert not AskedRow.objects.exists()


def test_a_cohort_is_created_renamed_and_deleted_and_each_is_taken_back(author: User) -> None:
    created = done(CREATE, Cohort(code="TUT", keeper="hand"), author, name="Tuteurs")
    assert ledger(created) == [("cohorts", "A", "", "TUT", "", "Tuteurs")]
    cohort = Cohort.objects.get(code="TUT", name="Tuteurs", name_key="tuteurs", keeper="hand")
    renamed = done(RENAME, cohort, author, name="Tutrices")
    assert ledger(renamed) == [("cohorts", "M", "", "TUT", "Tuteurs", "Tutrices")]
    cohort.refresh_from_db()
    CohortMemberFactory(cohort=cohort, person=PersonFactory(username="a"))
    deleted = done(DELETE, cohort, author, everybody())
    assert [row[:4] for row in ledger(deleted)] == [("cohort_members.hand", "D", "a", ""), ("cohorts", "D", "", "TUT")]
    assert not Cohort.objects.exists()
    assert undone(deleted).state == "applied"
    back = Cohort.objects.get(code="TUT")
    assert (back.pk, back.name, back.keeper, members(back)) == (cohort.pk, "Tutrices", "hand", {"a"})
    assert undone(renamed).state == "applied"
    assert Cohort.objects.get().name == "Tuteurs"


def test_taking_a_creation_back_spares_a_cohort_that_has_members(author: User) -> None:
    created = done(CREATE, Cohort(code="TUT", keeper="hand"), author, name="Tuteurs")
    CohortMemberFactory(cohort=Cohort.objects.get())
    taken_back = undone(created)
    assert (taken_back.state, taken_back.message) == ("refused", "cohort_not_empty")
    assert Cohort.objects.filter(code="TUT").exists()


def test_a_creation_is_taken_back(author: User) -> None:
    created = done(CREATE, Cohort(code="TUT", keeper="hand"), author, name="Tuteurs")
    assert undone(created).state == "applied"
    assert not Cohort.objects.exists()


def test_a_code_taken_meanwhile(author: User) -> None:
    other = HandCohortFactory(code="TUT", name="Autres")
    with pytest.raises(RunRefused) as refused:
        done(CREATE, Cohort(code="TUT", keeper="hand"), author, name="Tuteurs")
    assert refused.value.code == "cohort_code_taken"
    assert Cohort.objects.get() == other


def test_a_cohort_in_use_is_not_deleted(author: User) -> None:
    cohort = HandCohortFactory()
    CohortMemberFactory(cohort=cohort)
    MethodFactory(course=CourseFactory(), kind="cohort_sync", source_cohort=cohort)
    with pytest.raises(RunRefused) as refused:
        done(DELETE, cohort, author, everybody())
    assert refused.value.code == "cohort_used"
    assert CohortMember.objects.count() == 1
    assert not Run.objects.exists()


@pytest.mark.parametrize("used_meanwhile", [False, True])
def test_a_large_cohort_is_deleted_by_a_worker_unless_a_course_uses_it_by_then(
    author: User, monkeypatch: pytest.MonkeyPatch, used_meanwhile: bool
) -> None:
    monkeypatch.setattr("cohorts.hand.confirming.AT_ONCE", 1)
    cohort = HandCohortFactory()
    names = {CohortMemberFactory(cohort=cohort).person.username for _ in range(3)}
    run = done(DELETE, cohort, author, everybody())
    if used_meanwhile:
        MethodFactory(course=CourseFactory(), kind="cohort_sync", source_cohort=cohort)
    run = attempt_run(run)
    assert (run.state, run.message) == (("refused", "cohort_used") if used_meanwhile else ("applied", ""))
    assert members(cohort) == (names if used_meanwhile else set())
    assert Cohort.objects.exists() == used_meanwhile


def test_the_layers_above_hear_of_it_after_the_commit(
    author: User, told: list[tuple[int, ...]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    cohort = HandCohortFactory()
    PersonFactory()
    with django_capture_on_commit_callbacks(execute=True):
        run = done(ADD, cohort, author, everybody())
        assert told == []
    assert told == [(cohort.pk,)]
    with django_capture_on_commit_callbacks(execute=True):
        undone(run)
    assert set(told[1:]) == {(cohort.pk,)}
