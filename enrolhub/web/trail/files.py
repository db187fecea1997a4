"""The trail as a file: one event a row, every column; dates ISO 8601 in UTC, codes as they are kept beside their words."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC

from django.db.models import QuerySet

from enrolhub.access.models import Event
from enrolhub.web.trail.wording import action_words

HEADINGS = (
    "number",
    "at",
    "actor",
    "action",
    "words",
    "outcome",
    "target",
    "count",
    "address",
    "request",
    "detail",
)


def rows_of(events: QuerySet[Event]) -> Iterator[Sequence[str]]:
    """The rows of these events, in their order, read while they are written."""
    for event in events.iterator(chunk_size=2_000):
        words = action_words(event)
        yield (
            str(event.pk),
            event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            event.actor,
            event.action,
            str(words.label),
            str(words.outcome),
            event.target,
            "" if event.count is None else str(event.count),
            event.address,
            event.request_id,
            json.dumps(event.detail, ensure_ascii=False, sort_keys=True) if event.detail else "",
        )
