"""`undo`: a run taken back from the shell."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from courses.models import Course
from enrolhub.access.models import Event, SiteRole
from enrolhub.sync.models import Run
from tests.factories import SiteRoleFactory, UserFactory
from tests.registers import Registers, course, enrolled, logins

pytestmark = pytest.mark.django_db


@pytest.fixture
def space() -> Course:
    return course("INF101-26", "INF101")


@pytest.fixture
def night(registers: Registers, space: Course) -> Run:
    return registers.night()


def told(capsys: pytest.CaptureFixture[str], run: Run, *options: str) -> dict[str, object]:
    """What the last line of stdout says."""
    call_command("undo", str(run.pk), *options)
    said: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def refusal(*words: str) -> tuple[str, int]:
    with translation.override("en"), pytest.raises(CommandError) as caught:
        call_command("undo", *words)
    return str(caught.value), caught.value.returncode


def test_a_run_is_taken_back_and_its_undo_too(capsys: pytest.CaptureFixture[str], night: Run, space: Course) -> None:
    said = told(capsys, night)
    undo = Run.objects.latest("pk")
    assert said == {
        "run": undo.pk, "state": "applied", "arrivals": 0, "departures": 12, "alterations": 0, "conflicts": 0,
    }  # fmt: skip
    assert (enrolled(space), undo.author) == ([], None)
    assert told(capsys, undo)["arrivals"] == 12
    assert enrolled(space) == logins(range(1, 13))


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    capsys: pytest.CaptureFixture[str], night: Run, space: Course
) -> None:
    with translation.override("en"):
        call_command("undo", str(night.pk), "--dry-run", "--scope", "INF101-26")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "database INF101-26 12 +0 -12 ~0"
    assert json.loads(lines[1])["state"] == "planned"
    assert (len(enrolled(space)), Event.objects.filter(action="undo").exists()) == (12, False)


def test_one_course_alone(capsys: pytest.CaptureFixture[str], registers: Registers, space: Course) -> None:
    other = course("ALGO2", "INF101")
    assert told(capsys, registers.night(), "--scope", "ALGO2")["departures"] == 12
    assert (len(enrolled(space)), enrolled(other)) == (12, [])


def test_who_acts_is_kept(capsys: pytest.CaptureFixture[str], night: Run) -> None:
    SiteRoleFactory(kind=SiteRole.Kind.OPERATOR, user__username="op")
    told(capsys, night, "--as", "op")
    assert str(Run.objects.latest("pk").author) == "op"
    assert Event.objects.get(action="undo").actor == "op"


def test_refusals_say_why(night: Run, capsys: pytest.CaptureFixture[str]) -> None:
    UserFactory(username="someone")
    assert refusal("999999") == ("There is no run 999999; `runs` lists them.", 2)
    assert refusal("99999999999999999999") == ("There is no run 99999999999999999999; `runs` lists them.", 2)
    assert refusal(str(night.pk), "--as", "nobody") == ("No active account has the name nobody.", 2)
    assert refusal(str(night.pk), "--as", "someone") == ("someone may not take this run back.", 2)
    assert refusal(str(night.pk), "--scope", "NOWHERE") == ("That run did not touch NOWHERE.", 2)
    told(capsys, night)
    assert refusal(str(night.pk)) == ("That run was taken back already.", 2)
