"""Confirming a message: its recipients are frozen, and nothing is left to do but hand over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language

from cohorts.models import Person
from courses.messages.recipients import address_deliveries
from courses.models import Course, Delivery, Message
from courses.participants.queries import Scope
from courses.participants.selection import Selection, selected_people
from enrolhub.access.models import User
from enrolhub.access.trail import record_event

State = Delivery.State
#: What a person may send again by hand.
REPEATABLE = (State.FAILED, State.UNKNOWN, State.SKIPPED)


class RecipientsMoved(Exception):
    """The selection no longer finds the people whom the preview showed: nothing was written."""


class TokenUsed(Exception):
    """The form belongs to a message of somebody else or of another course."""


def person_of(user: User) -> Person | None:
    """The person of the registers who has this account's username."""
    return Person.objects.filter(username=user.get_username()).first()


def sender_name_of(user: User, person: Person | None) -> str:
    """Under which name this account writes: that of the registers, else its own."""
    return (f"{person.first_name} {person.last_name}".strip() if person else "") or str(user)


def send_message(
    author: User, scope: Scope, selection: Selection, draft: Mapping[str, Any], digest: str, course_address: str
) -> Message:
    """Confirm a message for exactly the people of ``digest``; sent twice, the form finds the message it has made.

    Raises RecipientsMoved, TokenUsed and SelectionRefused, having written nothing.
    """
    course = scope.vocabulary.course
    with transaction.atomic():
        message, is_new = message_of(author, course, draft, course_address)
        if is_new:
            if address_deliveries(message, selected_people(scope, selection)) != digest:
                raise RecipientsMoved
            if draft["copy"]:
                add_copy(message, author)
            trace(author, "message", message, message.deliveries.exclude(state=State.SKIPPED).count())
    return message


def message_of(author: User, course: Course, draft: Mapping[str, Any], course_address: str) -> tuple[Message, bool]:
    """The message of this form's token, and whether it was not there before."""
    person, token = person_of(author), draft["token"]
    defaults = {
        "course": course,
        "sender": author,
        "sender_name": sender_name_of(author, person),
        "sender_address": person.email if person else "",
        "subject": draft["subject"],
        "body": draft["body"],
        "course_address": course_address,
        "language": get_language() or "",
    }
    message, is_new = Message.objects.get_or_create(token=token, defaults=defaults)
    if message.sender_id != author.pk or message.course_id != course.pk:
        raise TokenUsed
    return message, is_new


def add_copy(message: Message, author: User) -> None:
    """A copy for the author, unless they have no address or receive the message anyway."""
    person = person_of(author)
    if person is None or not person.email or message.deliveries.filter(person=person).exists():
        return
    message.deliveries.create(
        person=person, position=0, is_copy=True, address=person.email, due_at=message.confirmed_at
    )


def sent_already(author: User, course: Course, token: UUID) -> Message | None:
    """The message that this author has confirmed with this form."""
    return Message.objects.filter(token=token, sender=author, course=course).first()


def send_again(author: User, message: Message, chosen: QuerySet[Delivery]) -> int:
    """Queue those of the chosen deliveries that ended without being surely sent; how many.

    Each goes to the address that its person has now; whoever has none is left as they are.
    """
    now = timezone.now()
    person = Person.objects.filter(pk=OuterRef("person")).exclude(email="")
    with transaction.atomic():
        count = chosen.filter(Exists(person), message=message, state__in=REPEATABLE).update(
            state=State.QUEUED,
            address=Subquery(person.values("email")[:1]),
            attempts=0,
            due_at=now,
            claimed_by=None,
            ended_at=None,
            reason="",
        )
        if count:
            trace(author, "message_again", message, count)
    return count


def trace(author: User, action: str, message: Message, count: int) -> None:
    record_event(author.get_username(), action, message.course.code, count=count, message=message.pk)
