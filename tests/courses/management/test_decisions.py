"""`approve`, `reject` and `resume` from the shell."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from courses.models import Course, Enrolment
from courses.night import request_night
from enrolhub.access.models import Event, SiteRole
from enrolhub.sync.models import Hold, Run
from tests.factories import SiteRoleFactory, UserFactory
from tests.registers import Registers, enrolled, logins, members

pytestmark = pytest.mark.django_db
L1 = "2026-L1INF"


def said(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """What the last line of stdout says."""
    call_command(*map(str, words))
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def refusal(*words: object) -> tuple[str, int]:
    with translation.override("en"), pytest.raises(CommandError) as caught:
        call_command(*map(str, words))
    return str(caught.value), caught.value.returncode


@pytest.mark.slow
def test_everything_that_waits_is_approved(capsys: pytest.CaptureFixture[str], held: Run, space: Course) -> None:
    told = said(capsys, "approve", held.pk)
    approval = Run.objects.latest("pk")
    assert told == {"run": approval.pk, "state": "applied", "approved": 10, "scopes": [L1, "INF101-26"]}
    assert (enrolled(space), members(L1)) == (logins(range(6, 13)), logins(range(6, 13)))


def test_one_course_then_another_by_an_account(capsys: pytest.CaptureFixture[str], held: Run, space: Course) -> None:
    SiteRoleFactory(kind=SiteRole.Kind.APPROVER, user__username="ap")
    told = said(capsys, "approve", held.pk, "--scope", L1, "--as", "ap", "--because", "checked with the registrar")
    assert (told["scopes"], len(enrolled(space)), len(members(L1))) == ([L1], 12, 7)
    hold = Hold.objects.get(state="approved")
    assert (str(hold.decided_by), hold.comment) == ("ap", "checked with the registrar")
    assert said(capsys, "approve", held.pk, "--scope", "INF101-26")["scopes"] == ["INF101-26"]
    assert Event.objects.filter(action="approve").count() == 2


@pytest.mark.slow
def test_a_scope_that_moved_is_refused_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], held: Run, space: Course
) -> None:
    Enrolment.objects.filter(person__username="e1").delete()
    words, code = refusal("approve", held.pk)
    assert (code, words) == (
        2, "Not approved, because the list moved since: INF101-26. It was planned again: look at it, then decide anew.",
    )  # fmt: skip
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["scopes"] == [L1]
    assert said(capsys, "approve", held.pk)["approved"] == 4


def test_refusals_say_why(capsys: pytest.CaptureFixture[str], held: Run) -> None:
    UserFactory(username="someone")
    assert refusal("approve", 999999)[1] == 2
    assert refusal("approve", held.pk, "--as", "someone") == ("someone may not decide on held departures.", 2)
    assert refusal("approve", held.pk, "--scope", "NOWHERE") == ("That run held no departures of NOWHERE.", 2)
    said(capsys, "approve", held.pk, "--scope", L1)
    assert refusal("approve", held.pk, "--scope", L1) == (f"Approved already: {L1}. An approval is used once.", 2)
    assert refusal("reject", held.pk, "--scope", L1)[1] == 2
    said(capsys, "approve", held.pk)
    assert refusal("approve", held.pk) == ("That run holds nothing that waits for a decision.", 2)


@pytest.mark.slow
def test_an_author_asks_somebody_else_above_the_high_limit(
    capsys: pytest.CaptureFixture[str], registers: Registers, space: Course
) -> None:
    author = SiteRoleFactory(kind=SiteRole.Kind.OPERATOR, user__username="op").user
    registers.night()
    registers.leave(1, 2, 3, 4, 5)
    held = registers.night(author=author)
    words, code = refusal("approve", held.pk, "--as", "op")
    assert (code, "Ask somebody else" in words, len(enrolled(space))) == (2, True, 12)
    assert said(capsys, "approve", held.pk)["state"] == "applied"


def test_nobody_leaves_when_it_is_rejected(capsys: pytest.CaptureFixture[str], held: Run, space: Course) -> None:
    assert said(capsys, "reject", held.pk) == {"run": held.pk, "rejected": 10, "scopes": [L1, "INF101-26"]}
    assert (len(enrolled(space)), set(Hold.objects.values_list("state", flat=True))) == (12, {"rejected"})
    assert refusal("reject", held.pk)[1] == 2


def test_an_interrupted_run_is_taken_up(
    capsys: pytest.CaptureFixture[str], registers: Registers, space: Course
) -> None:
    registers.write()
    night = request_night(folder=registers.folder)
    assert night is not None
    Run.objects.filter(pk=night.pk).update(lease_until=timezone.now() + timedelta(minutes=1), holder="elsewhere:1")
    words, code = refusal("resume", night.pk)
    assert (code, words) == (
        2, f"Run {night.pk} is being conducted (elsewhere:1): wait for its end, or stop that process.",
    )  # fmt: skip
    Run.objects.filter(pk=night.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert said(capsys, "resume", night.pk) == {"run": night.pk, "state": "applied"}
    assert len(enrolled(space)) == 12
    assert refusal("resume", night.pk) == (f"Run {night.pk} has ended (Done). There is nothing to resume.", 2)


def test_a_failed_night_is_resumed_unless_others_overtook_it(
    capsys: pytest.CaptureFixture[str], registers: Registers, space: Course
) -> None:
    registers.write()
    night = request_night(folder=registers.folder)
    assert night is not None
    Run.objects.filter(pk=night.pk).update(state=Run.State.FAILED, message="failed")
    assert said(capsys, "resume", night.pk) == {"run": night.pk, "state": "applied"}
    assert len(enrolled(space)) == 12
    Run.objects.filter(pk=night.pk).update(state=Run.State.FAILED, message="failed")
    registers.read()
    words, code = refusal("resume", night.pk)
    assert (code, words.startswith(f"Run {night.pk} has ended (Failed). Other runs were asked for since")) == (2, True)
