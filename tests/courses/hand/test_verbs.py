"""The laws of every verb: the preview says what confirming does, an undo is the identity, a moved course is refused."""

import pytest

from courses.hand.confirming import CourseMoved, carry_out
from courses.hand.preview import ActionPreview
from courses.models import Enrolment
from enrolhub.access.models import User
from enrolhub.sync.models import Change, Run
from tests.courses.hand.campus import VERBS, Campus, confirm, state, undo, usernames
from tests.dumps import tables

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", VERBS)
def test_the_preview_says_what_confirming_does(campus: Campus, staff: User, verb: str) -> None:
    proposal = campus.propose(verb, staff)
    rows = sorted(
        (r.relation, r.action, r.username, r.item, r.before, r.facts) for p in proposal.parts for r in p.read()
    )
    touched, left = usernames(proposal), dict(proposal.people.exclude(left="").values_list("username", "left"))
    digest = ActionPreview(proposal).digest
    before = tables()
    assert (touched, left) != ([], {})
    assert tables() == before
    run = carry_out(proposal, verb, digest)
    columns = ("scope__phase__relation", "action", "person", "item", "before", "after")
    assert rows == sorted(Change.objects.filter(scope__phase__run=run).values_list(*columns))
    assert (run.state, run.digest, run.author) == (Run.State.APPLIED, digest, staff)
    assert sorted({row[2] for row in rows}) == touched
    assert dict(run.left_out.values_list("person__username", "reason")) == left
    assert not run.asked_rows.exists()


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_an_undo_is_the_identity_and_so_is_the_undo_of_it(campus: Campus, staff: User, verb: str) -> None:
    before = state()
    run = confirm(campus.propose(verb, staff), verb)
    after = state()
    assert after != before
    back = undo(run)
    assert (back.state, back.finding_count, state()) == ("applied", 0, before)
    assert (undo(back).state, state()) == ("applied", after)


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_left_to_do_after_it_was_done(campus: Campus, staff: User, verb: str) -> None:
    names = campus.everyone()
    confirm(campus.propose(verb, staff, *names), verb)
    again = campus.propose(verb, staff, *names)
    assert [row for part in again.parts for row in part.read()] == []
    assert usernames(again) == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_course_that_moved_is_refused_and_nothing_is_written(campus: Campus, staff: User, verb: str) -> None:
    proposal = campus.propose(verb, staff)
    digest = ActionPreview(proposal).digest
    first = next(row for part in proposal.parts for row in part.read())
    Enrolment.objects.filter(person=first.member, method__course=campus.space).delete()
    campus.group().members.filter(person=first.member).delete()
    campus.method("database").exclusions.filter(person=first.member).delete()
    before = tables()
    with pytest.raises(CourseMoved):
        carry_out(campus.propose(verb, staff), verb, digest)
    assert tables() == before
