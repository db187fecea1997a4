"""What hands did outlives the nights, and what only a night gives is left to it."""

import pytest

from courses.hand.exclusion_verbs import propose_excluding
from courses.models import Enrolment, Exclusion
from enrolhub.access.models import User
from enrolhub.sync.models import Hold
from tests.courses.hand.campus import END, VERBS, Campus, confirm, state, undo
from tests.registers import enrolled, figures, grouped

pytestmark = pytest.mark.django_db

DAILY = {"suspend", "remove", "exclude"}


@pytest.mark.parametrize(
    "verb", [verb if verb in DAILY else pytest.param(verb, marks=pytest.mark.slow) for verb in VERBS]
)
def test_a_night_changes_nothing_of_what_a_hand_did(campus: Campus, staff: User, verb: str) -> None:
    # The night before has its say on what the fixture wrote behind its back.
    campus.registers.night()
    confirm(campus.propose(verb, staff), verb)
    before = state()
    campus.registers.night()
    assert state() == before


@pytest.mark.slow
def test_a_suspension_by_hand_outlives_the_return_and_the_policy(campus: Campus, staff: User) -> None:
    confirm(campus.propose("suspend", staff, "e2", "m1"), "suspend")
    campus.registers.night()
    assert "(e2)" in enrolled(campus.space)
    assert enrolled(campus.space, "meta_link") == ["(m1)"]
    confirm(campus.propose("resume", staff, "e2", "m1"), "resume")
    campus.registers.night()
    assert "e2" in enrolled(campus.space)
    assert enrolled(campus.space, "meta_link") == ["m1"]


def test_an_end_by_hand_stays_and_a_source_s_dates_are_not_touched(campus: Campus, staff: User) -> None:
    run = confirm(campus.propose("set-end", staff, "e2", "m1"), "set-end")
    assert list(run.left_out.values_list("person__username", "reason")) == [("m1", "dates_of_source")]
    campus.registers.night()
    assert Enrolment.objects.get(person__username="e2", method__course=campus.space).ends_at == END


def test_whom_a_hand_excluded_no_night_brings_back_until_it_is_lifted(campus: Campus, staff: User) -> None:
    confirm(campus.propose("exclude", staff, "e2", "e3"), "exclude")
    campus.registers.night()
    assert not {"e2", "e3"} & set(enrolled(campus.space))
    assert not [place for place in grouped(campus.space) if place[1] in ("e2", "e3")]
    lifted = confirm(campus.propose("lift-exclusion", staff, "e2"), "lift-exclusion")
    assert "e2" in enrolled(campus.space)
    assert figures(lifted) == {"arrivals": 1}
    # The group of APOGÉE comes with the night; nothing else is left to do.
    assert campus.registers.night().arrivals == 0
    assert ("APOGEE", "e2", "database") in grouped(campus.space)
    assert "e3" not in enrolled(campus.space)


def test_the_undo_of_an_exclusion_lifts_it_with_its_groups(campus: Campus, staff: User) -> None:
    before = state()
    undo(confirm(campus.propose("exclude", staff, "e2"), "exclude"))
    assert state() == before
    campus.registers.night()
    assert "e2" in enrolled(campus.space)


def test_an_exclusion_from_a_link_or_a_cohort_is_lifted_at_once_too(campus: Campus, staff: User) -> None:
    link = campus.method("meta_link")
    confirm(propose_excluding(campus.choose(staff, "m1"), link), "exclude")
    campus.registers.night()
    assert enrolled(campus.space, "meta_link") == []
    confirm(campus.propose("lift-exclusion", staff, "m1"), "lift-exclusion")
    assert enrolled(campus.space, "meta_link") == ["m1"]


def test_nobody_comes_back_by_a_disabled_method(campus: Campus, staff: User) -> None:
    confirm(campus.propose("exclude", staff, "e2"), "exclude")
    campus.space.methods.filter(kind="database").update(enabled=False)
    run = confirm(campus.propose("lift-exclusion", staff, "e2"), "lift-exclusion")
    assert figures(run) == {}
    assert list(run.left_out.values_list("reason", flat=True)) == ["not_back_yet"]
    assert not Exclusion.objects.filter(person__username="e2").exists()


@pytest.mark.slow
def test_departures_by_hand_hold_back_none_of_the_next_night(campus: Campus, staff: User) -> None:
    campus.registers.night()
    confirm(campus.propose("exclude", staff, "e2", "e3", "e4"), "exclude")
    campus.registers.leave(9)
    night = campus.registers.night()
    assert (night.departures, Hold.objects.count()) == (1, 0)
