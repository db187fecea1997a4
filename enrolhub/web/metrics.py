"""Figures for Prometheus: those that each application reads from the database, and those of the requests answered.

What the database knows is read when it is asked for and is the same from every process; what only the processes know,
they count (`enrolhub.web.measuring`). See docs/decisions/0111.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError, InterfaceError
from prometheus_client import REGISTRY, CollectorRegistry, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
#: Where gunicorn's processes keep their counts for each other; read by prometheus_client, too.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
Figures = Callable[[], Iterable[Metric]]
_readers: dict[str, Figures] = {}


def register_figures(part: str, read: Figures) -> None:
    """Have these figures told under the name of this part; a reader may raise what the database raises."""
    _readers[part] = read


def gauge(name: str, about: str, value: float | None) -> Metric:
    """One figure without labels; without a value it has no sample."""
    family = GaugeMetricFamily(f"enrolhub_{name}", about)
    if value is not None:
        family.add_metric([], value)
    return family


def gauges(name: str, about: str, labels: Iterable[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    """One figure by labels: a row is the values of the labels, and the figure."""
    family = GaugeMetricFamily(f"enrolhub_{name}", about, labels=list(labels))
    for values, value in rows:
        family.add_metric(list(values), value)
    return family


class DatabaseFigures(Collector):
    """Reads every part; one that cannot be read says so and leaves the others."""

    def collect(self) -> Iterator[Metric]:
        read: list[tuple[tuple[str, ...], float]] = []
        for part, reader in sorted(_readers.items()):
            try:
                yield from list(reader())
            except (DatabaseError, InterfaceError, RedisError, OSError) as error:
                logger.warning("the figures of %s could not be read: %s", part, error)
                read.append(((part,), 0))
            else:
                read.append(((part,), 1))
        yield gauges("figures_read", "Whether the figures of a part could be read (1) or not (0).", ["part"], read)


def exposition(accepted: str) -> tuple[bytes, str]:
    """All figures in the format that suits an Accept header best, and the type of that format."""
    encode, kind = choose_encoder(accepted)
    registry = CollectorRegistry()
    registry.register(DatabaseFigures())
    if os.environ.get(SHARED_FOLDER):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(ProcessFigures())
    return encode(registry), kind


class ProcessFigures(Collector):
    """What this process alone has counted."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
