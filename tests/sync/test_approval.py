"""What a night held is decided once, bound to what was seen; what is approved belongs to the night."""

from typing import Any

import pytest
from django.utils import timezone

from cohorts.models import Cohort, CohortMember, Person, Snapshot
from courses.actions import add_methods
from courses.models import Course, Enrolment, GroupMember, Method
from courses.night import request_night
from courses.relations import SyncedEnrolments
from enrolhub.access.models import Event, User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.decide import Decider, holds_seen, needs_second_person, reject_holds, request_approval, waiting_holds
from enrolhub.sync.models import Change, Hold, Run
from enrolhub.sync.undo import request_undo
from tests.dumps import facts
from tests.factories import CohortMemberFactory, GroupFactory, HandCohortFactory, SiteRoleFactory, role
from tests.registers import Registers, course, enrolled, figures, grouped, logins, members, method_of

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"


def approved(run: Run, *codes: str, account: User | None = None, because: str = "") -> Run:
    """The run that applies what these codes hold."""
    return attempt_run(request_approval(run, waiting_holds(run, codes), Decider(account, because)))


def states(run: Run) -> dict[str, str]:
    holds = Hold.objects.filter(scope__phase__run=run).values_list("scope__phase__relation", "scope__code", "state")
    return {f"{relation} {code}": state for relation, code, state in holds}


class TestApproving:
    def test_what_was_held_departs_and_the_night_says_so(self, held: Run, space: Course) -> None:
        assert (held.state, figures(held)) == ("applied_with_holds", {"unchanged": 7, "held": 5})
        approval = approved(held, because="confirmed by the registrar")
        assert (approval.kind, approval.state, approval.approves) == ("approval", "applied", held)
        assert (enrolled(space), members(L1)) == (logins(range(6, 13)), logins(range(6, 13)))
        held.refresh_from_db()
        assert (held.state, figures(held)) == ("applied", {"unchanged": 7, "departures": 5})
        assert states(held) == {f"cohort_members {L1}": "approved", "database INF101-26": "approved"}

    @pytest.mark.slow
    def test_one_course_alone(self, held: Run, space: Course) -> None:
        approved(held, "INF101-26")
        assert (len(enrolled(space)), len(members(L1))) == (7, 12)
        held.refresh_from_db()
        assert (held.state, held.departures, held.held) == ("applied_with_holds", 5, 0)
        approved(held, L1)
        held.refresh_from_db()
        assert (held.state, members(L1)) == ("applied", logins(range(6, 13)))

    def test_the_following_night_finds_nothing_left_to_do(self, registers: Registers, held: Run, space: Course) -> None:
        approved(held)
        again = registers.night()
        assert (again.state, figures(again)) == ("applied", {"unchanged": 7})

    @pytest.mark.slow
    def test_an_approval_is_used_once(self, held: Run) -> None:
        holds = waiting_holds(held, [L1])
        approved(held, L1)
        with pytest.raises(RunRefused, match="hold_approved"):
            waiting_holds(held, [L1])
        with pytest.raises(RunRefused, match="hold_decided_meanwhile"):
            request_approval(held, holds, Decider())
        approved(held)
        with pytest.raises(RunRefused, match="hold_nothing_waits"):
            waiting_holds(held)

    def test_who_when_why_are_kept(self, held: Run) -> None:
        account = SiteRoleFactory(user__username="cemu").user
        before = timezone.now()
        approval = approved(held, L1, account=account, because="checked")
        [hold] = Hold.objects.filter(state="approved")
        assert (hold.decided_by, hold.comment, hold.approval) == (account, "checked", approval)
        assert hold.decided_at is not None
        assert before <= hold.decided_at <= timezone.now()
        event = Event.objects.get(action="approve")
        assert (event.actor, event.target, event.count) == ("cemu", f"run:{held.pk}", 5)
        assert event.detail == {"scopes": [L1], "comment": "checked", "approval": approval.pk}

    def test_a_code_that_was_not_held_is_refused(self, held: Run) -> None:
        with pytest.raises(RunRefused, match="hold_not_held"):
            waiting_holds(held, ["NOWHERE"])

    def test_what_was_seen_must_still_be_so(self, held: Run) -> None:
        hold = waiting_holds(held, [L1])[0]
        assert holds_seen(held, {hold.pk: hold.digest}) == [hold]
        with pytest.raises(RunRefused, match="hold_changed"):
            holds_seen(held, {hold.pk: "0" * 64})
        with pytest.raises(RunRefused, match="hold_none_chosen"):
            holds_seen(held, {})

    def test_a_dry_run_and_a_live_run_hold_nothing_to_approve(self, registers: Registers, space: Course) -> None:
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        rehearsal = registers.night(dry_run=True)
        with pytest.raises(RunRefused, match="approval_not_applied"):
            request_approval(rehearsal, waiting_holds(rehearsal), Decider())


