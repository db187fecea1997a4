"""Somebody who loses a right between asking and the worker's coming: the run is refused whole, and says why."""

from collections.abc import Callable

import pytest
from django.utils import translation

from cohorts.models import AskedRow
from courses.groups.deleting import digest_of, request_deletion
from courses.models import Enrolment
from courses.tasks import conduct
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.decide import Decider, request_approval, waiting_holds
from enrolhub.sync.models import Hold, Run
from enrolhub.sync.states import badge_of
from enrolhub.sync.undo import request_undo
from enrolhub.sync.wording import say_message
from tests.courses.hand.campus import Campus, confirm, make_campus, state
from tests.factories import SiteRoleFactory, UserFactory
from tests.registers import Registers, members
from tests.worlds import once

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"


@pytest.fixture
def to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courses.hand.confirming.AT_ONCE", 0)


def lose_role(account: User) -> None:
    account.site_roles.all().delete()


def be_closed(account: User) -> None:
    User.objects.filter(pk=account.pk).update(is_active=False)


def be_deleted(account: User) -> None:
    User.objects.filter(pk=account.pk).delete()


LOSSES: list[Callable[[User], None]] = [lose_role, be_closed, be_deleted]


def refused(run: Run, name: str) -> bool:
    """Whether a worker refuses the run, naming who asked for it and blaming no extract."""
    conduct(run.pk)
    run.refresh_from_db()
    with translation.override("en"):
        words = say_message(run.message, run.message_params)
        assert badge_of(run).word == "Refused", run.state
    return run.message == "right_lost" and words.startswith(f"Not done: {name} asked for it")


@pytest.mark.parametrize("lose", LOSSES)
def test_an_approval_gives_back_what_it_approved(registers: Registers, lose: Callable[[User], None]) -> None:
    approver = SiteRoleFactory(kind=SiteRole.Kind.APPROVER, user__username="ap").user
    registers.night()
    registers.leave(1, 2, 3, 4, 5)
    held = registers.night()
    approval = request_approval(held, waiting_holds(held, [L1]), Decider(approver, "checked"))
    lose(approver)
    assert refused(approval, "ap")
    hold = Hold.objects.get(scope__code=L1)
    assert (hold.state, hold.decided_by, hold.approval, len(members(L1))) == ("waiting", None, None, 12)
    assert waiting_holds(held, [L1]) == [hold]


@pytest.mark.usefixtures("to_workers")
@pytest.mark.parametrize("lose", LOSSES)
def test_a_change_by_hand_changes_nothing(campus: Campus, staff: User, lose: Callable[[User], None]) -> None:
    run, before = confirm(campus.propose("suspend", staff), "suspend"), state()
    lose(staff)
    assert refused(run, "cemu")
    assert (state(), AskedRow.objects.exists()) == (before, False)


@pytest.mark.usefixtures("to_workers")
def test_who_may_give_fewer_roles_than_then_is_refused_too(campus: Campus) -> None:
    """An editing teacher who was of the CEMU as well could touch colleagues when they asked, and no longer may."""
    teacher = SiteRoleFactory(user=UserFactory(username="prof")).user
    run, before = confirm(campus.propose("suspend", teacher, "h1"), "suspend"), state()
    lose_role(teacher)
    assert refused(run, "prof")
    assert state() == before


@pytest.mark.usefixtures("to_workers")
def test_a_teacher_who_left_the_course_has_lost_what_they_asked(campus: Campus) -> None:
    teacher = UserFactory(username="prof")
    run = confirm(campus.propose("suspend", teacher, "h1"), "suspend")
    Enrolment.objects.filter(person__username="prof").delete()
    assert refused(run, "prof")


def test_an_undo_leaves_everything(campus: Campus, staff: User) -> None:
    run = confirm(campus.propose("suspend", staff, "h1"), "suspend")
    undo, before = request_undo(run, staff), state()
    lose_role(staff)
    assert refused(undo, "cemu")
    assert state() == before


def test_a_group_stays(campus: Campus, staff: User) -> None:
    group = campus.group()
    deletion, before = request_deletion(group, digest_of(group), staff), state()
    lose_role(staff)
    assert refused(deletion, "cemu")
    assert state() == before


@pytest.mark.slow
def test_the_operator_at_the_shell_has_no_right_to_lose(registers: Registers) -> None:
    campus = once(make_campus, registers)
    registers.leave(1, 2, 3, 4, 5)
    held = registers.night()
    approval = request_approval(held, waiting_holds(held, [L1]), Decider())
    conduct(approval.pk)
    approval.refresh_from_db()
    assert (approval.state, len(members(L1)), campus.space.code) == ("applied", 7, "INF101-26")
