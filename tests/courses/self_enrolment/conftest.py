"""A course open to whoever enrols, and a student of the directory with an account."""

import pytest

from cohorts.models import Person
from courses.self_enrolment.enrolling import Applicant
from enrolhub.access.models import User
from tests.factories import PersonFactory, UserFactory
from tests.open_course import space, way

__all__ = ["space", "way"]


@pytest.fixture
def student(db: None) -> User:
    PersonFactory(username="etu", first_name="Nolwenn", last_name="Abgrall")
    user: User = UserFactory.create(username="etu")
    return user


@pytest.fixture
def applicant(student: User) -> Applicant:
    return Applicant(Person.objects.get(username="etu"), student, "192.0.2.1")
