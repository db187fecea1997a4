"""Messages that the site itself writes to people of a course: without a sender, by the same outbox, as much at most once."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from cohorts.models import Person
from courses.messages.languages import BETWEEN_BODIES, BETWEEN_SUBJECTS, in_each, readers_by_language
from courses.messages.mail import address_of_course
from courses.messages.recipients import address_deliveries
from courses.models import Course, Delivery, Message
from courses.models.message import SUBJECT_LENGTH

State = Delivery.State


@dataclass(frozen=True)
class Words:
    """A subject and a body."""

    subject: str
    body: str


def post_message(
    course: Course, token: UUID, say: Callable[[], Words], people: QuerySet[Person], page: str = ""
) -> int:
    """Queue one mail for each of the people, in the languages that they read; how many messages it took.

    One that exists already is not queued again. Belongs in the transaction of its reason. ``page`` is the path that it leads
    to, unless the course has an address of its own; otherwise that of one's own courses.
    """
    count = 0
    for languages, readers in readers_by_language(people):
        if not readers.exists():
            continue
        subject = in_each(languages, lambda: say().subject, BETWEEN_SUBJECTS)
        body = in_each(languages, lambda: say().body, BETWEEN_BODIES)
        message, is_new = _message(course, uuid5(token, languages), subject, body, page, languages)
        if is_new:
            address_deliveries(message, readers)
        count += 1
    return count


def post_to_one_more(course: Course, token: UUID, subject: str, body: str, person: Person) -> None:
    """Queue the mail for one more reader of a message; who has had it does not get it again."""
    with transaction.atomic():
        message, _is_new = _message(course, token, subject, body)
        state = State.QUEUED if person.email else State.SKIPPED
        due = {"position": 1, "address": person.email, "state": state, "due_at": timezone.now()}
        message.deliveries.get_or_create(person=person, defaults=due)


def _message(
    course: Course, token: UUID, subject: str, body: str, page: str = "", languages: str = ""
) -> tuple[Message, bool]:
    path = page or reverse("courses:my_courses")
    own_page = f"{settings.SITE_ADDRESS.rstrip('/')}{path}" if settings.SITE_ADDRESS else ""
    defaults = {
        "course": course,
        "sender_name": "",
        "subject": subject[:SUBJECT_LENGTH],
        "body": body,
        "course_address": address_of_course(course, own_page),
        "language": languages or get_language() or "",
    }
    return Message.objects.get_or_create(token=token, defaults=defaults)