class TestUndoing:
    def test_the_night_takes_back_what_was_approved(self, registers: Registers, space: Course) -> None:
        registers.night()
        before = facts()
        registers.leave(1, 2, 3, 4, 5)
        held = registers.night()
        approved(held, L1)
        approved(held, "INF101-26")
        back = attempt_run(request_undo(held))
        assert (back.state, back.finding_count, back.arrivals) == ("applied", 0, 5)
        after = facts()
        assert {name: after[name] for name in ("members", "enrolments")} == {
            name: before[name] for name in ("members", "enrolments")
        }

    @pytest.mark.slow
    def test_an_approval_alone_is_taken_back_and_then_the_night(self, held: Run, space: Course) -> None:
        approval = approved(held, "INF101-26")
        attempt_run(request_undo(approval))
        assert len(enrolled(space)) == 12
        approved(held, L1)
        back = attempt_run(request_undo(held))
        assert (back.finding_count, len(enrolled(space)), len(members(L1))) == (0, 12, 12)

    @pytest.mark.slow
    def test_a_row_altered_by_the_night_and_then_gone_comes_back_as_it_was(
        self, registers: Registers, space: Course
    ) -> None:
        """The method's role changes in the very night that holds the cohort's departures; both are taken back."""
        registers.night()
        health = course("SANTE", feeding="collegium")
        cohort = Cohort.objects.get(code=L1)
        add_methods([Method(course=health, kind="cohort_sync", source_cohort=cohort, role=role())])
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        health.methods.update(role=role("tutor"))
        held = registers.night()
        approved(held, L1)
        assert enrolled(health, "cohort_sync") == logins(range(6, 13))
        back = attempt_run(request_undo(held))
        rows = Enrolment.objects.filter(method__course=health).values_list("role__short_name", flat=True)
        assert (back.finding_count, list(rows)) == (0, ["student"] * 12)

    def test_a_night_taken_back_holds_nothing_any_more(self, held: Run) -> None:
        attempt_run(request_undo(held))
        assert set(states(held).values()) == {"superseded"}
        with pytest.raises(RunRefused, match="hold_superseded"):
            waiting_holds(held)

    @pytest.mark.slow
    def test_departures_approved_and_taken_back_leave_the_window(
        self, registers: Registers, held: Run, space: Course
    ) -> None:
        approved(held)
        attempt_run(request_undo(held))
        for number in range(1, 6):
            registers.register(number)
            registers.follow(number)
        registers.night()
        registers.leave(6, 7, 8)
        assert figures(registers.night()) == {"unchanged": 9, "departures": 3}


