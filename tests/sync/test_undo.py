"""Taking a run back: the inverse of its ledger, but for what something else has touched since."""

from datetime import UTC, datetime

import pytest

from courses.models import Enrolment
from courses.night import request_night
from enrolhub.sync import apply
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Change, Phase, Run
from enrolhub.sync.undo import request_undo
from tests.dumps import Rows, facts, tables
from tests.factories import role
from tests.registers import Registers, course, enrolled, figures, logins, members
from tests.sync.test_conduct import Counter, Killed
from tests.sync.universities import settle_and_stir
from tests.worlds import once

pytestmark = pytest.mark.django_db


def undone(run: Run, *codes: str, dry_run: bool = False) -> Run:
    return attempt_run(request_undo(run, codes=codes, dry_run=dry_run))


def places() -> dict[str, Rows]:
    """What an undo takes back: people, and the names of cohorts and groups, mirror a register."""
    found = facts()
    return {name: found[name] for name in ("members", "enrolments", "places")}


@pytest.fixture
def stirred(registers: Registers) -> Registers:
    once(settle_and_stir, registers)
    return registers


def test_an_undo_is_the_identity_and_so_is_the_undo_of_it(stirred: Registers) -> None:
    before = places()
    night = stirred.read()
    after = places()
    back = undone(night)
    assert (back.state, places()) == ("applied", before)
    # A departure by suspension comes back as an alteration.
    assert back.departures == night.arrivals
    assert back.arrivals + back.alterations == night.departures + night.alterations
    again = undone(back)
    assert (again.state, places()) == ("applied", after)
    assert (again.arrivals, again.departures) == (back.departures, back.arrivals)


@pytest.mark.slow
def test_an_undo_can_be_rehearsed(stirred: Registers) -> None:
    night = stirred.read()
    before = tables()
    rehearsal = undone(night, dry_run=True)
    assert tables(without_run=rehearsal.pk) == before
    assert (rehearsal.state, rehearsal.departures) == ("planned", night.arrivals)
    assert figures(undone(night)) == figures(rehearsal)


