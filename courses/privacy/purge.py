"""The purge: whatever is past its time is forgotten, kind by kind, and what was done is told on the audit trail."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from courses.privacy.retention import KINDS, Kind
from enrolhub.access.models import Event
from enrolhub.access.trail import record_event

logger = logging.getLogger(__name__)
ACTION = "purge"
Tell = Callable[[Kind, int], None]


def purge(now: datetime, tell: Tell, *, actor: str = "", dry_run: bool = False) -> Mapping[str, int]:
    """Forget what is past its time at this moment; how much of each kind. A dry run counts and forgets nothing.

    Each piece is a transaction of its own: killed anywhere it has done what it has done, and the next one goes on.
    """
    counts: dict[str, int] = {}
    try:
        for kind in KINDS:
            counts[kind.code] = kind.count(now) if dry_run else kind.forget(now)
            tell(kind, counts[kind.code])
    finally:
        if not dry_run:
            said: dict[str, Any] = {**counts, "complete": len(counts) == len(KINDS)}
            record_event(actor, ACTION, count=sum(counts.values()), **said)
    return counts


def log_kind(kind: Kind, count: int) -> None:
    """What a worker tells of the purge."""
    logger.info("purge: %s %s", count, kind.code)


def last_purge() -> Event | None:
    """What the trail says of the last one."""
    return Event.objects.filter(action=ACTION).order_by("-at", "-pk").first()
