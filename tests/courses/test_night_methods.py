"""Nights of methods that follow a cohort or a course, policies on departure, groups, suspensions and exclusions."""

from datetime import UTC, datetime

import pytest

from cohorts.models import Cohort, CohortMember, Person
from courses.actions import add_methods
from courses.models import Course, Enrolment, Exclusion, GroupMember, Method, Platform
from enrolhub.sync.models import Change, Hold, Run
from tests.factories import CohortMemberFactory, GroupFactory, HandCohortFactory, role
from tests.registers import (
    ADMINISTRATIVE,
    Registers,
    course,
    enrolled,
    figures,
    grouped,
    logins,
    members,
    method_of,
    student_number,
)
from tests.worlds import once

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))


def without(*names: str) -> list[str]:
    return [name for name in CROWD if name not in names]


def follow_cohort(space: Course, code: str = "2026-L1INF", **fields: object) -> Method:
    """A cohort synchronisation of a cohort that stands."""
    cohort = Cohort.objects.get(code=code)
    fields = {"role": role(), **fields}
    add_methods([Method(course=space, kind=Method.Kind.COHORT_SYNC, source_cohort=cohort, **fields)])
    return method_of(space, "cohort_sync")


def follow_course(space: Course, source: Course, **fields: object) -> Method:
    fields = {"role": role(), **fields}
    add_methods([Method(course=space, kind=Method.Kind.META_LINK, source_course=source, **fields)])
    return method_of(space, "meta_link")


def enrol_by_hand(space: Course, username: str, **fields: object) -> None:
    fields = {"role": role(), **fields}
    Enrolment.objects.create(method=method_of(space, "manual"), person=Person.objects.get(username=username), **fields)


def set_policy(space: Course, policy: str, on: str) -> None:
    if on == "platform":
        Platform.objects.filter(pk=space.platform_id).update(departure_policy=policy)
    else:
        space.methods.update(departure_policy=policy)


def first_night(registers: Registers) -> None:
    registers.night()


@pytest.fixture
def known(registers: Registers) -> Registers:
    """Registers that a night has read: people and cohorts stand, no course is there yet."""
    once(first_night, registers)
    return registers


def test_a_course_follows_its_cohort_the_same_night(known: Registers) -> None:
    space = course("SANTE", feeding="collegium")
    follow_cohort(space)
    known.student(30)
    known.night()
    assert enrolled(space, "cohort_sync") == sorted([*CROWD, "e30"])
    known.leave(30)
    run = known.night()
    assert enrolled(space, "cohort_sync") == CROWD
    changes = Change.objects.filter(scope__phase__run=run, action="D").order_by("scope__phase__position")
    assert list(changes.values_list("scope__phase__relation", "scope__code", "person", "reason")) == [
        ("cohort_members", "2026-L1INF", "e30", "registration_missing"),
        ("cohort_sync", "SANTE", "e30", "left_cohort"),
    ]


def test_who_still_has_another_reason_stays(known: Registers) -> None:
    """e1 leaves the diploma, is also enrolled by hand; the other methods are none of the synchronisation's business."""
    space = course("INF101-26", "INF101")
    follow_cohort(space)
    known.night()
    enrol_by_hand(space, "e1")
    known.leave(1)
    known.night()
    found = {kind: enrolled(space, kind) for kind in ("database", "cohort_sync", "manual")}
    assert found == {"database": without("e1"), "cohort_sync": without("e1"), "manual": ["e1"]}


@pytest.mark.slow
def test_a_hand_kept_cohort_keeps_its_member_whose_account_closes_while_the_enrolment_goes(known: Registers) -> None:
    cohort = HandCohortFactory(code="TUTEURS")
    for name in CROWD[:8]:
        CohortMemberFactory(cohort=cohort, person=Person.objects.get(username=name))
    space = course("TUT", feeding="collegium")
    follow_cohort(space, "TUTEURS")
    known.night()
    known.close_account(1)
    known.leave(10)
    run = known.night()
    assert (members("TUTEURS"), enrolled(space, "cohort_sync")) == (CROWD[:8], [n for n in CROWD[:8] if n != "e1"])
    gone = Change.objects.filter(scope__phase__run=run, scope__phase__relation="cohort_sync")
    assert list(gone.values_list("scope__code", "action", "person", "reason")) == [("TUT", "D", "e1", "account_closed")]


def test_a_meta_link_takes_every_enrolment_but_those_of_meta_links(known: Registers) -> None:
    first, second, third = course("A", "INF101"), course("B", "INF201"), course("C")
    enrol_by_hand(second, "e1")
    follow_course(second, first)
    follow_course(third, second)
    known.student(30, programme="L2INF", unit="INF201")
    known.night()
    assert (enrolled(second, "database"), enrolled(second, "meta_link")) == (["e30"], CROWD)
    assert enrolled(third, "meta_link") == ["e1", "e30"]


@pytest.mark.slow
def test_a_meta_link_loses_people_the_same_night_as_its_source(known: Registers) -> None:
    source, space = course("A", "INF101"), course("B")
    follow_course(space, source)
    known.night()
    known.leave(1)
    enrol_by_hand(source, "e2")
    known.remove("inscriptions_pedagogiques", cod_etu=student_number(2))
    known.night()
    assert (enrolled(source), enrolled(space, "meta_link")) == (without("e1", "e2"), without("e1"))


@pytest.mark.slow
def test_a_meta_link_suspends_whom_the_source_suspends_everywhere(known: Registers) -> None:
    source, space = course("A", "INF101"), course("B")
    follow_course(space, source)
    enrol_by_hand(source, "e2")
    known.night()
    rows = Enrolment.objects.filter(method__course=source, method__kind="database", person__username__in=["e1", "e2"])
    rows.update(suspended_by="hand")
    known.night()
    assert enrolled(space, "meta_link") == sorted([*without("e1"), "(e1)"])
    rows.update(suspended_by="")
    known.night()
    assert enrolled(space, "meta_link") == CROWD


def test_a_meta_link_takes_the_widest_dates(known: Registers) -> None:
    source, space = course("A"), course("B")
    follow_course(space, source)
    start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 6, 30, 22, tzinfo=UTC)
    enrol_by_hand(source, "e1", starts_at=start, ends_at=end)
    enrol_by_hand(source, "e2", starts_at=start)
    known.night()
    rows = Enrolment.objects.filter(method__course=space).order_by("person__username")
    assert list(rows.values_list("person__username", "starts_at", "ends_at")) == [
        ("e1", start, end),
        ("e2", start, None),
    ]


