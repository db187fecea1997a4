"""Confirming a message: who receives it, once, whatever is sent twice; and what no content can make of a mail."""

from uuid import uuid4

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cohorts.models import Person
from courses.messages.mail import address_of_course, mail_of
from courses.messages.recipients import NAMED, recipients_of
from courses.messages.sending import RecipientsMoved, TokenUsed, send_again, send_message
from courses.models import Course, Delivery, Message
from courses.participants.queries import Scope
from courses.participants.selection import Selection
from courses.participants.vocabulary import vocabulary_of
from enrolhub.access.models import Event, User
from tests.courses.messages.writing import PLACE, STUDENTS, TEXT, confirm, scope_of, states_of
from tests.factories import (
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def author() -> User:
    return User.objects.get(username="prof")


def mails_of(message: Message) -> list[EmailMessage]:
    return [mail_of(delivery) for delivery in message.deliveries.exclude(state="skipped")]


def test_recipients_are_told_apart_and_named_in_order(course: Course) -> None:
    found = recipients_of(scope_of(course), Selection(everyone=True))
    assert (found.reached, found.skipped) == (3, 1)
    assert [person.last_name for person in found.first] == ["Abgrall", "Bœuf", "Prévost"]
    assert [person.last_name for person in found.without] == ["Cauvin"]


def test_the_page_names_a_few_of_many(course: Course) -> None:
    for _ in range(NAMED + 5):
        EnrolmentFactory(course=course)
    found = recipients_of(scope_of(course), STUDENTS)
    assert (found.reached, len(found.first)) == (NAMED + 7, NAMED)


def test_recipients_are_frozen_when_the_message_is_confirmed(course: Course) -> None:
    message = confirm(course)
    EnrolmentFactory(course=course, person__first_name="Late")
    course.methods.get().enrolments.filter(person__first_name="Nolwenn").delete()
    assert states_of(message) == {"Nolwenn": "queued", "Éléonore": "queued", "Assia": "skipped"}
    assert list(message.deliveries.values_list("position", "person__first_name")) == [
        (1, "Nolwenn"), (2, "Éléonore"), (3, "Assia"),
    ]  # fmt: skip


def test_a_form_sent_twice_makes_one_message(course: Course) -> None:
    token = uuid4()
    first, second = confirm(course, token=token), confirm(course, token=token, subject="Other")
    assert (first.pk, Message.objects.count(), Delivery.objects.count()) == (second.pk, 1, 3)
    assert Event.objects.filter(action="message").count() == 1


def test_somebody_elses_form_or_one_of_another_course_is_refused(course: Course) -> None:
    message = confirm(course)
    scope, other = scope_of(course), UserFactory(username="other")
    digest = recipients_of(scope, STUDENTS).digest
    with pytest.raises(TokenUsed):
        send_message(other, scope, STUDENTS, TEXT | {"token": message.token}, digest, PLACE)
    message.course = EnrolmentFactory().method.course
    message.save()
    with pytest.raises(TokenUsed):
        confirm(course, token=message.token)


@pytest.mark.parametrize("change", ["arrival", "departure", "address"])
def test_people_who_are_no_longer_those_of_the_preview_stop_the_message(course: Course, change: str) -> None:
    scope = scope_of(course)
    digest = recipients_of(scope, STUDENTS).digest
    if change == "arrival":
        EnrolmentFactory(course=course)
    elif change == "departure":
        course.methods.get().enrolments.filter(person__first_name="Nolwenn").delete()
    else:
        Person.objects.filter(first_name="Assia").update(email="assia@etu.exemple.fr")
    with pytest.raises(RecipientsMoved):
        send_message(author(), scope, STUDENTS, TEXT | {"token": uuid4()}, digest, PLACE)
    assert (Message.objects.count(), Delivery.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_the_author_gets_a_copy_once(course: Course) -> None:
    message = confirm(course, copy=True)
    copy = message.deliveries.get(is_copy=True)
    assert (copy.address, copy.position, message.deliveries.count()) == ("alex.prevost@exemple.fr", 0, 4)
    assert "Copie de votre message" in mail_of(copy).body
    to_everyone = confirm(course, Selection(everyone=True), copy=True)
    assert to_everyone.deliveries.filter(person__username="prof").count() == 1
    assert not to_everyone.deliveries.filter(is_copy=True).exists()


def test_an_author_without_an_address_gets_no_copy_and_no_answers(course: Course) -> None:
    Person.objects.filter(username="prof").update(email="")
    message = confirm(course, copy=True)
    assert not message.deliveries.filter(is_copy=True).exists()
    assert all(mail.reply_to == [] and "pas possible de répondre" in mail.body for mail in mails_of(message))


def test_an_account_without_a_person_writes_under_its_own_name(course: Course) -> None:
    Person.objects.filter(username="prof").update(username="retired")
    message = confirm(course)
    assert (message.sender_name, message.sender_address) == ("Alex Prévost", "")


def test_a_teacher_of_a_group_reaches_their_groups_people_only(course: Course) -> None:
    group = GroupFactory(course=course)
    GroupMemberFactory(group=group, person=Person.objects.get(first_name="Nolwenn"))
    scope = Scope(vocabulary_of(course), scope_of(course).now, [group.pk])
    everyone = tuple(Person.objects.values_list("pk", flat=True))
    for selection in (Selection(everyone=True), Selection(everyone), STUDENTS):
        assert [person.first_name for person in recipients_of(scope, selection).first] == ["Nolwenn"]


def test_people_of_another_course_are_never_reached(course: Course) -> None:
    stranger = EnrolmentFactory().person
    found = recipients_of(scope_of(course), Selection((stranger.pk, Person.objects.get(first_name="Nolwenn").pk)))
    assert [person.first_name for person in found.first] == ["Nolwenn"]


@pytest.mark.parametrize(
    "name",
    [
        "Éve\r\nBcc: all@exemple.fr",
        "Zoé\nSubject: other",
        'A" <x@evil.fr>, "B',
        "a@b, c@d",
        "x\x1b[1m",
        "\u202eeve",
    ],
)
def test_no_name_adds_a_header_or_a_recipient(course: Course, name: str) -> None:
    Person.objects.update(first_name=name, last_name=name)
    Course.objects.update(title=name)
    course.refresh_from_db()
    message = confirm(course, subject="{prenom} {nom} {nom_complet} {cours}")
    expected = {
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "To",
        "Reply-To",
        "Date",
        "Message-ID",
    }
    for mail in mails_of(message):
        parsed = mail.message()
        assert set(parsed.keys()) == expected
        assert mail.recipients() == mail.to
        assert len(mail.subject.splitlines()) == 1
        head = parsed.as_bytes().partition(b"\n\n")[0].decode()
        starts = [line.partition(":")[0] for line in head.splitlines() if not line.startswith((" ", "\t"))]
        assert set(starts) == expected


def test_the_closing_follows_the_authors_language(course: Course) -> None:
    assert "auquel vous participez" in mails_of(confirm(course))[0].body
    message = confirm(course, language="en")
    assert "wrote to you as a participant" in mails_of(message)[0].body
    assert "https://cours.exemple.fr/MAIL1" in mails_of(message)[0].body


def test_the_address_of_a_course_is_its_platforms_when_that_is_known(course: Course, settings: Settings) -> None:
    assert address_of_course(course, "https://site/courses/MAIL1/") == "https://site/courses/MAIL1/"
    settings.COURSE_ADDRESSES = {"ecampus": "https://ecampus.exemple.fr/course/search?q={code}&x=1"}
    course.code = "A+B"
    assert address_of_course(course, "") == "https://ecampus.exemple.fr/course/search?q=A%2BB&x=1"


def test_sending_again_takes_what_ended_badly_to_the_address_of_now(course: Course) -> None:
    message = confirm(course)
    message.deliveries.filter(person__first_name="Nolwenn").update(state="failed", attempts=1, answer="550 gone")
    Person.objects.filter(first_name="Nolwenn").update(email="new@etu.exemple.fr")
    assert send_again(author(), message, message.deliveries.all()) == 1
    assert send_again(author(), message, message.deliveries.all()) == 0
    again = message.deliveries.get(person__first_name="Nolwenn")
    assert (again.state, again.address, again.attempts, again.reason) == ("queued", "new@etu.exemple.fr", 0, "")
    assert list(Event.objects.filter(action="message_again").values_list("count", "target")) == [(1, "MAIL1")]


def test_the_trail_says_who_wrote_to_how_many(course: Course) -> None:
    message = confirm(course, copy=True)
    event = Event.objects.get()
    assert (event.actor, event.action, event.target, event.count) == ("prof", "message", "MAIL1", 3)
    assert event.detail == {"message": message.pk}


def test_confirming_costs_the_same_for_many(course: Course) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            confirm(course)
        return len(queries)

    few = cost()
    for _ in range(40):
        EnrolmentFactory(course=course)
    assert cost() == few


def test_a_person_has_one_delivery_a_message(course: Course) -> None:
    """Two enrolments, one mail."""
    person = PersonFactory(first_name="Twice")
    EnrolmentFactory(course=course, person=person)
    EnrolmentFactory(method=MethodFactory(course=course), person=person)
    assert confirm(course).deliveries.filter(person=person).count() == 1
