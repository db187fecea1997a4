"""What may be asked of the broker: whether it is there, how much waits in it, when a worker last swept.

It only wakes the workers; nothing that has to last is kept in it.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
#: Seconds that the broker has to be reached, and for each answer.
PATIENCE = 1
#: Celery's names, on Redis, of its queue and of the messages that workers have in hand.
QUEUE, IN_HAND = "celery", "unacked"
SWEPT_AT = "enrolhub:swept_at"


@contextmanager
def _broker() -> Iterator["Redis"]:
    client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        yield client
    finally:
        client.close()


def ping() -> None:
    """Raises RedisError when the broker does not answer in good time."""
    with _broker() as broker:
        broker.ping()


def figures() -> tuple[int, int, float | None]:
    """Messages that wait, messages that workers have in hand, and when a worker last swept (Unix time). Raises RedisError."""
    with _broker() as broker, broker.pipeline(transaction=False) as asked:
        asked.llen(QUEUE)
        asked.hlen(IN_HAND)
        asked.get(SWEPT_AT)
        waiting, in_hand, swept_at = asked.execute()
    return int(waiting), int(in_hand), float(swept_at) if swept_at else None


def note_sweep() -> None:
    """Keep, as far as the broker lets us, that clock, broker and a worker have just worked together."""
    try:
        with _broker() as broker:
            broker.set(SWEPT_AT, f"{time.time():.0f}")
    except RedisError as error:
        logger.warning("the sweep was not noted: %s", error)
