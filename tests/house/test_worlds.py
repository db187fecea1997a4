"""A world that was made once is put back whole, and nobody sees what another test did to it (tests/worlds.py)."""

from pathlib import Path

import pytest
from django.db import transaction

from courses.models import Course, Enrolment
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory
from tests.registers import Registers, enrolled, held_night
from tests.worlds import once, read_rows

pytestmark = pytest.mark.django_db


def small() -> Course:
    course: Course = CourseFactory(code="SMALL")
    EnrolmentFactory(course=course, person=PersonFactory(username="ann"))
    return course


def altering() -> None:
    Course.objects.update(title="altered")


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_test_has_its_own(turn: int) -> None:
    # A row of the test's own, before those of the world: no number is given twice.
    CourseFactory(code="OTHER")
    course = once(small)
    assert (course.title, enrolled(course, "manual")) == (Course.objects.get(code="SMALL").title, ["ann"])
    course.title = "of this test"
    course.save()
    Enrolment.objects.all().delete()
    assert CourseFactory(code="ANOTHER").pk > course.pk


def test_the_rows_and_the_registers_are_as_they_were(tmp_path: Path) -> None:
    registers, others = Registers(tmp_path / "one"), Registers(tmp_path / "other")
    with transaction.atomic():
        run = once(held_night, registers)
        rows = read_rows()
        transaction.set_rollback(True)
    assert not type(run).objects.exists()
    again = once(held_night, others)
    assert (again, read_rows(), others.lists) == (run, rows, registers.lists)
    assert (others.folder / "manifest.json").is_file()


def test_what_alters_other_rows_cannot_be_kept() -> None:
    CourseFactory(code="OTHER")
    with pytest.raises(AssertionError, match="Course"):
        once(altering)
