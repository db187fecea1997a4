"""A course open to whoever enrols with its key."""

import pytest

from courses.models import Course, Method
from tests.factories import CourseFactory, MethodFactory

KEY = "Printemps-2027"


@pytest.fixture
def space(db: None) -> Course:
    course: Course = CourseFactory(code="OUV1", title="Anglais en autonomie")
    return course


@pytest.fixture
def way(space: Course) -> Method:
    method: Method = MethodFactory(course=space, kind=Method.Kind.SELF, key=KEY, capacity=2, duration_days=30)
    return method
