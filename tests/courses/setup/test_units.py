"""The elements that feed a course are changed: who comes, who leaves, with which groups; an incomplete extract takes nobody away."""

import pytest
from django.test import Client
from django.urls import reverse

from cohorts.models import Snapshot
from courses.models import Course, CourseUnit
from courses.setup.asking import Setup, Verb
from courses.setup.preview import preview_setup
from enrolhub.access.models import SiteRole
from tests.courses.setup.campus import confirm, counts, state, undo
from tests.factories import SiteRoleFactory
from tests.registers import Registers, course, enrolled, grouped, logins, method_of, registers
from tests.worlds import once

pytestmark = pytest.mark.django_db
__all__ = ["registers"]


def filled(registers: Registers) -> Course:
    for number in (1, 2):
        registers.follow(number, "INF201")
    registers.student(21, programme="L2INF", unit="INF201")
    registers.group("7", 1, 21, unit="INF201", code="TD7")
    made = course("SPACE", "INF101")
    registers.night()
    return made


@pytest.fixture
def space(registers: Registers) -> Course:
    """A course of twelve by the element INF101; of INF201 there are the students 1, 2 and, on L2INF, 21, in a group."""
    return once(filled, registers)


def change(space: Course, *units: CourseUnit) -> Setup:
    author = SiteRoleFactory(kind=SiteRole.Kind.STAFF).user
    return Setup(Verb.UNITS, "database", [space], author, units={space.pk: units})


@pytest.mark.slow
def test_another_element_brings_its_students_and_their_groups(space: Course, registers: Registers) -> None:
    before = state()
    setup = change(space, CourseUnit(unit_code="INF201"))
    preview = preview_setup(setup)
    assert (counts(preview), preview.before, preview.after) == ({"arrive": 1, "leave": 10}, 12, 3)
    run = confirm(setup)
    assert enrolled(space) == logins([1, 2, 21])
    assert grouped(space) == [("TD7", "e1", "database"), ("TD7", "e21", "database")]
    assert registers.night().arrivals == 0
    assert undo(run).state == "applied"
    found = state()
    assert (found["enrolments"], found["units"], found["places"]) == (
        before["enrolments"],
        before["units"],
        before["places"],
    )


@pytest.mark.slow
def test_a_link_may_be_for_one_etape_or_one_group(space: Course) -> None:
    only = CourseUnit(unit_code="INF201", programme_code="L2INF")
    confirm(change(space, only))
    assert enrolled(space) == ["e21"]
    confirm(change(space, only, CourseUnit(unit_code="INF201", group_code="TD7")))
    assert enrolled(space) == logins([1, 21])


def test_an_incomplete_extract_takes_nobody_away(space: Course) -> None:
    Snapshot.objects.update(verdict=Snapshot.Verdict.PARTIAL)
    setup = change(space, CourseUnit(unit_code="INF201"))
    preview = preview_setup(setup)
    assert (counts(preview), len(preview.notes)) == ({"arrive": 1, "leave": 0}, 1)
    confirm(setup)
    assert len(enrolled(space)) == 13


def test_a_code_that_the_extract_does_not_know_is_said_at_its_field(space: Course) -> None:
    client = Client()
    client.force_login(SiteRoleFactory(kind=SiteRole.Kind.STAFF).user)
    url = reverse("courses:method_units", args=[space.code, method_of(space).pk])
    lines = {
        "line-0-unit_code": "INF101",
        "line-1-unit_code": "INF999",
        "line-2-unit_code": "INF201",
        "line-2-programme_code": "L9INF",
        "line-3-unit_code": "INF201",
        "line-3-group_code": "TD9",
        "line-4-unit_code": "INF101",
        "line-5-unit_code": "INF201",
        "line-5-programme_code": "L2INF",
        "line-5-version_code": "9",
    }
    form = client.post(url, {**lines, "step": "preview"}).context["form"]
    assert [list(line.errors) for line in form.lines] == [
        [],
        ["unit_code"],
        ["programme_code"],
        ["group_code"],
        ["unit_code"],
        ["version_code"],
    ]