@pytest.mark.slow
def test_the_policy_withdraws_suspends_or_keeps(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    known.night()
    set_policy(space, "suspend", "platform")
    known.leave(1)
    suspended = known.night()
    assert (enrolled(space), figures(suspended)) == (
        sorted([*without("e1"), "(e1)"]),
        {"departures": 1, "unchanged": 11},
    )
    set_policy(space, "keep", "platform")
    known.leave(2)
    kept = known.night()
    assert (enrolled(space), figures(kept)) == (sorted([*without("e1"), "(e1)"]), {"unchanged": 12})
    set_policy(space, "withdraw", "method")
    known.night()
    assert enrolled(space) == without("e1", "e2")


@pytest.mark.slow
def test_the_method_s_own_policy_comes_before_the_platform_s(known: Registers) -> None:
    space, other = course("A", "INF101"), course("B", "INF101")
    set_policy(space, "suspend", "platform")
    set_policy(other, "withdraw", "method")
    known.night()
    known.leave(1)
    known.night()
    assert (enrolled(space), enrolled(other)) == (sorted([*without("e1"), "(e1)"]), without("e1"))


@pytest.mark.slow
def test_a_suspension_by_policy_ends_with_the_return_of_its_reason(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    set_policy(space, "suspend", "platform")
    known.night()
    former = {name: list(rows) for name, rows in known.lists.items()}
    known.leave(1)
    known.night()
    assert figures(known.night()) == {"unchanged": 12}
    known.lists = former
    run = known.night()
    assert (enrolled(space), figures(run)) == (CROWD, {"alterations": 1, "unchanged": 11})


@pytest.mark.slow
def test_who_is_suspended_by_hand_stays_suspended(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    known.night()
    Enrolment.objects.filter(person__username="e1").update(suspended_by="hand")
    assert figures(known.night()) == {"unchanged": 12}
    space.methods.update(role=role("observer"))
    known.night()
    assert enrolled(space) == sorted([*without("e1"), "(e1)"])
    assert set(Enrolment.objects.values_list("role__short_name", flat=True)) == {"observer"}


@pytest.mark.slow
def test_a_policy_suspension_takes_the_groups_of_no_one_and_the_next_night_agrees(known: Registers) -> None:
    """Suspended is not gone: group places, and the place in a linked course, follow at once what later nights say."""
    space, linked = course("INF101-26", "INF101"), course("LINKED")
    set_policy(space, "suspend", "method")
    follow_course(linked, space, group=GroupFactory(course=linked, code="ALL"))
    hand = GroupFactory(course=space, code="HAND")
    GroupMember.objects.create(group=hand, person=Person.objects.get(username="e1"))
    known.night()
    known.leave(1)
    known.night()
    suspended = sorted([*without("e1"), "(e1)"])
    assert (enrolled(space), enrolled(linked, "meta_link")) == (suspended, suspended)
    places = (grouped(space), grouped(linked))
    assert places == ([("HAND", "e1", "")], [("ALL", name, "meta_link") for name in CROWD])
    run = known.night()
    assert not Change.objects.filter(scope__phase__run=run).exists()
    assert (grouped(space), grouped(linked)) == places


@pytest.mark.slow
def test_someone_removed_by_hand_from_a_cohort_s_method_stays_away(known: Registers) -> None:
    space, linked = course("A"), course("B")
    method, link = follow_cohort(space), follow_course(linked, space)
    known.night()
    Exclusion.objects.create(method=method, person=Person.objects.get(username="e1"))
    Exclusion.objects.create(method=link, person=Person.objects.get(username="e2"))
    known.night()
    assert (enrolled(space, "cohort_sync"), enrolled(linked, "meta_link")) == (without("e1"), without("e1", "e2"))


def test_a_disabled_cohort_method_or_link_admits_nobody_new(known: Registers) -> None:
    space, linked = course("A"), course("B")
    follow_cohort(space)
    follow_course(linked, space)
    known.night()
    Method.objects.filter(kind__in=["cohort_sync", "meta_link"]).update(enabled=False)
    known.student(30)
    known.leave(1)
    known.night()
    assert enrolled(space, "cohort_sync") == without("e1")
    # A source method that is off lets nobody in: whoever stands here by it is suspended.
    assert enrolled(linked, "meta_link") == sorted(f"({name})" for name in without("e1"))


@pytest.mark.slow
def test_a_group_given_by_a_method_leaves_with_it(known: Registers) -> None:
    space = course("SANTE", feeding="collegium")
    group = GroupFactory(course=space, code="COHORTE")
    follow_cohort(space, group=group)
    known.night()
    GroupMember.objects.create(group=group, person=Person.objects.get(username="e1"))
    enrol_by_hand(space, "e1")
    known.leave(1, 2)
    known.night()
    rest = [("COHORTE", name, "cohort_sync") for name in without("e1", "e2")]
    assert grouped(space) == sorted([*rest, ("COHORTE", "e1", "")])


@pytest.mark.slow
def test_a_group_given_by_hand_ends_with_the_last_enrolment(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    known.night()
    hand = GroupFactory(course=space, code="PROJET")
    for name in ("e1", "e2", "e3"):
        GroupMember.objects.create(group=hand, person=Person.objects.get(username=name))
    enrol_by_hand(space, "e2")
    known.leave(1, 2)
    run = known.night()
    assert grouped(space) == [("PROJET", "e2", ""), ("PROJET", "e3", "")]
    gone = Change.objects.filter(scope__phase__run=run, scope__phase__relation="group_members.hand")
    assert list(gone.values_list("person", "item", "reason")) == [("e1", "PROJET", "last_enrolment_left")]


def test_groups_of_the_register_follow_assignments_that_count(known: Registers) -> None:
    space, other = course("INF101-26", "INF101"), course("INF201-26", "INF201")
    known.group("10", 1, 2, code="TD1")
    known.group("11", 3, 20)
    known.group("12", 1, unit="INF201", code="TP1")
    known.night()
    assert grouped(space) == [("11", "e3", "database"), ("TD1", "e1", "database"), ("TD1", "e2", "database")]
    assert grouped(other) == []
    names = list(space.groups.order_by("code").values_list("code", "name", "keeper"))
    assert names == [("11", "Groupe 11", "register"), ("TD1", "Groupe TD1", "register")]


def test_a_change_of_group_is_a_departure_and_an_arrival_the_same_night(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    known.group("10", 1, 2, code="TD1")
    known.group("11", 3, code="TD2")
    known.night()
    known.change("affectations_groupes", {"cod_etu": student_number(1)}, cod_gpe="11")
    known.change("groupes", {"cod_gpe": "11"}, lib_gpe="Travaux dirigés 2")
    run = known.night()
    assert grouped(space) == [("TD1", "e2", "database"), ("TD2", "e1", "database"), ("TD2", "e3", "database")]
    assert space.groups.get(code="TD2").name == "Travaux dirigés 2"
    moves = Change.objects.filter(scope__phase__run=run).values_list("action", "item", "person", "reason", "source")
    assert sorted(moves) == [
        ("A", "TD2", "e1", "", "affectations_groupes.csv:2"),
        ("D", "TD1", "e1", "group_changed", ""),
    ]


@pytest.mark.slow
def test_departures_held_in_a_cohort_hold_nothing_back_downstream_but_their_own(known: Registers) -> None:
    """4 of 12 leave: held in the cohort and, for another reason, in the course fed by registrations; the link waits too."""
    space, health = course("INF101-26", "INF101"), course("SANTE", feeding="collegium")
    follow_cohort(health)
    known.night()
    known.leave(1, 2, 3, 4)
    known.student(30)
    run = known.night()
    everyone = sorted([*CROWD, "e30"])
    assert (members("2026-L1INF"), enrolled(space), enrolled(health, "cohort_sync")) == (everyone, everyone, everyone)
    assert (run.state, figures(run)) == ("applied_with_holds", {"arrivals": 2, "unchanged": 20, "held": 4})
    holds = Hold.objects.filter(scope__phase__run=run).order_by("scope__phase__position")
    assert list(holds.values_list("scope__phase__relation", "scope__code", "reason", "state")) == [
        ("cohort_members", "2026-L1INF", "scope_medium", "waiting"),
        ("database", "INF101-26", "scope_medium", "waiting"),
    ]


@pytest.mark.slow
def test_a_later_night_answers_what_an_earlier_one_held(known: Registers) -> None:
    course("INF101-26", "INF101")
    known.night()
    known.leave(1, 2, 3, 4)
    held = known.night()
    again = known.night()
    assert states(held) == ["superseded", "superseded"]
    assert states(again) == ["waiting", "waiting"]
    known.student(1)
    known.lists["annuaire"].pop()
    known.night()
    assert (states(again), Hold.objects.filter(state="waiting").count()) == (["superseded", "superseded"], 0)


def states(run: Run) -> list[str]:
    return list(Hold.objects.filter(scope__phase__run=run).values_list("state", flat=True))


def test_a_scope_that_would_be_emptied_is_held_however_small(known: Registers) -> None:
    space = course("PETIT", "INF201")
    for number in (1, 2):
        known.follow(number, "INF201")
    known.night()
    known.remove("inscriptions_pedagogiques", cod_elp="INF201")
    run = known.night()
    assert enrolled(space) == ["e1", "e2"]
    assert list(Hold.objects.filter(scope__phase__run=run).values_list("scope__code", "reason")) == [
        ("PETIT", "scope_emptied")
    ]


@pytest.mark.slow
def test_departures_of_a_week_add_up(known: Registers) -> None:
    """12 members: 3 may leave (30 % of 12 is 3.6), then with those 3 remembered, 4 of 12 are too many."""
    space = course("INF101-26", "INF101")
    known.night()
    known.leave(1, 2, 3)
    assert (known.night().departures, enrolled(space)) == (3, without("e1", "e2", "e3"))
    known.leave(4)
    run = known.night()
    assert (run.departures, run.held) == (0, 1)
    reasons = Hold.objects.filter(scope__phase__run=run).values_list("scope__phase__relation", "reason")
    assert sorted(reasons) == [("cohort_members", "scope_window"), ("database", "scope_window")]


@pytest.mark.slow
def test_whom_a_policy_suspended_is_a_member_no_longer_when_a_week_is_added_up(known: Registers) -> None:
    """10 of 12 are left, and 2 more are to be suspended: 4 of those 12 within a week are over 30 %."""
    space = course("INF101-26", "INF101")
    set_policy(space, "suspend", "method")
    known.night()
    known.leave(1, 2)
    assert known.night().departures == 2
    known.leave(3, 4)
    run = known.night()
    assert (run.departures, run.held) == (0, 2)
    assert enrolled(space) == sorted([*without("e1", "e2"), "(e1)", "(e2)"])


def test_unusual_arrivals_are_told_and_applied(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    for number in range(13, 26):
        known.student(number)
    known.night()
    for number in range(26, 40):
        known.student(number)
    run = known.night()
    assert (run.state, len(enrolled(space))) == ("applied", 39)
    findings = run.findings.filter(code="unusual_arrivals")
    assert [(f.params, f.cases) for f in findings] == [
        ({"relation": "cohort_members"}, [{"scope": "2026-L1INF", "size": 25, "arrivals": 14}]),
        ({"relation": "database"}, [{"scope": "INF101-26", "size": 25, "arrivals": 14}]),
    ]


def test_the_payment_of_one_programme_says_nothing_of_another(known: Registers) -> None:
    space = course("INF101-26", "INF101")
    known.register(1, programme="L2INF", eta_pmt_iae="N")
    known.night()
    assert (members("2026-L2INF"), enrolled(space)) == ([], CROWD)
    known.change(ADMINISTRATIVE, {"cod_etu": student_number(1), "cod_etp": "L2INF"}, eta_pmt_iae="P")
    known.night()
    assert members("2026-L2INF") == ["e1"]
    assert CohortMember.objects.filter(person__username="e1").count() == 2
