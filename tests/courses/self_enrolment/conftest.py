"""A course open to whoever enrols, and a student of the directory with an account."""

import pytest

from cohorts.models import Person
from courses.models import Course, Method
from courses.self_enrolment.enrolling import Applicant
from enrolhub.access.models import User
from tests.factories import CourseFactory, MethodFactory, PersonFactory, UserFactory

KEY = "Printemps-2027"


@pytest.fixture
def space(db: None) -> Course:
    course: Course = CourseFactory(code="OUV1", title="Anglais en autonomie")
    return course


@pytest.fixture
def way(space: Course) -> Method:
    method: Method = MethodFactory(course=space, kind=Method.Kind.SELF, key=KEY, capacity=2, duration_days=30)
    return method


@pytest.fixture
def student(db: None) -> User:
    PersonFactory(username="etu", first_name="Nolwenn", last_name="Abgrall")
    user: User = UserFactory.create(username="etu")
    return user


@pytest.fixture
def applicant(student: User) -> Applicant:
    return Applicant(Person.objects.get(username="etu"), student, "192.0.2.1")
