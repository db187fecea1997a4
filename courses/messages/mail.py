"""One delivery as a mail: plain text, from the site in the sender's name, answered to the sender."""

from email.utils import formataddr, parseaddr
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext

from cohorts.models import Person
from courses.messages.languages import in_each
from courses.messages.placeholders import fill, one_line
from courses.models import Course, Delivery, Message


def values_for(person: Person, course: Course, course_address: str) -> dict[str, str]:
    """What the placeholders stand for when this person reads the message."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "full_name": f"{person.first_name} {person.last_name}".strip() or person.username,
        "course": course.title,
        "course_code": course.code,
        "course_address": course_address,
    }


def subject_for(message: Message, person: Person) -> str:
    return one_line(fill(message.subject, values_for(person, message.course, message.course_address)))


def text_for(message: Message, person: Person, *, is_copy: bool = False) -> str:
    """The whole text that this person reads: the sender's, then who wrote from where, in the languages of the message."""
    body = fill(message.body, values_for(person, message.course, message.course_address))
    closing = in_each(message.language, lambda: closing_of(message, is_copy=is_copy), "\n\n")
    return f"{body.rstrip()}\n\n-- \n{closing}\n"


def closing_of(message: Message, *, is_copy: bool) -> str:
    """Why somebody has this mail, and whether an answer reaches the sender."""
    words = {"name": one_line(message.sender_name), "course": one_line(message.course.title)}
    if is_copy:
        first = gettext("Copy of your message to participants of “%(course)s”.") % words
    elif not message.sender_name:
        first = gettext("EnrolHub wrote this by itself to participants of “%(course)s”.") % words
    else:
        first = gettext("%(name)s wrote to you as a participant of “%(course)s”.") % words
    second = "" if message.sender_address else gettext("This message cannot be answered.")
    return "\n".join(line for line in (first, message.course_address, second) if line)


def mail_of(delivery: Delivery) -> EmailMessage:
    """The mail of a delivery. Its identity never changes, so that a mailbox may know one that comes twice."""
    message = delivery.message
    _, site_address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    name = one_line(message.sender_name or message.course.title)
    host = site_address.rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=subject_for(message, delivery.person),
        body=text_for(message, delivery.person, is_copy=delivery.is_copy),
        from_email=formataddr((f"{name} (EnrolHub)", site_address)),
        to=[delivery.address],
        reply_to=[formataddr((name, message.sender_address))] if message.sender_address else [],
        headers={"Message-ID": f"<{message.token}.{delivery.pk}@{host}>"},
    )


def address_of_course(course: Course, own_page: str) -> str:
    """Where people find the course: on its platform when the settings say where that is, else ``own_page`` of this site."""
    pattern: str = settings.COURSE_ADDRESSES.get(course.platform.code, "")
    return pattern.replace("{code}", quote(course.code, safe="")) if pattern else own_page
