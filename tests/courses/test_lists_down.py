"""A register that is down: nobody leaves because of it, what stands stays, and the report says how old it is."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cohorts.models import Snapshot
from courses.models import Course
from enrolhub.sync.models import Run
from tests.factories import SiteRoleFactory
from tests.html import soup_of, text_of
from tests.registers import Registers, course, enrolled, logins, members, student_number
from tests.worlds import once

pytestmark = pytest.mark.django_db
CROWD = logins(range(1, 13))
DIRECTORY = "annuaire"


def filled(registers: Registers) -> Course:
    found = course("INF101-26", "INF101")
    registers.extracted_at = timezone.now() - timedelta(hours=20)
    registers.night()
    registers.extracted_at = timezone.now()
    return found


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course that a complete night of yesterday has filled."""
    return once(filled, registers)


def night_without(registers: Registers, *lists: str) -> Run:
    registers.write()
    for name in lists:
        (registers.folder / f"{name}.csv").unlink()
    registers.declare()
    return registers.read()


def lists_not_read(run: Run) -> list[tuple[str, str]]:
    return [
        (case["list"], case["extracted_at"])
        for finding in run.findings.filter(code="lists_not_read")
        for case in finding.cases
    ]


def test_without_the_directory_nobody_leaves_and_known_people_arrive(registers: Registers, space: Course) -> None:
    yesterday = Snapshot.objects.get().extracted_at
    assert yesterday is not None
    registers.leave(1)
    registers.follow(2, "INF201")
    other = course("INF201-26", "INF201")
    run = night_without(registers, DIRECTORY)
    assert (run.state, run.departures) == ("source_partial", 0)
    assert (enrolled(space), members("2026-L1INF"), enrolled(other)) == (CROWD, CROWD, ["e2"])
    assert lists_not_read(run) == [(DIRECTORY, yesterday.isoformat())]


def test_without_apogee_cohorts_and_enrolments_stand(registers: Registers, space: Course) -> None:
    registers.close_account(1)
    registers.remove(DIRECTORY, supannAliasLogin="e2")
    registers.person("nouvelle")
    apogee = [name for name in registers.lists if name != DIRECTORY]
    run = night_without(registers, *apogee)
    assert (run.state, run.departures) == ("source_partial", 0)
    assert (enrolled(space), members("2026-L1INF")) == (CROWD, CROWD)
    assert [name for name, _ in lists_not_read(run)] == sorted(apogee)


@pytest.mark.slow
def test_the_day_after_who_left_leaves(registers: Registers, space: Course) -> None:
    registers.leave(1)
    night_without(registers, DIRECTORY)
    run = registers.night()
    assert (run.state, lists_not_read(run), enrolled(space)) == ("applied", [], sorted(set(CROWD) - {"e1"}))


def test_the_report_says_whose_data_is_how_old(registers: Registers, space: Course, client: Client) -> None:
    at = timezone.localtime(Snapshot.objects.get().extracted_at)
    run = night_without(registers, DIRECTORY)
    client.force_login(SiteRoleFactory(kind="staff").user)
    client.cookies["django_language"] = "en"
    words = text_of(soup_of(client, f"/runs/{run.pk}/"))
    assert "Lists that were not read" in words
    assert f"Directory: last extracted on {at:%d/%m/%Y %H:%M}" in words


def test_an_entry_that_lost_its_student_number_keeps_its_place_while_the_list_is_partial(
    registers: Registers, space: Course
) -> None:
    registers.change(DIRECTORY, {"supannAliasLogin": "e1"}, supannEtuId="")
    run = night_without(registers, "elements")
    assert (run.state, enrolled(space)) == ("source_partial", CROWD)
    assert student_number(1) not in {row["supannEtuId"] for row in registers.lists[DIRECTORY]}
