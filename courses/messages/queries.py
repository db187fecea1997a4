"""Which messages an account sees, and what became of them."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from courses.models import Course, Delivery, Message, Outbox
from courses.queries import groups_seen_by
from enrolhub.access.models import User

State = Delivery.State


def messages_for(user: User, course: Course) -> QuerySet[Message]:
    """The messages of the course that the account may read.

    Its own; and everybody's, unless it sees only some of the course's people: their recipients may be others.
    """
    messages = Message.objects.filter(course=course)
    return messages if groups_seen_by(user, course) is None else messages.filter(sender=user)


@dataclass(frozen=True)
class Tally:
    """How many deliveries of a message are in each state."""

    counts: dict[str, int]

    def of(self, state: str) -> int:
        return self.counts.get(state, 0)

    @property
    def whole(self) -> int:
        """All those who have an address."""
        return sum(self.counts.values()) - self.of(State.SKIPPED)

    @property
    def failed(self) -> int:
        return self.of(State.FAILED)

    @property
    def unknown(self) -> int:
        return self.of(State.UNKNOWN)

    @property
    def pending(self) -> int:
        return self.of(State.QUEUED) + self.of(State.SENDING)

    @property
    def done(self) -> int:
        return self.whole - self.pending


def tallies_of(messages: list[int]) -> dict[int, Tally]:
    """The tally of each of these messages, in one query."""
    rows = Delivery.objects.filter(message__in=messages).order_by().values_list("message", "state")
    tallies: dict[int, Tally] = {pk: Tally({}) for pk in messages}
    for pk, state, number in rows.annotate(number=Count("pk")):
        tallies[pk].counts[state] = number
    return tallies


def outbox_silence() -> Outbox | None:
    """The outbox when the mail server cannot be reached: since when, why, and until when it waits."""
    return Outbox.objects.filter(failing_since__isnull=False).first()
