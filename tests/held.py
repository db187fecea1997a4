"""The world of one night that held: for a conftest to offer."""

import pytest

from courses.models import Course
from enrolhub.sync.models import Run
from tests.registers import Registers, course, held_night
from tests.worlds import once


@pytest.fixture
def held(registers: Registers) -> Run:
    """Of the twelve, five leave in one night: too many for the course and for the cohort."""
    return once(held_night, registers)


@pytest.fixture
def space(request: pytest.FixtureRequest) -> Course:
    """The course of that night, or the same before any night."""
    return space_after(request, "held")


def space_after(request: pytest.FixtureRequest, nights: str) -> Course:
    """The course as the fixture of this name left it, or new where a test does not ask for that."""
    if nights not in request.fixturenames:
        return course("INF101-26", "INF101")
    request.getfixturevalue(nights)
    return Course.objects.get(code="INF101-26")
