"""A course with people to write to, and a mail server that takes what is written."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from courses.models import Course, Message
from tests.courses.messages.writing import confirm
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, UserFactory, role
from tests.servers.smtp import MailServer, running_mail_server


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """The mail server of this site, for one test."""
    with running_mail_server() as server:
        use_mail_server(settings, server.port)
        yield server


def use_mail_server(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    settings.MESSAGES_PER_MINUTE = 0


@pytest.fixture
def course() -> Course:
    """A teacher, and three students of whom one has no address."""
    made: Course = CourseFactory(code="MAIL1", title="Méthodologie du travail")
    teacher = PersonFactory(username="prof", last_name="Prévost", first_name="Alex", email="alex.prevost@exemple.fr")
    EnrolmentFactory(course=made, person=teacher, role=role("editingteacher"))
    for name, first, address in (
        ("Abgrall", "Nolwenn", "nolwenn@etu.exemple.fr"),
        ("Bœuf", "Éléonore", "eleonore@etu.exemple.fr"),
        ("Cauvin", "Assia", ""),
    ):
        EnrolmentFactory(course=made, person=PersonFactory(last_name=name, first_name=first, email=address))
    UserFactory(username="prof", first_name="Alex", last_name="Prévost")
    return made


@pytest.fixture
def message(course: Course) -> Message:
    """A message to the students of the course, confirmed and not yet handed over."""
    return confirm(course)
