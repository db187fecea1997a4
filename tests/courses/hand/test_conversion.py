"""Automatic enrolments turned into enrolments by hand: they stay whatever the registers say, with their groups, until their end."""

from collections.abc import Sequence

import pytest

from courses.hand.conversion import Conversion, propose_converting
from courses.hand.preview import ActionPreview
from courses.models import Enrolment, Exclusion, Method
from enrolhub.access.models import User
from enrolhub.sync.models import Run
from tests.courses.hand.campus import EARLY, END, Campus, confirm, left_of, state, undo
from tests.factories import CohortFactory, CohortMemberFactory, EnrolmentFactory, MethodFactory, role
from tests.registers import enrolled, grouped

pytestmark = pytest.mark.django_db


def convert(campus: Campus, author: User, *names: str, methods: Sequence[int] = (), keeps_groups: bool = True) -> Run:
    asked = Conversion(END, methods, keeps_groups)
    return confirm(propose_converting(campus.choose(author, *names), asked), "convert")


@pytest.mark.slow
def test_the_promotion_stays_when_the_registers_let_it_go(campus: Campus, staff: User) -> None:
    campus.registers.night()
    convert(campus, staff, "e2", "e3", "e4")
    assert not {"e2", "e3", "e4"} & set(enrolled(campus.space))
    assert {"e2", "e3", "e4"} <= set(enrolled(campus.space, "manual"))
    row = Enrolment.objects.get(method=campus.method("manual"), person__username="e2")
    assert (row.role.short_name, row.ends_at) == ("student", END)
    after = state()
    # Still named by the registers, they do not come back twice; named no more, they stay.
    campus.registers.night()
    assert state() == after
    campus.registers.leave(2, 3)
    night = campus.registers.night()
    assert (night.departures, night.held) == (0, 0)
    assert {"e2", "e3", "e4"} <= set(enrolled(campus.space, "manual"))


@pytest.mark.slow
def test_groups_are_kept_or_go(campus: Campus, staff: User) -> None:
    assert ("APOGEE", "e2", "database") in grouped(campus.space)
    by_hand = [place for place in grouped(campus.space) if not place[2]]
    kept = convert(campus, staff, "e2")
    assert ("APOGEE", "e2", "manual") in grouped(campus.space)
    assert ("APOGEE", "e2", "database") not in grouped(campus.space)
    campus.registers.night()
    assert ("APOGEE", "e2", "manual") in grouped(campus.space)
    undo(kept)
    convert(campus, staff, "e2", keeps_groups=False)
    assert [place for place in grouped(campus.space) if place[1] == "e2" and place[2]] == []
    # Places by hand are nobody's method's: they stay, since the person does.
    assert [place for place in grouped(campus.space) if not place[2]] == by_hand


def test_a_kept_group_is_told_as_kept(campus: Campus, staff: User) -> None:
    [line] = ActionPreview(propose_converting(campus.choose(staff, "e2"), Conversion(END))).changed_lines
    said = [words for words in line.changes if "Groupe" in words]
    assert len(said) == 1
    assert said[0].startswith(("Keeps", "Garde"))


def test_two_reasons_become_one_enrolment_with_the_first_of_their_roles(campus: Campus, staff: User) -> None:
    cohort = CohortFactory()
    person = Enrolment.objects.get(person__username="e9", method=campus.method("database")).person
    CohortMemberFactory(cohort=cohort, person=person)
    second = MethodFactory(
        course=campus.space, kind=Method.Kind.COHORT_SYNC, source_cohort=cohort, role=role("tutor"), position=9
    )
    EnrolmentFactory(method=second, person=person, role=role("tutor"))
    before = state()
    run = convert(campus, staff, "e9")
    rows = Enrolment.objects.filter(method__course=campus.space, person=person)
    first = min((role("student"), role("tutor")), key=lambda each: each.position)
    assert [(row.method.kind, row.role) for row in rows] == [("manual", first)]
    assert Exclusion.objects.filter(person=person).count() == 2
    undo(run)
    assert state() == before


def test_only_the_method_named_is_turned(campus: Campus, staff: User) -> None:
    run = convert(campus, staff, "e2", "m1", methods=[campus.method("meta_link").pk])
    assert (enrolled(campus.space, "meta_link"), "e2" in enrolled(campus.space)) == ([], True)
    assert dict(run.left_out.values_list("person__username", "reason")) == {"e2": "not_in_method"}


def test_an_enrolment_by_hand_lasts_as_long_as_the_one_that_becomes_one(campus: Campus, staff: User) -> None:
    manual = Enrolment.objects.filter(method=campus.method("manual"), person__username="e1")
    assert manual.get().ends_at == EARLY
    convert(campus, staff, "e1")
    assert (manual.get().ends_at, "e1" in enrolled(campus.space)) == (END, False)


def test_what_is_left_is_told(campus: Campus, staff: User) -> None:
    preview = ActionPreview(campus.propose("convert", staff, "h1", "e6"))
    assert (preview.touched_count, sorted(left_of(preview))) == (0, ["e6", "h1"])
