"""A night lets end what has ended, after itself: by the command and by the workers; a dry run ends nothing."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from courses.models import Course, Enrolment
from courses.tasks import run_nightly
from enrolhub.sync.models import Run
from tests.factories import EnrolmentFactory, PersonFactory
from tests.registers import Registers, course, enrolled, logins, registers

__all__ = ["registers"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def space(registers: Registers) -> Course:
    made = course("INF101-26", "INF101")
    made.methods.filter(kind="manual").update(expiry_policy="withdraw", notice_days=7)
    for name, hours in (("over", -1), ("lasting", 24)):
        ends_at = timezone.now() + timedelta(hours=hours)
        EnrolmentFactory(course=made, person=PersonFactory(username=name), ends_at=ends_at)
        registers.person(name)
    return made


def kinds() -> list[str]:
    return list(Run.objects.order_by("pk").values_list("kind", flat=True))


def night(*options: str, registers: Registers) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("nightly", "--sources", str(registers.write()), *options)
    return str(ended.value.code)


@pytest.mark.slow
def test_the_command_ends_what_has_ended_after_the_night(space: Course, registers: Registers) -> None:
    assert night("--dry-run", registers=registers) == "0"
    assert enrolled(space, "manual") == ["lasting", "over"]
    assert night(registers=registers) == "0"
    assert (enrolled(space), enrolled(space, "manual")) == (logins(range(1, 13)), ["lasting"])
    assert kinds() == ["night", "night", "expiry"]
    assert space.messages.exists()


def test_a_night_of_cohorts_only_ends_nothing(space: Course, registers: Registers) -> None:
    night("--only", "people,cohorts", registers=registers)
    assert Enrolment.objects.count() == 2


def test_the_workers_end_it_after_the_scheduled_night(
    space: Course, registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ENROLHUB_SOURCES_DIR", registers.write())
    run_nightly()
    assert (kinds(), enrolled(space, "manual")) == (["night", "expiry"], ["lasting"])
