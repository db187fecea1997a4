"""Handing one mail over to the mail server, and reading from its answer what became of the mail.

The server's word counts: a 5xx is a refusal, a 4xx asks to try again, and silence after the mail has begun to leave may mean
either, so that nothing is tried again by itself. Django's mail back end does the talking.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email

from courses.messages.placeholders import one_line
from courses.models import Delivery
from courses.models.message import ANSWER_LENGTH

State, Reason = Delivery.State, Delivery.Reason
OK, TEMPORARY, PERMANENT = 250, range(400, 500), range(500, 600)


class Unreachable(Exception):
    """The mail server cannot be reached, or does not want us; its words are the message. No mail was touched."""


@dataclass(frozen=True)
class Outcome:
    """``state`` is sent, failed, unknown, or queued: to be tried again. ``pauses`` says that no other mail would fare better."""

    state: str
    reason: str = Reason.NONE
    answer: str = ""
    pauses: bool = False


SENT = Outcome(State.SENT)


class Carrier:
    """One connection to the mail server, made when first needed and made anew when it was lost."""

    def __init__(self) -> None:
        self._backend: Any = None

    @property
    def is_open(self) -> bool:
        return self._backend is not None

    def reach(self) -> bool:
        """Make sure that the server listens, so that no mail is claimed in vain; whether this took a new connection.

        Raises Unreachable.
        """
        if self._backend is not None and not self._answers():
            self.leave()
        if self._backend is not None:
            return False
        backend = get_connection()
        try:
            backend.open()
        except OSError as error:  # what smtplib raises is one too
            raise Unreachable(words_of(error)) from error
        self._backend = backend
        return True

    def _answers(self) -> bool:
        """Whether the server still listens. Not every back end talks to one."""
        wire: Any = getattr(self._backend, "connection", None)
        if not hasattr(wire, "noop"):
            return True
        with suppress(OSError):
            return bool(wire.noop()[0] == OK)
        return False

    def leave(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._backend is not None:
            with suppress(OSError):
                self._backend.close()
        self._backend = None

    def hand_over(self, mail: EmailMessage) -> Outcome:
        """Give the server one mail, once. What is no address is not even tried."""
        if not all(is_address(each) for each in mail.to):
            return Outcome(State.FAILED, Reason.BAD_ADDRESS)
        try:
            given = self._backend.send_messages([mail])
        except SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            return outcome_of_code(code, text)
        except SMTPSenderRefused as error:
            outcome = outcome_of_code(error.smtp_code, error.smtp_error)
            return replace(outcome, pauses=outcome.state == State.QUEUED)
        except SMTPServerDisconnected as error:
            self.leave()
            return Outcome(State.UNKNOWN, Reason.CUT_OFF, words_of(error))
        except SMTPResponseException as error:
            return outcome_of_code(error.smtp_code, error.smtp_error)
        except (ValueError, SMTPException) as error:  # an address that no server would understand
            self.leave()
            return Outcome(State.FAILED, Reason.BAD_ADDRESS, words_of(error))
        except OSError as error:  # also when an answer did not come in time
            self.leave()
            return Outcome(State.UNKNOWN, Reason.CUT_OFF, words_of(error))
        return Outcome(State.FAILED, Reason.BAD_ADDRESS) if given == 0 else SENT


def is_address(text: str) -> bool:
    """Whether a mail server could understand it: accents in it are for the domain only."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def outcome_of_code(code: int, text: bytes | str) -> Outcome:
    """What a server's answer means."""
    answer = f"{code} {decoded(text)}"[:ANSWER_LENGTH]
    if code in TEMPORARY:
        return Outcome(State.QUEUED, Reason.POSTPONED, answer)
    if code in PERMANENT:
        return Outcome(State.FAILED, Reason.REFUSED, answer)
    return Outcome(State.UNKNOWN, Reason.CUT_OFF, answer)


def words_of(error: Exception) -> str:
    """An error's own words, those of the mail server when it said any."""
    if isinstance(error, SMTPResponseException):
        return f"{error.smtp_code} {decoded(error.smtp_error)}"[:ANSWER_LENGTH]
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:ANSWER_LENGTH]


def decoded(text: bytes | str) -> str:
    return one_line(text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text)
