"""« What was undone stays undone »: held night after night, until it is approved or the source changes."""

import pytest

from courses.models import Course
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.decide import Decider, reject_holds, request_approval, waiting_holds
from enrolhub.sync.models import Change, Hold, Run
from enrolhub.sync.undo import request_undo
from tests.factories import role
from tests.registers import Registers, course, enrolled, figures, logins, members

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"
CROWD = logins(range(1, 13))


@pytest.fixture
def space() -> Course:
    return course("INF101-26", "INF101")


def undone(run: Run, *codes: str) -> Run:
    return attempt_run(request_undo(run, codes=codes))


def holds(run: Run) -> list[tuple[str, str, str, int]]:
    """Relation, code, reason and number of the departures that a run holds."""
    rows = Hold.objects.filter(scope__phase__run=run).order_by("scope__phase__position", "scope_id")
    return list(rows.values_list("scope__phase__relation", "scope__code", "reason", "scope__departures"))


def gone_and_back(registers: Registers, *students: int) -> Run:
    """These leave in a night that is then taken back, while the source goes on saying that they have left; the undo."""
    registers.night()
    registers.leave(*students)
    return undone(registers.night())


def test_the_same_departures_are_held_with_the_undo(registers: Registers, space: Course) -> None:
    undo = gone_and_back(registers, 1, 2)
    again = registers.night()
    assert (again.state, figures(again)) == ("applied_with_holds", {"unchanged": 10, "held": 2})
    assert holds(again) == [("cohort_members", L1, "undone", 2), ("database", "INF101-26", "undone", 2)]
    assert {hold.params["undo"] for hold in Hold.objects.filter(scope__phase__run=again)} == {undo.pk}
    assert (enrolled(space), members(L1)) == (CROWD, CROWD)


@pytest.mark.slow
def test_other_departures_of_the_course_go_on(registers: Registers, space: Course) -> None:
    gone_and_back(registers, 1, 2)
    registers.leave(3)
    registers.student(13)
    night = registers.night()
    assert figures(night) == {"arrivals": 1, "departures": 1, "unchanged": 9, "held": 2}
    assert enrolled(space) == sorted({*CROWD, "e13"} - {"e3"})
    scopes = Change.objects.filter(scope__phase__run=night, scope__phase__relation="database", action="D")
    assert list(scopes.order_by("person").values_list("person", "scope__part", "scope__verdict")) == [
        ("e1", "undone", "hold"),
        ("e2", "undone", "hold"),
        ("e3", "", "apply"),
    ]


@pytest.mark.slow
def test_night_after_night_until_it_is_approved(registers: Registers, space: Course) -> None:
    gone_and_back(registers, 1, 2)
    for _ in range(3):
        night = registers.night()
        assert (len(holds(night)), enrolled(space)) == (2, CROWD)
    attempt_run(request_approval(night, waiting_holds(night), Decider()))
    assert enrolled(space) == logins(range(3, 13))
    last = registers.night()
    assert (holds(last), figures(last)) == ([], {"unchanged": 10})


@pytest.mark.slow
def test_rejected_it_is_held_again(registers: Registers, space: Course) -> None:
    gone_and_back(registers, 1, 2)
    night = registers.night()
    reject_holds(night, waiting_holds(night), Decider())
    assert [reason for _, _, reason, _ in holds(registers.night())] == ["undone", "undone"]


@pytest.mark.slow
def test_until_the_source_changes(registers: Registers, space: Course) -> None:
    """Registered again, then gone once more: that is another departure."""
    gone_and_back(registers, 1, 2)
    registers.night()
    for number in (1, 2):
        registers.register(number)
        registers.follow(number)
    assert figures(registers.night()) == {"unchanged": 12}
    registers.leave(1, 2)
    night = registers.night()
    assert (holds(night), enrolled(space)) == ([], logins(range(3, 13)))


@pytest.mark.slow
def test_an_incomplete_extract_ends_nothing(registers: Registers, space: Course) -> None:
    gone_and_back(registers, 1, 2)
    registers.write()
    registers.declare(files={})
    assert registers.read().state == "source_partial"
    assert len(holds(registers.night())) == 2


@pytest.mark.slow
def test_an_undo_that_was_taken_back_holds_nothing(registers: Registers, space: Course) -> None:
    undone(gone_and_back(registers, 1, 2))
    assert enrolled(space) == logins(range(3, 13))
    night = registers.night()
    assert (holds(night), figures(night)) == ([], {"unchanged": 10})


def test_only_what_was_taken_back_of_a_night_is_held(registers: Registers, space: Course) -> None:
    other = course("ALGO2", "INF101")
    registers.night()
    registers.leave(1, 2)
    undone(registers.night(), "INF101-26")
    assert holds(registers.night()) == [("database", "INF101-26", "undone", 2)]
    assert (enrolled(space), enrolled(other)) == (CROWD, logins(range(3, 13)))


@pytest.mark.slow
def test_a_departure_by_suspension_stays_undone_too(registers: Registers, space: Course) -> None:
    space.methods.update(departure_policy="suspend")
    gone_and_back(registers, 1)
    night = registers.night()
    assert ("database", "INF101-26", "undone", 1) in holds(night)
    assert enrolled(space) == CROWD


def test_an_alteration_taken_back_holds_no_departure(registers: Registers, space: Course) -> None:
    """A role was changed and changed back; when the person then leaves, that was never undone."""
    registers.night()
    space.methods.update(role=role("tutor"))
    undone(registers.night())
    registers.leave(1)
    assert holds(registers.night()) == []
    assert "e1" not in enrolled(space)


@pytest.mark.slow
def test_a_dry_run_says_so_beforehand(registers: Registers, space: Course) -> None:
    gone_and_back(registers, 1, 2)
    rehearsal, night = registers.night(dry_run=True), registers.night()
    assert (holds(rehearsal), rehearsal.digest) == (holds(night), night.digest)


@pytest.mark.slow
def test_what_an_approval_applied_and_an_undo_took_back_stays_undone(registers: Registers, space: Course) -> None:
    registers.night()
    registers.leave(1, 2, 3, 4, 5)
    held = registers.night()
    attempt_run(request_approval(held, waiting_holds(held), Decider()))
    undo = undone(held)
    again = registers.night()
    assert holds(again) == [("cohort_members", L1, "undone", 5), ("database", "INF101-26", "undone", 5)]
    assert Hold.objects.filter(params__undo=undo.pk).count() == 2
