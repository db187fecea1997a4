"""A course, who loads files into it, and whom."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from courses.models import Course
from enrolhub.access.models import SiteRole
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    PersonFactory,
    role,
)
from tests.import_files import signed_in


@pytest.fixture(autouse=True)
def course(db: None) -> Course:
    """A course with its editing teacher `prof`, and three people to enrol."""
    made: Course = CourseFactory(code="C1")
    EnrolmentFactory(course=made, person=PersonFactory(username="prof"), role=role("editingteacher"))
    for number in (1, 2, 3):
        PersonFactory(username=f"u{number}")
    return made


@pytest.fixture
def teacher() -> Client:
    return signed_in()


@pytest.fixture
def staff() -> Client:
    return signed_in("cemu", kind=SiteRole.Kind.STAFF)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield
