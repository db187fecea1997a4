from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery.beat import ScheduleEntry
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads, prepare_accept_content

from enrolhub import celery_app
from enrolhub.schedule import SWEEP
from enrolhub.sync.attempts import WAITING_TOO_LONG
from enrolhub.sync.lease import LEASE


def is_due(name: str, *, last: datetime, now: datetime) -> bool:
    """Whether beat, at `now`, fires an entry that it fired at `last`."""
    entry = ScheduleEntry(name=name, app=celery_app, last_run_at=last, **celery_app.conf.beat_schedule[name])
    with time_machine.travel(now, tick=False):
        return bool(entry.is_due().is_due)


@pytest.mark.parametrize(
    "night",
    [
        pytest.param(datetime(2026, 1, 15, 2, 30, tzinfo=UTC), id="winter"),
        pytest.param(datetime(2026, 7, 15, 1, 30, tzinfo=UTC), id="summer"),
        pytest.param(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="summer time begins"),
        pytest.param(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), id="summer time ends"),
    ],
)
def test_the_night_is_at_half_past_three_in_paris(night: datetime) -> None:
    yesterday = night - timedelta(hours=20)
    assert not is_due("nightly", last=yesterday, now=night - timedelta(seconds=1))
    assert is_due("nightly", last=yesterday, now=night)
    assert not is_due("nightly", last=night, now=night + timedelta(hours=20))


@pytest.mark.parametrize(("name", "seconds"), [("sweeper", 30), ("outbox", 60)])
def test_what_stalled_is_looked_for_again_and_again(name: str, seconds: int) -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert not is_due(name, last=noon, now=noon + timedelta(seconds=seconds - 1))
    assert is_due(name, last=noon, now=noon + timedelta(seconds=seconds))


def test_a_run_whose_worker_died_is_taken_up_within_two_minutes() -> None:
    """The lease it renewed last, or its message lost before anyone took it; then a sweep; then a worker must start."""
    assert max(LEASE, WAITING_TOO_LONG) + SWEEP <= timedelta(seconds=90)


def test_what_beat_fires_exists() -> None:
    celery_app.loader.import_default_modules()
    assert [
        entry["task"] for entry in celery_app.conf.beat_schedule.values() if entry["task"] not in celery_app.tasks
    ] == []


def test_a_message_stays_taken_longer_than_the_longest_night() -> None:
    assert celery_app.conf.broker_transport_options["visibility_timeout"] == 12 * 60 * 60
    assert celery_app.conf.visibility_timeout == 12 * 60 * 60


def test_a_task_survives_its_worker() -> None:
    assert (celery_app.conf.task_acks_late, celery_app.conf.task_reject_on_worker_lost) == (True, True)


def test_json_alone_is_taken_from_the_broker() -> None:
    taken = prepare_accept_content(celery_app.conf.accept_content)
    content_type, encoding, body = dumps({"run": 1}, serializer=celery_app.conf.task_serializer)
    assert loads(body, content_type, encoding, accept=taken) == {"run": 1}
    with pytest.raises(ContentDisallowed):
        loads(b"", "application/x-python-serialize", "binary", accept=taken)
