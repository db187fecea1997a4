"""The only ways to take something out of the audit trail: what is past its time is forgotten, a name is made nobody's.

On PostgreSQL the application's own role can do neither by itself: forgetting goes through a function of the database that
refuses what is younger than ``KEPT_DAYS``, rewriting is left to the owner of the tables (docs/audit.md).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from enrolhub.access.models import Event, EventSeal
from enrolhub.access.sealing import AT_ONCE, FORGOTTEN, add_seals, beginning, in_ranges, seal_events
from enrolhub.access.trail import record_event

#: Younger events are never forgotten, whoever asks.
KEPT_DAYS = 180


class TooYoungToForget(ValueError):
    """Events of the last ``KEPT_DAYS`` days are kept."""


def forget_events(before: datetime) -> int:
    """Take the events before this moment out of the trail, with their seals; how many. The trail says so itself.

    Raises TooYoungToForget. May be cut short and called again: each range is forgotten whole or not at all.
    """
    if before > timezone.now() - timedelta(days=KEPT_DAYS):
        raise TooYoungToForget
    seal_events()
    return in_ranges(partial(_forget_some, before))


def _forget_some(before: datetime) -> int:
    with transaction.atomic():
        by_database = connection.vendor == "postgresql"
        count, last, chain = _forget_by_function(before) if by_database else _forget_here(before)
        if count:
            record_event("", FORGOTTEN, count=count, before=before.isoformat(), last=last, chain=chain)
    return count


def _forget_by_function(before: datetime) -> tuple[int, int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_forget_events(%s, %s)", [before, AT_ONCE])
        count, last, chain = cursor.fetchone()
    return count, last or 0, chain or beginning()


def _forget_here(before: datetime) -> tuple[int, int, str]:
    old = list(Event.objects.filter(at__lt=before).order_by("at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    QuerySet[Event, Event](Event).filter(pk__in=old).delete()
    living = EventSeal.objects.filter(Exists(Event.objects.filter(pk=OuterRef("event"))))
    first = living.order_by("pk").values_list("pk", flat=True).first()
    gone = EventSeal.objects.filter(pk__lt=first) if first else EventSeal.objects.all()
    chain = gone.order_by("-pk").values_list("chain", flat=True).first()
    gone.delete()
    return len(old), max(old, default=0), chain or beginning()


def rewrite_events(events: Sequence[Event], fields: Sequence[str]) -> int:
    """Keep these events as they are now, sealed again: for what makes a person's name nobody's, and for nothing else.

    How many. Raises a database error (ProgrammingError) under the application's own role on PostgreSQL.
    """
    if not events:
        return 0
    seal_events()
    with transaction.atomic():
        written: Any = QuerySet[Event, Event](Event).bulk_update(events, fields, batch_size=500)
        add_seals(events)
    return int(written)