class TestWhatFollows:
    """A departure is approved where its cause is: in a cohort, and the courses follow."""

    @pytest.fixture
    def health(self, registers: Registers) -> Course:
        """A course that syncs the cohort into a group, with a hand group, and a course that follows it."""
        registers.night()
        health, linked = course("SANTE", feeding="collegium"), course("LIEN")
        cohort = Cohort.objects.get(code=L1)
        group = GroupFactory(course=health, code="SANTE")
        add_methods(
            [
                Method(course=health, kind="cohort_sync", source_cohort=cohort, role=role(), group=group),
                Method(course=linked, kind="meta_link", source_course=health, role=role()),
            ]
        )
        hand = GroupFactory(course=health, code="PROJET")
        for name in ("e1", "e12"):
            GroupMember.objects.create(group=hand, person=Person.objects.get(username=name))
        registers.night()
        return health

    @pytest.mark.slow
    def test_courses_groups_and_links_follow_the_cohort(self, registers: Registers, health: Course) -> None:
        linked = Course.objects.get(code="LIEN")
        by_hand = Enrolment.objects.create(
            method=method_of(health, "manual"), person=Person.objects.get(username="e2"), role=role()
        )
        registers.leave(1, 2, 3, 4, 5)
        held = registers.night()
        assert states(held) == {f"cohort_members {L1}": "waiting"}
        assert (len(enrolled(health, "cohort_sync")), len(enrolled(linked, "meta_link"))) == (12, 12)
        approval = approved(held, L1)
        assert enrolled(health, "cohort_sync") == logins(range(6, 13))
        # e2 is still in the source course, by hand.
        assert enrolled(linked, "meta_link") == sorted(["e2", *logins(range(6, 13))])
        assert {name for code, name, _ in grouped(health) if code == "SANTE"} == set(logins(range(6, 13)))
        assert [name for code, name, _ in grouped(health) if code == "PROJET"] == ["e12"]
        assert figures(approval) == {"departures": 9}
        assert Enrolment.objects.filter(pk=by_hand.pk).exists()
        assert figures(registers.night()) == {"unchanged": 15}

    @pytest.mark.slow
    def test_what_follows_is_taken_back_with_the_night(self, registers: Registers, health: Course) -> None:
        before = facts()
        registers.leave(1, 2, 3, 4, 5)
        held = registers.night()
        approved(held)
        attempt_run(request_undo(held))
        after = facts()
        for name in ("members", "enrolments", "places"):
            assert after[name] == before[name]

    @pytest.mark.slow
    def test_the_policy_of_the_course_decides_what_becomes_of_them(self, registers: Registers, health: Course) -> None:
        health.methods.update(departure_policy="suspend")
        registers.leave(1, 2, 3, 4, 5)
        approved(registers.night(), L1)
        suspended = [f"({name})" for name in logins(range(1, 6))]
        assert enrolled(health, "cohort_sync") == sorted([*suspended, *logins(range(6, 13))])
        # A place in a group stays with a suspended enrolment.
        assert len(grouped(health)) == 14

    @pytest.mark.slow
    def test_when_the_whole_run_is_held_the_cause_is_enough(
        self, registers: Registers, health: Course, settings: Any
    ) -> None:
        """Three leave a cohort: no list is too much, the run is. Courses and groups wait by themselves, and need not be asked."""
        settings.GUARD_RUN_COUNT = 1
        registers.leave(1, 2, 3)
        held = registers.night()
        assert set(states(held)) == {
            f"cohort_members {L1}",
            "cohort_sync SANTE",
            "group_members.cohort_sync SANTE",
            "group_members.hand SANTE",
            "meta_link LIEN",
        }
        approved(held, L1)
        assert set(states(held).values()) == {"approved"}
        assert enrolled(Course.objects.get(code="LIEN"), "meta_link") == logins(range(4, 13))
        held.refresh_from_db()
        assert (held.state, held.held, held.departures) == ("applied", 0, 6)

    def test_the_whole_run_at_once(self, registers: Registers, health: Course, settings: Any) -> None:
        settings.GUARD_RUN_COUNT = 1
        registers.leave(1, 2, 3)
        held = registers.night()
        approval = approved(held)
        assert (approval.state, approval.findings.count(), set(states(held).values())) == ("applied", 0, {"approved"})
        assert enrolled(health, "cohort_sync") == logins(range(4, 13))
        assert figures(registers.night()) == {"unchanged": 18}

    def test_the_vanished_of_a_held_run_become_inactive_when_it_is_approved(
        self, registers: Registers, space: Course, settings: Any
    ) -> None:
        registers.night()
        settings.GUARD_RUN_COUNT = 1
        for number in (1, 2, 3):
            registers.remove("annuaire", supannAliasLogin=f"e{number}")
        held = registers.night()
        assert states(held)["people annuaire"] == "waiting"
        assert Person.objects.filter(account_state="inactive").count() == 0
        approved(held)
        assert sorted(Person.objects.filter(account_state="inactive").values_list("username", flat=True)) == logins(
            range(1, 4)
        )
        assert enrolled(space) == logins(range(4, 13))


