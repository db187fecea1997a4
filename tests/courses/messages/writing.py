"""Writing messages as the pages do, and reading what became of them."""

from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import override

from courses.messages.recipients import recipients_of
from courses.messages.sending import send_message
from courses.models import Course, Message
from courses.participants.queries import Scope
from courses.participants.selection import Selection
from courses.participants.vocabulary import vocabulary_of
from enrolhub.access.models import User

STUDENTS = Selection(everyone=True, query="role=student")
TEXT = {"subject": "Examen", "body": "Bonjour {prenom},\nle cours est en {adresse_cours}.", "copy": False}
PLACE = "https://cours.exemple.fr/MAIL1"


def scope_of(course: Course) -> Scope:
    return Scope(vocabulary_of(course), timezone.now())


def confirm(course: Course, selection: Selection = STUDENTS, *, language: str = "fr", **changes: Any) -> Message:
    """A message of the account ``prof``, confirmed for the people selected at this instant, on pages in that language."""
    scope = scope_of(course)
    draft = TEXT | {"token": uuid4()} | changes
    digest = recipients_of(scope, selection).digest
    with override(language):
        return send_message(User.objects.get(username="prof"), scope, selection, draft, digest, PLACE)


def states_of(message: Message) -> dict[str, str]:
    """The state of each delivery, by first name."""
    return dict(message.deliveries.values_list("person__first_name", "state"))


def text_of_mail(mail: EmailMessage) -> str:
    """The text of a mail with plain line ends."""
    return str(mail.get_content()).replace("\r\n", "\n")
