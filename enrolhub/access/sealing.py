"""The chain over the audit trail: each seal holds the print of an event and of the seal before it (docs/decisions/0104).

Events are sealed after they were committed, a minute later at most, so that writing one never waits for another.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from enrolhub.access.models import Event, EventSeal

FORGOTTEN = "trail_forgotten"
#: What the first seal follows.
GENESIS = "0" * 64
#: Events that one transaction seals, or forgets: well under a second on SQLite.
AT_ONCE = 5_000
#: By how many numbers an event may be committed after younger ones, and still be found in the minute.
LATE = 10_000


def content_of(event: Event) -> str:
    """The print of everything that the event says (SHA-256, hexadecimal)."""
    said = [
        event.pk,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor,
        event.action,
        event.target,
        event.count,
        event.detail,
        event.address,
        event.request_id,
    ]
    return _print(json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":")))


def chain_of(previous: str, event: int, content: str) -> str:
    """The print of the chain up to a seal."""
    return _print(f"{previous}:{event}:{content}")


def _print(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def unsealed_events(*, lately: bool = False) -> QuerySet[Event]:
    """Events without a seal, in the order of their numbers; ``lately`` looks among the last ones only."""
    last = EventSeal.objects.order_by("-event").values_list("event", flat=True).first() or 0
    sealed = EventSeal.objects.filter(event=OuterRef("pk"))
    return Event.objects.filter(~Exists(sealed), pk__gt=last - LATE if lately else 0).order_by("pk")


def seal_events(*, lately: bool = False) -> int:
    """Seal what was not sealed yet; how many events that were. Somebody else may be doing it: then they do it alone."""
    return in_ranges(partial(_seal_some, lately))


def in_ranges(do_some: Callable[[], int]) -> int:
    """Do up to ``AT_ONCE`` events again and again until fewer are left; how many that were. Each range stands by itself."""
    total = 0
    while done := do_some():
        total += done
        if done < AT_ONCE:
            break
    return total


def _seal_some(lately: bool) -> int:
    try:
        with transaction.atomic():
            return add_seals(unsealed_events(lately=lately)[:AT_ONCE])
    except IntegrityError:  # two seals would follow the same one
        return 0


def add_seals(events: Iterable[Event]) -> int:
    """Seal these events at the end of the chain, in the transaction of whoever asks."""
    previous = EventSeal.objects.order_by("-pk").values_list("chain", flat=True).first() or beginning()
    seals = []
    for event in events:
        content = content_of(event)
        chain = chain_of(previous, event.pk, content)
        seals.append(EventSeal(event=event.pk, content=content, previous=previous, chain=chain))
        previous = chain
    EventSeal.objects.bulk_create(seals)
    return len(seals)


def beginning() -> str:
    """What the first seal that is there follows: nothing, or the last one that was forgotten."""
    said = Event.objects.filter(action=FORGOTTEN).order_by("-pk").values_list("detail", flat=True).first()
    return str((said or {}).get("chain", GENESIS))


def last_forgotten() -> int:
    """The highest number of an event that was forgotten after its time; 0 when none was."""
    said = Event.objects.filter(action=FORGOTTEN).values_list("detail", flat=True)
    return max((int(detail.get("last", 0)) for detail in said), default=0)
