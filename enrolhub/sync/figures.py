"""Figures of the engine for monitoring: runs by kind and state, what is held, what stalled."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client.core import Metric

from enrolhub.sync.attempts import stalled_runs
from enrolhub.sync.models import Run
from enrolhub.sync.queries import holds_waiting
from enrolhub.web.metrics import gauge, gauges, register_figures

LATELY = timedelta(days=1)


def register_all() -> None:
    """Called once, when the application is ready."""
    register_figures("runs", run_figures)


def run_figures() -> Iterator[Metric]:
    """In three queries, whatever the number of runs."""
    lately = Run.objects.filter(requested_at__gt=timezone.now() - LATELY, dry_run=False).order_by()
    counted = lately.values_list("kind", "state").annotate(number=Count("pk"))
    rows = [((kind, state), float(number)) for kind, state, number in counted]
    yield gauges("runs_last_day", "Runs asked for in the last 24 h, by kind and state.", ["kind", "state"], rows)
    yield gauge("runs_stalled", "Live runs that nobody conducts.", stalled_runs().count())
    asked_at = Min("scope__phase__run__requested_at")
    waiting = holds_waiting().order_by().aggregate(scopes=Count("pk"), leaving=Sum("scope__departures"), since=asked_at)
    yield gauge("holds_waiting", "Courses and cohorts whose departures wait for a decision.", waiting["scopes"])
    yield gauge("held_departures_waiting", "Departures that wait for a decision.", waiting["leaving"] or 0)
    since = waiting["since"].timestamp() if waiting["since"] else None
    yield gauge("oldest_hold_timestamp_seconds", "When the run was asked for that has waited longest.", since)