def test_what_was_touched_since_is_listed_and_left_alone(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    night = registers.night()
    rows = Enrolment.objects.filter(method__course=space)
    rows.filter(person__username="e1").update(suspended_by="hand")
    rows.filter(person__username="e2").delete()
    back = undone(night)
    assert enrolled(space) == ["(e1)"]
    finding = back.findings.get(code="undo_conflict")
    assert (finding.count, finding.params) == (2, {"relation": "database"})
    assert finding.cases == [
        {
            "scope": "INF101-26",
            "person": "e1",
            "item": "",
            "left": "student\x1f\x1f\x1f",
            "found": "student\x1fhand\x1f\x1f",
        },
        {"scope": "INF101-26", "person": "e2", "item": "", "left": "student\x1f\x1f\x1f", "found": ""},
    ]
    assert (back.departures, back.finding_count) == (10, 2)


def test_an_alteration_leaves_what_a_hand_had_set_and_so_does_its_undo(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    registers.night()
    end = datetime(2027, 6, 30, 22, tzinfo=UTC)
    rows = Enrolment.objects.filter(method__course=space)
    rows.filter(person__username="e1").update(suspended_by="hand")
    rows.filter(person__username="e2").update(ends_at=end)
    before = places()
    space.methods.update(role=role("tutor"))
    night = registers.night()
    written = Change.objects.filter(scope__phase__run=night, person__in=["e1", "e2", "e3"]).order_by("person")
    assert list(written.values_list("before", "after")) == [
        ("student\x1fhand\x1f\x1f", "tutor\x1fhand\x1f\x1f"),
        ("student\x1f\x1f\x1f2027-06-30T22:00:00Z", "tutor\x1f\x1f\x1f2027-06-30T22:00:00Z"),
        ("student\x1f\x1f\x1f", "tutor\x1f\x1f\x1f"),
    ]
    values = rows.filter(person__username__in=["e1", "e2"]).order_by("person__username")
    assert list(values.values_list("role__short_name", "suspended_by", "ends_at")) == [
        ("tutor", "hand", None),
        ("tutor", "", end),
    ]
    back = undone(night)
    assert (figures(back), places()) == ({"alterations": 12}, before)


@pytest.mark.slow
def test_an_undo_that_was_interrupted_finds_no_conflict_with_itself(
    stirred: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "CHUNK", 3)
    before = places()
    night = stirred.read()
    run = request_undo(night)
    with pytest.raises(Killed):
        attempt_run(run, Counter(25))
    assert Phase.objects.filter(run=run).exclude(applied_count=0).exists()
    Run.objects.filter(pk=run.pk).update(lease_until=None)
    ended = attempt_run(run)
    assert (ended.state, ended.finding_count, places()) == ("applied", 0, before)


def test_what_cannot_be_taken_back(registers: Registers) -> None:
    course("INF101-26", "INF101")
    rehearsal, night = registers.night(dry_run=True), registers.night()
    with pytest.raises(RunRefused, match="undo_not_applied"):
        request_undo(rehearsal)
    waiting = request_undo(night)
    for live in (waiting, night):
        with pytest.raises(RunRefused, match=r"undo_(not_applied|done_already|under_way)"):
            request_undo(live)
    attempt_run(waiting)
    with pytest.raises(RunRefused, match="undo_done_already"):
        request_undo(night)


def test_some_courses_alone_are_taken_back_and_the_rest_later(registers: Registers) -> None:
    first, second = course("ALGO1", "INF101"), course("ALGO2", "INF101")
    night = registers.night()
    back = undone(night, "ALGO1")
    assert (figures(back), enrolled(first), len(enrolled(second))) == ({"departures": 12}, [], 12)
    with pytest.raises(RunRefused, match="undo_done_already"):
        request_undo(night, codes=["ALGO1"])
    rest = undone(night)
    # What the first undo has taken back is neither taken back twice nor a conflict.
    assert (figures(rest), enrolled(second), members("2026-L1INF")) == ({"departures": 12}, [], [])
    with pytest.raises(RunRefused, match="undo_done_already"):
        request_undo(night)


@pytest.mark.slow
def test_one_codes_methods_and_groups_are_all_taken_back(stirred: Registers) -> None:
    before = places()
    night = stirred.read()
    undone(night, "LIEN")
    after = places()
    of_link = [row for row in before["enrolments"] if row[0] == "LIEN"]
    assert [row for row in after["enrolments"] if row[0] == "LIEN"] == of_link
    assert [row for row in after["places"] if row[0] == "LIEN"] == [row for row in before["places"] if row[0] == "LIEN"]
    assert after["enrolments"] != before["enrolments"]
    undone(night)
    assert places() == before


def test_a_code_that_the_run_did_not_touch_is_refused(registers: Registers) -> None:
    course("INF101-26", "INF101")
    with pytest.raises(RunRefused, match="undo_untouched"):
        request_undo(registers.night(), codes=["INF101-26", "NOWHERE"])


def test_a_run_whose_undo_was_taken_back_can_be_taken_back_again(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    night = registers.night()
    undone(undone(night))
    assert len(enrolled(space)) == 12
    assert figures(undone(night)) == {"departures": 12}
    assert enrolled(space) == []


def test_while_a_night_is_under_way_no_night_is_taken_back(registers: Registers) -> None:
    night = registers.night()
    assert request_night(folder=registers.folder)
    with pytest.raises(RunRefused, match="undo_lane_busy"):
        request_undo(night)


def come_back(registers: Registers, *students: int) -> None:
    """These students, whose entries stand, are registered again."""
    for number in students:
        registers.register(number)
        registers.follow(number)


@pytest.mark.slow
def test_departures_undone_leave_the_window(registers: Registers) -> None:
    """Of 12, 3 may leave in a night; 3 and then 3 more are too many for a week, unless the first 3 were taken back."""
    space = course("INF101-26", "INF101")
    registers.night()
    registers.leave(1, 2, 3)
    undone(registers.night())
    come_back(registers, 1, 2, 3)
    registers.leave(4, 5, 6)
    assert figures(registers.night()) == {"departures": 3, "unchanged": 9}
    assert enrolled(space) == logins([1, 2, 3, *range(7, 13)])


@pytest.mark.slow
def test_departures_whose_undo_was_taken_back_return_to_the_window(registers: Registers) -> None:
    space = course("INF101-26", "INF101")
    registers.night()
    registers.leave(1, 2, 3)
    undone(undone(registers.night()))
    registers.leave(4, 5)
    assert figures(registers.night()) == {"unchanged": 7, "held": 2}
    assert enrolled(space) == logins(range(4, 13))


@pytest.mark.slow
def test_the_courses_taken_back_alone_leave_the_window(registers: Registers) -> None:
    first, second = course("ALGO1", "INF101"), course("ALGO2", "INF101")
    registers.night()
    registers.leave(1, 2, 3)
    undone(registers.night(), "ALGO1")
    come_back(registers, 1, 2, 3)
    registers.night()
    registers.leave(4, 5, 6)
    registers.night()
    assert enrolled(first) == logins([1, 2, 3, *range(7, 13)])
    assert enrolled(second) == logins(range(1, 13))