class TestMoved:
    """A scope that moved is refused, planned again, and waits; the others go on."""

    def test_a_person_whom_a_hand_took_out_meanwhile(self, held: Run, space: Course) -> None:
        Enrolment.objects.filter(person__username="e1").delete()
        approval = approved(held)
        assert (approval.state, len(members(L1)), len(enrolled(space))) == ("applied", 7, 11)
        assert states(held) == {f"cohort_members {L1}": "approved", "database INF101-26": "waiting"}
        finding = approval.findings.get(code="hold_moved")
        assert finding.cases == [{"scope": "INF101-26"}]
        # Planned again, it is decided anew.
        hold = Hold.objects.get(state="waiting")
        assert hold.scope.departures == 4
        rows = Change.objects.filter(scope=hold.scope, action="D").values_list("person", "reason")
        assert list(rows) == [(name, "registration_missing") for name in ("e2", "e3", "e4", "e5")]
        approved(held)
        assert enrolled(space) == logins(range(6, 13))

    def test_a_person_whom_a_hand_suspended_meanwhile(self, held: Run, space: Course) -> None:
        Enrolment.objects.filter(person__username="e1").update(suspended_by="hand")
        assert approved(held, L1).state == "applied"
        moved = approved(held, "INF101-26")
        assert (moved.state, moved.message, len(enrolled(space))) == ("refused", "hold_moved", 12)
        assert approved(held, "INF101-26").state == "applied"
        assert enrolled(space) == logins(range(6, 13))

    @pytest.mark.slow
    def test_somebody_else_who_would_leave_or_come_back_meanwhile(self, registers: Registers, space: Course) -> None:
        tutors = HandCohortFactory(code="TUTEURS")
        registers.night()
        for number in range(1, 13):
            CohortMemberFactory(cohort=tutors, person=Person.objects.get(username=f"e{number}"))
        add_methods([Method(course=space, kind="cohort_sync", source_cohort=tutors, role=role("tutor"))])
        registers.night()
        CohortMember.objects.filter(cohort=tutors, person__username__in=logins(range(1, 6))).delete()
        held = registers.night()
        assert states(held) == {"cohort_sync INF101-26": "waiting"}
        CohortMember.objects.filter(cohort=tutors, person__username="e12").delete()
        assert approved(held).state == "refused"
        assert Hold.objects.get(state="waiting").scope.departures == 6
        CohortMemberFactory(cohort=tutors, person=Person.objects.get(username="e1"))
        assert approved(held).state == "refused"
        assert Hold.objects.get(state="waiting").scope.departures == 5
        assert approved(held).state == "applied"
        assert enrolled(space, "cohort_sync") == sorted(["e1", *logins(range(6, 12))])

    def test_when_nobody_is_left_to_depart_there_is_nothing_to_decide(self, held: Run, space: Course) -> None:
        Enrolment.objects.filter(method__course=space, person__username__in=logins(range(1, 6))).delete()
        assert approved(held, "INF101-26").state == "refused"
        assert states(held)["database INF101-26"] == "superseded"

    @pytest.mark.slow
    def test_other_changes_of_the_run_are_no_move(self, registers: Registers, space: Course) -> None:
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        registers.student(13)
        registers.student(14)
        space.methods.filter(kind="database").update(role=role("tutor"))
        held = registers.night()
        assert (held.arrivals, held.alterations) == (2, 7)
        approved(held, L1)
        assert approved(held, "INF101-26").findings.count() == 0
        assert enrolled(space) == logins(range(6, 15))

    def test_a_suspension_by_hand_of_somebody_who_stays_is_no_move(self, held: Run, space: Course) -> None:
        Enrolment.objects.filter(person__username="e12").update(suspended_by="hand")
        assert approved(held).findings.count() == 0
        assert "(e12)" in enrolled(space)


class TestSuperseded:
    @pytest.mark.slow
    def test_a_newer_night_asks_anew(self, registers: Registers, held: Run) -> None:
        again = registers.night()
        with pytest.raises(RunRefused, match="hold_superseded"):
            waiting_holds(held)
        assert approved(again).state == "applied"

    def test_a_newer_extract_without_a_night_is_enough(self, registers: Registers, held: Run, space: Course) -> None:
        """The next night took the extract in and failed before it could ask anything."""

        def stumble(phase: Any) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            registers.night(stumble)
        with pytest.raises(RunRefused, match="hold_superseded"):
            request_approval_of(held)
        assert (len(enrolled(space)), set(states(held).values())) == (12, {"waiting"})

    def test_an_extract_that_comes_in_before_the_approval_is_conducted_stops_it(
        self, registers: Registers, held: Run, space: Course
    ) -> None:
        approval = request_approval_of(held)
        Snapshot.objects.filter(run=held).update(accepted=False)
        refused = attempt_run(approval)
        assert (refused.state, refused.message, len(enrolled(space))) == ("refused", "hold_superseded", 12)
        assert set(states(held).values()) == {"waiting"}

    @pytest.mark.slow
    def test_while_a_night_is_under_way_nothing_is_approved(self, registers: Registers, held: Run) -> None:
        assert request_night(folder=registers.folder)
        with pytest.raises(RunRefused, match="approval_lane_busy"):
            request_approval(held, waiting_holds(held), Decider())

    def test_a_night_of_cohorts_alone_leaves_the_courses_question(self, registers: Registers, held: Run) -> None:
        registers.night(only=["cohorts"])
        assert states(held) == {f"cohort_members {L1}": "superseded", "database INF101-26": "waiting"}

    @pytest.mark.slow
    def test_what_the_whole_runs_limit_held_is_superseded_in_every_list(
        self, registers: Registers, space: Course, settings: Any
    ) -> None:
        registers.group("10", *range(1, 13), code="TD1")
        registers.night()
        settings.GUARD_RUN_COUNT = 1
        registers.leave(1, 2)
        held = registers.night()
        assert "group_members.database INF101-26" in states(held)
        registers.night()
        assert set(states(held).values()) == {"superseded"}


