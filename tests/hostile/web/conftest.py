"""A browser of the staff, and a course to knock at."""

import pytest
from django.test import Client

from courses.models import Course
from enrolhub.access.models import User
from tests.factories import CourseFactory, SiteRoleFactory, UserFactory

PASSWORD = "a long word of passage"


@pytest.fixture
def course(db: None) -> Course:
    made: Course = CourseFactory.create(code="OWN1")
    return made


@pytest.fixture
def cemu(course: Course) -> User:
    account: User = SiteRoleFactory.create(user=UserFactory(username="cemu")).user
    account.set_password(PASSWORD)
    account.save()
    return account


@pytest.fixture
def browser(cemu: User) -> Client:
    """A browser of the staff that sends whatever it is told, without the token of a form."""
    client = Client(raise_request_exception=False)
    client.force_login(cemu)
    return client
