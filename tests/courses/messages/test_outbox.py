"""The outbox against a real mail server: what it accepts, refuses, postpones, and what happens while it is away."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from courses.messages import outbox
from courses.messages.carrier import SENT
from courses.messages.outbox import ATTEMPTS, claim_next, note_outcome, take_outbox
from courses.messages.rounds import empty_outbox
from courses.messages.sending import send_again
from courses.models import Course, Delivery, Message, Outbox
from enrolhub.access.models import User
from enrolhub.processes import free_port
from tests.courses.messages.conftest import use_mail_server
from tests.courses.messages.writing import confirm, states_of, text_of_mail
from tests.factories import EnrolmentFactory
from tests.servers.smtp import MailServer, running_mail_server

pytestmark = pytest.mark.django_db
NOLWENN, ELEONORE = "nolwenn@etu.exemple.fr", "eleonore@etu.exemple.fr"


def delivery_to(address: str) -> Delivery:
    return Delivery.objects.get(address=address)


def empty_later(**later: float) -> None:
    """A round of the outbox that much later."""
    with time_machine.travel(timezone.now() + timedelta(**later), tick=True):
        empty_outbox()


def test_what_the_server_accepts_is_sent_once(message: Message, mail_server: MailServer) -> None:
    assert empty_outbox() is None
    assert states_of(message) == {"Nolwenn": "sent", "Éléonore": "sent", "Assia": "skipped"}
    assert empty_outbox() is None
    assert mail_server.recipients == [NOLWENN, ELEONORE]
    assert mail_server.sessions == 1


def test_each_mail_is_the_persons_own(message: Message, mail_server: MailServer) -> None:
    empty_outbox()
    first, second = mail_server.mails
    assert text_of_mail(first).startswith("Bonjour Nolwenn,\nle cours est en https://cours.exemple.fr/MAIL1.\n")
    assert text_of_mail(second).startswith("Bonjour Éléonore,")
    assert "Alex Prévost" in text_of_mail(first)
    assert (first["To"], first["Subject"], first["Reply-To"]) == (
        NOLWENN, "Examen", "Alex Prévost <alex.prevost@exemple.fr>",
    )  # fmt: skip
    assert first["From"] == '"Alex Prévost (EnrolHub)" <enrolhub@localhost>'
    assert first.get_content_type() == "text/plain"
    assert {first["Message-ID"], second["Message-ID"]} == {
        f"<{message.token}.{delivery_to(address).pk}@localhost>" for address in (NOLWENN, ELEONORE)
    }


@pytest.mark.parametrize("where", ["answers", "data_answers"])
def test_a_refusal_is_final_and_shown_in_the_servers_words(
    message: Message, mail_server: MailServer, where: str
) -> None:
    getattr(mail_server, where)[NOLWENN] = ["550 5.1.1 No such mailbox"]
    empty_outbox()
    empty_later(days=2)
    refused = delivery_to(NOLWENN)
    assert (refused.state, refused.reason, refused.answer, refused.attempts) == (
        "failed", "refused", "550 5.1.1 No such mailbox", 1,
    )  # fmt: skip
    assert mail_server.recipients == [ELEONORE]


@pytest.mark.parametrize("where", ["answers", "data_answers"])
def test_what_is_postponed_is_tried_again_later_and_not_before(
    message: Message, mail_server: MailServer, where: str
) -> None:
    getattr(mail_server, where)[NOLWENN] = ["451 4.7.1 Greylisted, come again", "450 Not yet"]
    empty_outbox()
    waiting = delivery_to(NOLWENN)
    assert (waiting.state, waiting.answer) == ("queued", "451 4.7.1 Greylisted, come again")
    assert timedelta(seconds=55) < waiting.due_at - timezone.now() <= timedelta(minutes=1)
    empty_later(seconds=50)
    assert delivery_to(NOLWENN).attempts == 1
    empty_later(seconds=70)
    assert timedelta(seconds=175) < delivery_to(NOLWENN).due_at - timezone.now() < timedelta(seconds=200)
    empty_later(minutes=10)
    done = delivery_to(NOLWENN)
    assert (done.state, done.attempts, done.answer) == ("sent", 3, "")
    assert mail_server.recipients == [ELEONORE, NOLWENN]


def test_after_many_attempts_the_outbox_gives_up(message: Message, mail_server: MailServer) -> None:
    mail_server.answers[NOLWENN] = ["452 Mailbox full"] * 50
    for hour in range(24):
        empty_later(hours=hour * 5)
    given_up = delivery_to(NOLWENN)
    assert (given_up.state, given_up.reason, given_up.attempts) == ("failed", "gave_up", ATTEMPTS)
    assert given_up.answer == "452 Mailbox full"


def test_a_server_that_wants_no_more_for_now_is_left_alone(message: Message, mail_server: MailServer) -> None:
    mail_server.sender_answers = ["450 Too many messages", "450 Too many messages"]
    pause = empty_outbox()
    assert pause is not None
    assert pause > timedelta(seconds=25)
    assert empty_outbox() is None
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_dead_server_fails_nothing_and_is_tried_again_ever_later(message: Message, settings: Settings) -> None:
    port = free_port()
    use_mail_server(settings, port)
    pause = empty_outbox()
    assert pause is not None
    assert timedelta(seconds=25) < pause <= timedelta(seconds=30)
    assert Outbox.objects.get().failing_since
    assert "refus" in Outbox.objects.get().answer
    assert empty_outbox() is None, "before its hour nobody tries again"
    with time_machine.travel(timezone.now() + timedelta(seconds=40), tick=True):
        pause = empty_outbox()
    assert pause is not None
    assert timedelta(seconds=55) < pause <= timedelta(minutes=1)
    assert list(message.deliveries.values_list("state", "attempts").order_by("state").distinct()) == [
        ("queued", 0), ("skipped", 0),
    ]  # fmt: skip
    with running_mail_server(port) as server:
        empty_later(minutes=5)
    assert server.recipients == [NOLWENN, ELEONORE]
    assert (Outbox.objects.get().failing_since, Outbox.objects.get().answer) == (None, "")


def test_a_server_silent_for_two_days_fails_what_waits_for_it(message: Message, settings: Settings) -> None:
    use_mail_server(settings, free_port())
    empty_outbox()
    empty_later(hours=49)
    assert states_of(message) == {"Nolwenn": "failed", "Éléonore": "failed", "Assia": "skipped"}
    assert delivery_to(NOLWENN).reason == "unreachable"


def test_a_server_that_goes_away_between_two_mails_is_reached_again(
    course: Course, mail_server: MailServer, settings: Settings
) -> None:
    message = confirm(course)
    mail_server.data_answers[NOLWENN] = ["421 4.3.2 Shutting down"]
    empty_outbox()
    assert states_of(message) == {"Nolwenn": "queued", "Éléonore": "sent", "Assia": "skipped"}
    assert mail_server.sessions == 2


def test_an_answer_that_never_comes_leaves_the_mail_perhaps_sent(
    message: Message, mail_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    mail_server.hangs_on = NOLWENN
    empty_outbox()
    empty_later(days=1)
    unsure = delivery_to(NOLWENN)
    assert (unsure.state, unsure.reason) == ("unknown", "cut_off")
    assert mail_server.recipients == [NOLWENN, ELEONORE]


@pytest.mark.parametrize(
    "address", ["no address", "nobody@", "@exemple.fr", "a@b@c", "x\r\nBcc: y@z.fr", "é€@exemple.fr"]
)
def test_what_is_no_address_fails_alone(course: Course, mail_server: MailServer, address: str) -> None:
    EnrolmentFactory(course=course, person__email=address, person__first_name="Odd", person__last_name="Aaa")
    message = confirm(course)
    empty_outbox()
    assert states_of(message) == {"Odd": "failed", "Nolwenn": "sent", "Éléonore": "sent", "Assia": "skipped"}
    assert mail_server.recipients == [NOLWENN, ELEONORE]


def test_the_rate_is_kept_and_the_rest_follows(course: Course, mail_server: MailServer, settings: Settings) -> None:
    settings.MESSAGES_PER_MINUTE = 5
    for number in range(7):
        EnrolmentFactory(course=course, person__email=f"s{number}@etu.exemple.fr")
    confirm(course)
    pause = empty_outbox()
    assert len(mail_server.recipients) == 5
    assert pause is not None
    assert timedelta(seconds=50) < pause <= timedelta(minutes=1)
    empty_later(seconds=30)
    assert len(mail_server.recipients) == 5
    empty_later(seconds=62)
    assert len(mail_server.recipients) == 9


def test_messages_take_turns(course: Course, mail_server: MailServer) -> None:
    for number in range(8):
        EnrolmentFactory(course=course, person__email=f"s{number}@etu.exemple.fr", person__last_name=f"Z{number}")
    confirm(course, subject="long")
    confirm(course, subject="second")
    empty_outbox()
    assert [mail["Subject"] for mail in mail_server.mails[:6]] == ["long", "second"] * 3


def test_a_claim_whose_holder_died_is_perhaps_sent_and_not_sent_again(
    message: Message, mail_server: MailServer
) -> None:
    fence = take_outbox()
    assert fence is not None
    claimed = claim_next(fence)
    assert claimed is not None
    assert empty_outbox() is None, "the outbox is held"
    assert mail_server.recipients == []
    Outbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    empty_outbox()
    assert states_of(message) == {"Nolwenn": "unknown", "Éléonore": "sent", "Assia": "skipped"}
    assert delivery_to(NOLWENN).reason == "abandoned"
    assert mail_server.recipients == [ELEONORE]


def test_a_holder_thought_dead_that_comes_back_says_what_it_knows_and_claims_no_more(
    message: Message, mail_server: MailServer
) -> None:
    fence = take_outbox()
    assert fence is not None
    claimed = claim_next(fence)
    assert claimed is not None
    Outbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    empty_outbox()
    note_outcome(claimed, fence, SENT)
    assert delivery_to(NOLWENN).state == "sent"
    with pytest.raises(outbox.OutboxLost):
        claim_next(fence)


def test_a_late_word_of_the_dead_does_not_undo_what_a_person_decided(message: Message, mail_server: MailServer) -> None:
    fence = take_outbox()
    assert fence is not None
    claimed = claim_next(fence)
    assert claimed is not None
    outbox.end_abandoned(fence + 1, timezone.now())
    assert send_again(User.objects.get(username="prof"), message, message.deliveries.filter(state="unknown")) == 1
    note_outcome(claimed, fence, SENT)
    assert delivery_to(NOLWENN).state == "queued"


def test_a_dead_process_of_this_machine_need_not_be_waited_for(message: Message, mail_server: MailServer) -> None:
    take_outbox()
    holder = Outbox.objects.get().holder.rpartition(":")[0]
    Outbox.objects.update(holder=f"{holder}:{2**22 - 1}")  # no machine has such a process
    empty_outbox()
    assert mail_server.recipients == [NOLWENN, ELEONORE]
