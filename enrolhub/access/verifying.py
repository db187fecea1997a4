"""Whether the audit trail is as it was written: the chain of seals, followed from its beginning."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Count

from enrolhub.access.models import Event, EventSeal
from enrolhub.access.sealing import beginning, chain_of, content_of, last_forgotten, unsealed_events

AT_ONCE = 1_000


@dataclass(frozen=True)
class Verdict:
    """``fault`` is a code and the number of the first event at which the chain breaks, None when it is whole.

    ``head`` is the print of the whole chain: kept elsewhere, it shows later that nobody made the chain anew.
    """

    fault: tuple[str, int] | None
    sealed: int
    rewritten: int
    unsealed: int
    head: str


def verify_trail() -> Verdict:
    """Follow the chain and compare each event with its last seal."""
    previous, fault = beginning(), None
    for seal, found in _links(previous):
        if found:
            fault = (found, seal.event)
            break
        previous = seal.chain
    sealed = EventSeal.objects.values("event").distinct().count()
    return Verdict(fault, sealed, len(_rewritten()), unsealed_events().count(), previous)


def knows_head(head: str) -> bool:
    """Whether the chain has been at this print, which somebody kept elsewhere."""
    return EventSeal.objects.filter(chain=head).exists()


def _rewritten() -> frozenset[int]:
    """The numbers of the events that have more than one seal."""
    twice = EventSeal.objects.order_by().values("event").annotate(number=Count("pk")).filter(number__gt=1)
    return frozenset(twice.values_list("event", flat=True))


def _links(previous: str) -> Iterator[tuple[EventSeal, str]]:
    """Each seal with the code of what is wrong with it, or with nothing."""
    forgotten, rewritten = last_forgotten(), _rewritten()
    last_seals = {seal.event: seal.pk for seal in EventSeal.objects.filter(event__in=rewritten).order_by("pk")}
    rows = EventSeal.objects.order_by("pk").iterator(chunk_size=AT_ONCE)
    while seals := list(islice(rows, AT_ONCE)):
        events = Event.objects.in_bulk([seal.event for seal in seals])
        for seal in seals:
            is_last = last_seals.get(seal.event, seal.pk) == seal.pk
            event = events.get(seal.event)
            may_be_gone = event is None and seal.event <= forgotten
            yield seal, _fault_of_link(seal, previous) or ("" if may_be_gone else _fault_of(event, seal, is_last))
            previous = seal.chain


def _fault_of(event: Event | None, seal: EventSeal, is_last: bool) -> str:
    if event is None:
        return "event_missing"
    return "event_changed" if is_last and content_of(event) != seal.content else ""


def _fault_of_link(seal: EventSeal, previous: str) -> str:
    if seal.previous != previous:
        return "seal_missing"
    return "" if seal.chain == chain_of(previous, seal.event, seal.content) else "seal_forged"
