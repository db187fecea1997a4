"""A database that was brought back from a copy is the one that was copied, and its nights go on from there."""

import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from courses.models import Course
from enrolhub.processes import start_child, stop_child, wait_until
from enrolhub.sync.models import Run
from tests.deploy.copying import Restored, back_up, restored
from tests.faults.state import whole_state
from tests.registers import Registers, course, enrolled, logins, registers
from tests.servers.worker import environment_of_site
from tests.sync.universities import settle, stir, stir_courses

__all__ = ["registers"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.timeout(400)]
CROWD, COURSES = 2_000, 12


def differing(told: dict[str, str], expected: dict[str, str], *, but: Collection[str] = ()) -> list[str]:
    """The parts that are not as expected."""
    return sorted(name for name in expected if told[name] != expected[name] and name not in but)


def list_of(site: Restored, code: str) -> list[str]:
    """The participants of a course, as the command tells them."""
    code_of_exit, said = site.run("participants", code, "--format", "csv")
    assert code_of_exit == 0
    return said.splitlines()


def test_the_copy_holds_everything_and_its_next_night_changes_nothing(registers: Registers, tmp_path: Path) -> None:
    settle(registers)
    stir(registers)
    stir_courses()
    night = registers.night()
    after = whole_state()
    with restored(back_up(tmp_path)) as site:
        assert differing(site.state(), after) == []
        assert len(list_of(site, "INF101-26")) > len(enrolled(Course.objects.get(code="INF101-26")))
        code, figures = site.figures("nightly", "--sources", str(registers.folder))
        assert [figures[name] for name in ("arrivals", "departures", "alterations")] == [0, 0, 0]
        assert (code, figures["held"]) == (3, night.held)
        assert differing(site.state(), after, but=TRAIL) == []
        code, undone = site.figures("undo", str(night.pk))
        assert (code, undone["conflicts"], undone["departures"] > 0) == (0, 0, True)
        call_command("undo", str(night.pk))
        assert differing(site.state(), whole_state(), but=TRAIL) == []


#: What a further run adds to, and what it says of itself.
TRAIL = {
    "runs",
    "endings",
    "effects",
    "phases",
    "holds",
    "snapshots",
    "extracts",
    "staged",
    "fresh",
    "refreshed",
    "notices",
}


def test_an_older_copy_catches_up_and_nobody_leaves_wrongly(registers: Registers, tmp_path: Path) -> None:
    """A week of small departures, lost and brought back at once: what is more than a night may take away is held."""
    for number in range(13, 61):
        registers.student(number)
    space = course("INF101-26", "INF101")
    registers.night()
    copy = back_up(tmp_path)
    settings.GUARD_WINDOW_DAYS = 0
    for first in range(1, 20, 4):
        registers.leave(*range(first, first + 4))
        registers.student(100 + first)
        assert registers.night().state == Run.State.APPLIED
    stayed = set(enrolled(space))
    with restored(copy) as site:
        code, figures = site.figures("nightly", "--sources", str(registers.folder))
        assert (code, figures["state"], figures["departures"]) == (3, "applied_with_holds", 0)
        assert (figures["arrivals"] > 0, figures["held"] > 0) == (True, True)
        there = {line.split(";")[0] for line in list_of(site, "INF101-26")[1:]}
        assert len(there) == len(stayed) + 20
        assert site.run("approve", str(figures["run"]), "--because", "restored from the copy of that day")[0] == 0
        assert len(list_of(site, "INF101-26")) == len(stayed) + 1


def test_a_copy_made_in_the_middle_of_a_night_is_brought_to_its_end(tmp_path: Path) -> None:
    registers = Registers(tmp_path / "extract", crowd=CROWD)
    courses = [course(f"ALGO{number:02}", "INF101") for number in range(COURSES)]
    registers.write()
    log = tmp_path / "night.log"
    with log.open("wb") as output:
        words = ["manage.py", "nightly", "--sources", str(registers.folder)]
        child = start_child(
            [sys.executable, *words], environment=environment_of_site(settings.REDIS_URL), output=output
        )
    try:
        wait_until(is_under_way, child=child, name="The night", seconds=90, log=log)
        copy = back_up(tmp_path)
        assert child.wait(timeout=180) == 0, log.read_text()
    finally:
        stop_child(child)
    with restored(copy) as site:
        assert site.figures("nightly", "--sources", str(registers.folder))[0] == 0
        assert differing(site.state(), whole_state(), but=TRAIL) == []
    assert [each.code for each in courses if enrolled(each) != logins(range(1, CROWD + 1))] == []


def is_under_way() -> bool:
    """Whether the night has written something and has more to write."""
    night = Run.objects.filter(kind="night").first()
    return night is not None and night.phases.filter(position__gte=1, state="arrived").exists()