def request_approval_of(run: Run) -> Run:
    return request_approval(run, waiting_holds(run), Decider())


class TestRejecting:
    def test_nobody_leaves_and_the_question_comes_back(self, registers: Registers, held: Run, space: Course) -> None:
        reject_holds(held, waiting_holds(held, ["INF101-26"]), Decider(comment="an error of the extract"))
        assert (states(held)["database INF101-26"], len(enrolled(space))) == ("rejected", 12)
        with pytest.raises(RunRefused, match="hold_rejected"):
            waiting_holds(held, ["INF101-26"])
        assert Event.objects.get(action="reject").detail["comment"] == "an error of the extract"
        again = registers.night()
        assert (states(held)["database INF101-26"], states(again)["database INF101-26"]) == ("rejected", "waiting")

    def test_rejected_and_approved_at_once_only_the_first_counts(self, held: Run) -> None:
        holds = waiting_holds(held)
        reject_holds(held, holds, Decider())
        with pytest.raises(RunRefused, match="hold_decided_meanwhile"):
            request_approval(held, holds, Decider())
        assert not Run.objects.filter(kind="approval").exists()


class TestSecondPerson:
    @pytest.mark.slow
    def test_the_author_of_a_small_run_may_approve_it(self, registers: Registers, space: Course) -> None:
        account = SiteRoleFactory().user
        for number in range(13, 101):
            registers.student(number)
        registers.night()
        tutors = course("ALGO2", "INF201")
        for number in range(101, 106):
            registers.student(number, programme="L2INF", unit="INF201")
        registers.night()
        registers.leave(101, 102, 103, 104)
        held = registers.night(author=account)
        assert not needs_second_person(held)
        approved(held, account=account)
        assert enrolled(tutors) == ["e105"]

    @pytest.mark.slow
    def test_above_the_high_limit_somebody_else_must(self, registers: Registers, space: Course) -> None:
        author, other = SiteRoleFactory().user, SiteRoleFactory().user
        registers.night()
        registers.leave(1, 2, 3, 4, 5)
        held = registers.night(author=author)
        assert needs_second_person(held)
        with pytest.raises(RunRefused, match="approval_second_person"):
            request_approval(held, waiting_holds(held), Decider(author))
        assert approved(held, "INF101-26", account=other).state == "applied"
        assert approved(held, L1).state == "applied"  # the operator at the shell is nobody's author

    @pytest.mark.parametrize(
        ("count", "percent", "needed"), [(4, 90, True), (5, 90, False), (5, 41, True), (5, 42, False)]
    )
    def test_the_limit_is_exact(self, held: Run, settings: Any, count: int, percent: int, needed: bool) -> None:
        """Five of twelve, 41.67 %."""
        settings.GUARD_HIGH_COUNT, settings.GUARD_HIGH_PERCENT = count, percent
        assert needs_second_person(held) == needed


class TestInterrupted:
    @pytest.mark.slow
    def test_an_approval_that_failed_is_asked_for_again(
        self, held: Run, space: Course, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        approval = request_approval_of(held)
        with monkeypatch.context() as patch:
            patch.setattr(SyncedEnrolments, "scopes", lambda self: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                attempt_run(approval)
        assert Run.objects.get(pk=approval.pk).state == "failed"
        assert approved(held).state == "applied"
        assert (enrolled(space), members(L1)) == (logins(range(6, 13)), logins(range(6, 13)))
