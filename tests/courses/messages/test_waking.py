"""When a worker looks into the outbox again: at once, when the rate or the mail server allows, or with the next minute."""

import pytest
from kombu.exceptions import OperationalError
from pytest_django import Settings

from courses.messages import rounds
from courses.models import Course, Message
from courses.tasks import send_mails, wake_outbox
from enrolhub.processes import free_port
from tests.courses.messages.conftest import use_mail_server
from tests.courses.messages.writing import confirm, states_of
from tests.factories import EnrolmentFactory
from tests.servers.smtp import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """In how many seconds the broker was asked to wake a worker."""
    seconds: list[float] = []

    def keep(countdown: float = 0, **options: object) -> None:
        seconds.append(round(countdown))

    monkeypatch.setattr(send_mails, "apply_async", keep)
    return seconds


def test_when_all_is_sent_nobody_is_woken(message: Message, mail_server: MailServer, asked: list[float]) -> None:
    send_mails()
    send_mails()
    assert (states_of(message)["Nolwenn"], asked) == ("sent", [])


def test_a_round_that_is_over_before_all_is_sent_is_followed_by_another(
    message: Message, mail_server: MailServer, asked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds.empty_outbox, "__defaults__", (0,))
    send_mails()
    assert (states_of(message)["Nolwenn"], asked) == ("queued", [0])


def test_the_rate_says_when_to_come_again(
    course: Course, mail_server: MailServer, asked: list[float], settings: Settings
) -> None:
    settings.MESSAGES_PER_MINUTE = 3
    for _ in range(4):
        EnrolmentFactory(course=course)
    confirm(course)
    send_mails()
    assert (len(mail_server.recipients), asked) == (3, [60])


def test_a_server_that_is_away_is_tried_again_in_half_a_minute(
    message: Message, settings: Settings, asked: list[float]
) -> None:
    use_mail_server(settings, free_port())
    send_mails()
    assert asked == [30]


def test_what_is_due_later_is_left_to_the_clock(message: Message, mail_server: MailServer, asked: list[float]) -> None:
    mail_server.answers["nolwenn@etu.exemple.fr"] = ["450 Later"]
    send_mails()
    assert asked == []


def test_without_a_broker_nothing_is_lost(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(send_mails, "apply_async", refuse)
    wake_outbox()
    assert states_of(message)["Nolwenn"] == "queued"
