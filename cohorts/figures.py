"""Figures of the registers for monitoring: how old each source's last accepted extract is, how the last reading went."""

from collections.abc import Iterator

from django.db.models import Max, Q
from prometheus_client.core import Metric

from cohorts.models import Snapshot
from enrolhub.web.metrics import gauges, register_figures


def register_all() -> None:
    """Called once, when the application is ready."""
    register_figures("sources", source_figures)


def source_figures() -> Iterator[Metric]:
    """In two queries: the last reading of each source, and the last one that was accepted."""
    newest = Snapshot.objects.order_by().values_list("source")
    pairs = list(newest.annotate(last=Max("pk"), accepted=Max("pk", filter=Q(accepted=True))))
    snapshots = Snapshot.objects.in_bulk([pk for _source, *both in pairs for pk in both if pk])
    read_at = [(source, snapshots[accepted].extracted_at) for source, _last, accepted in pairs if accepted]
    ages = [((source,), moment.timestamp()) for source, moment in read_at if moment]
    about = "When the register was read from which the last accepted extract comes."
    yield gauges("source_extracted_timestamp_seconds", about, ["source"], ages)
    verdicts = [
        ((source, str(verdict)), float(snapshots[last].verdict == verdict))
        for source, last, _accepted in pairs
        for verdict in Snapshot.Verdict.values
    ]
    yield gauges("source_verdict", "The verdict on the last reading (1).", ["source", "verdict"], verdicts)
