"""Whom a selection of the participant list would reach by mail, and whom it would not."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Case, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from cohorts.models import Person
from courses.models import Delivery, Message
from courses.participants.conditions import DEFAULT_SORT
from courses.participants.lists import NumberList
from courses.participants.queries import COLUMNS, Scope, in_order
from courses.participants.selection import Selection, selected_people
from enrolhub.sync.select_into import insert_from

#: How many people a page names before it says how many others there are.
NAMED = 8
HAS_ADDRESS = ~Q(email="")
FIELDS = ("message", "person", "position", "is_copy", "address", "state", "attempts", "due_at", "reason", "answer")
State = Delivery.State


@dataclass(frozen=True)
class Recipients:
    """``reached`` people have an address, ``skipped`` have none; ``first`` and ``without`` begin the list of each.

    ``digest`` stands for exactly these people.
    """

    reached: int
    skipped: int
    first: Sequence[Person]
    without: Sequence[Person]
    digest: str


def recipients_of(scope: Scope, selection: Selection) -> Recipients:
    """The people selected, at the instant of ``scope``. Raises SelectionRefused."""
    people = selected_people(scope, selection)
    counts = people.aggregate(ids=NumberList("pk"), reached=Count("pk", filter=HAS_ADDRESS))
    ids, reached = counts["ids"], counts["reached"] or 0
    ordered = in_order(people, scope, DEFAULT_SORT)
    skipped = len(ids) - reached
    return Recipients(
        reached=reached,
        skipped=skipped,
        first=list(ordered.filter(HAS_ADDRESS)[:NAMED]),
        without=list(ordered.exclude(HAS_ADDRESS)[:NAMED]) if skipped else [],
        digest=digest_of(ids, reached),
    )


def digest_of(ids: Sequence[int], reached: int) -> str:
    """The same for the same people of whom as many have an address."""
    return sha256(f"{reached}:{','.join(map(str, sorted(ids)))}".encode()).hexdigest()


def address_deliveries(message: Message, people: QuerySet[Person]) -> str:
    """Write one delivery a person, in the order of their names; the digest of those written."""
    named = [F(COLUMNS[key]).asc() for key in (*DEFAULT_SORT, "username")]
    rows = people.order_by().annotate(
        for_message=Value(message.pk),
        place=Window(RowNumber(), order_by=named),
        copy=Value(False),
        in_state=Case(When(HAS_ADDRESS, then=Value(State.QUEUED.value)), default=Value(State.SKIPPED.value)),
        tries=Value(0),
        due=Value(message.confirmed_at),
        why=Value(""),
        said=Value(""),
    )
    columns = ("for_message", "pk", "place", "copy", "email", "in_state", "tries", "due", "why", "said")
    insert_from(Delivery, FIELDS, rows.values_list(*columns))
    written = message.deliveries.aggregate(ids=NumberList("person"), reached=Count("pk", filter=Q(state=State.QUEUED)))
    return digest_of(written["ids"], written["reached"] or 0)
