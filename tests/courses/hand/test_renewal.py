"""Renewing to a later end: who gets it, who does not, and what becomes of a suspension at the old end."""

from datetime import UTC, datetime

import pytest

from courses.hand.enrolment_verbs import propose_ending, propose_resuming
from courses.hand.preview import ActionPreview
from courses.hand.renewal import propose_renewing
from courses.models import Enrolment
from enrolhub.access.models import User
from tests.courses.hand.campus import EARLY, END, Campus, confirm, left_of, state, undo
from tests.registers import enrolled

pytestmark = pytest.mark.django_db


def end_of(campus: Campus, name: str, kind: str = "manual") -> datetime | None:
    return Enrolment.objects.get(method=campus.method(kind), person__username=name).ends_at


def test_only_what_has_an_end_and_no_source_is_renewed(campus: Campus, staff: User) -> None:
    preview = ActionPreview(campus.propose("renew", staff, "e1", "h1", "h2", "h3", "e7", "m1"))
    assert preview.touched_count == 2
    assert sorted(left_of(preview)) == ["e1", "e7", "h2", "h3", "m1"]
    run = confirm(campus.propose("renew", staff, "e1", "h1", "h2", "e7"), "renew")
    assert dict(run.left_out.values_list("person__username", "reason")) == {
        "e1": "renewed_by_source.database",
        "e7": "renewed_by_source.database",
        "h2": "no_end",
    }
    assert (end_of(campus, "e1"), end_of(campus, "h1"), end_of(campus, "e7", "database")) == (END, END, END)


def test_an_earlier_end_renews_nobody(campus: Campus, staff: User) -> None:
    earlier = datetime(2027, 1, 1, tzinfo=UTC)
    preview = ActionPreview(propose_renewing(campus.choose(staff, "h1"), earlier))
    assert (preview.touched_count, preview.left_count, end_of(campus, "h1")) == (0, 1, EARLY)


def test_a_suspension_at_the_end_is_lifted_with_a_later_end_and_by_nothing_else(campus: Campus, staff: User) -> None:
    Enrolment.objects.filter(person__username="h1").update(suspended_by="end")
    before = state()
    resumed = propose_resuming(campus.choose(staff, "h1"))
    assert ActionPreview(resumed).touched_count == 0
    for proposal in (
        propose_renewing(campus.choose(staff, "h1"), END),
        propose_ending(campus.choose(staff, "h1"), None),
    ):
        run = confirm(proposal, "renew")
        assert "h1" in enrolled(campus.space, "manual")
        undo(run)
        assert state() == before


def test_a_suspension_by_hand_outlives_the_renewal(campus: Campus, staff: User) -> None:
    Enrolment.objects.filter(person__username="h1").update(suspended_by="hand")
    confirm(campus.propose("renew", staff, "h1"), "renew")
    assert "(h1)" in enrolled(campus.space, "manual")
