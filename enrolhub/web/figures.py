"""Figures of the broker and of the door, for monitoring."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import Metric

from enrolhub.access.models import Event
from enrolhub.web import queue
from enrolhub.web.metrics import gauge, gauges, register_figures

LATELY = timedelta(hours=1)
OUTCOMES = ("sign_in", "sign_in_refused", "sign_in_locked")


def register_all() -> None:
    """Called once, when the application is ready."""
    register_figures("broker", broker_figures)
    register_figures("door", door_figures)


def broker_figures() -> Iterator[Metric]:
    """What waits in the broker, and when a worker last swept: clock, broker and worker in one figure."""
    waiting, in_hand, swept_at = queue.figures()
    rows = [(("waiting",), float(waiting)), (("in_hand",), float(in_hand))]
    yield gauges("queue_messages", "Messages in the broker, by whether a worker has them in hand.", ["state"], rows)
    yield gauge("swept_timestamp_seconds", "When a worker last looked for what stalled (every 30 s).", swept_at)


def door_figures() -> Iterator[Metric]:
    """Sign-ins of the last hour by outcome. A gauge: the trail is purged, and a counter must not fall."""
    lately = Event.objects.filter(at__gt=timezone.now() - LATELY, action__in=OUTCOMES).order_by()
    counts = dict(lately.values_list("action").annotate(number=Count("pk")))
    rows = [((outcome,), float(counts.get(outcome, 0))) for outcome in OUTCOMES]
    yield gauges("sign_ins_last_hour", "Sign-ins of the last hour, by outcome.", ["outcome"], rows)
