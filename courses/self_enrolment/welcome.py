"""The mail that whoever enrols by themselves gets: one message of the course for each wording, with a reader more each time."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext as _

from courses.models import Method


@dataclass(frozen=True)
class Welcome:
    """A subject and a body with placeholders; the ``token`` is another one when the words are."""

    token: UUID
    subject: str
    body: str


def welcome_of(method: Method) -> Welcome | None:
    """The welcome of a method; None when it says nothing."""
    if not method.welcome_message.strip():
        return None
    subject = _("Welcome to “{course}”")
    token = uuid5(NAMESPACE_URL, f"enrolhub:welcome:{method.pk}:{subject}:{method.welcome_message}")
    return Welcome(token, subject, method.welcome_message)
