"""The night by way of the queue: a clock that fires twice, a worker that is killed, a broker that goes away."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import Task
from django.conf import settings
from django.utils import timezone

from courses.models import Course
from courses.night import business_date
from courses.tasks import run_nightly, sweep_runs
from enrolhub import celery_app
from enrolhub.broker import start_broker
from enrolhub.processes import Child, free_port, stop_child, wait_until
from enrolhub.sync.models import Change, Run
from tests.registers import Registers, course, enrolled, figures, logins
from tests.servers.worker import running_worker

pytestmark = pytest.mark.django_db(transaction=True)
CROWD, COURSES = 2_000, 12


def send(task: Task, address: str, **arguments: object) -> None:
    """Put a task on the queue of this broker."""
    with celery_app.connection_for_write(address) as connection:
        task.apply_async(kwargs=arguments, connection=connection)


def is_idle(address: str) -> bool:
    """Whether no message of this broker waits or is being worked on."""
    with redis.Redis.from_url(address) as client:
        return client.llen("celery") == 0 and client.hlen("unacked") == 0


def the_night() -> Run:
    return Run.objects.get(kind="night")


def test_a_clock_that_fires_twice_makes_one_night(celery_worker_process: Child, broker: str) -> None:
    Registers(settings.ENROLHUB_SOURCES_DIR).write()
    algorithmics = course("ALGO1", "INF101")
    for _ in range(2):
        run_nightly.delay(scheduled=True)
    wait_until(lambda: is_idle(broker), child=celery_worker_process, name="The night")
    assert (the_night().state, the_night().scheduled_on) == (Run.State.APPLIED, business_date())
    assert enrolled(algorithmics) == logins(range(1, 13))


@pytest.fixture
def crowded() -> list[Course]:
    """An extract that takes a while, and the courses that it fills."""
    Registers(settings.ENROLHUB_SOURCES_DIR, crowd=CROWD).write()
    return [course(f"ALGO{number:02}", "INF101") for number in range(COURSES)]


@contextmanager
def own_broker(folder: Path, port: int) -> Iterator[tuple[str, Child]]:
    """A broker that this test may stop."""
    child = start_broker(folder / "valkey", port, durable=True)
    try:
        yield f"redis://127.0.0.1:{port}/0", child
    finally:
        stop_child(child)


def has_reached(phase_count: int) -> bool:
    return Run.objects.filter(kind="night", phases__position__gte=phase_count).exists()


@pytest.mark.long
@pytest.mark.parametrize("phase", [0, 1, 3])
def test_a_killed_workers_night_is_taken_up_and_takes_effect_once(
    tmp_path: Path, crowded: list[Course], phase: int
) -> None:
    with own_broker(tmp_path, free_port()) as (address, _):
        with running_worker(tmp_path, address) as worker:
            send(run_nightly, address, scheduled=True)
            wait_until(lambda: has_reached(phase), child=worker, name="The night")
            os.killpg(worker.pid, signal.SIGKILL)
        assert the_night().is_live, "the worker was killed too late for this test to mean anything"
        # The lease runs out: nobody renews it.
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        with running_worker(tmp_path, address) as worker:
            send(sweep_runs, address)
            wait_until(lambda: not the_night().is_live, child=worker, name="The night", seconds=90)

    assert (the_night().state, the_night().resumed) == (Run.State.APPLIED, True)
    assert_everyone_arrived_once(crowded)


@pytest.mark.long
def test_a_night_outlives_its_broker_and_the_worker_comes_back_to_the_next_one(
    tmp_path: Path, crowded: list[Course]
) -> None:
    port = free_port()
    with own_broker(tmp_path, port) as (address, broker), running_worker(tmp_path, address) as worker:
        send(run_nightly, address, scheduled=True)
        wait_until(lambda: has_reached(1), child=worker, name="The night")
        stop_child(broker)
        assert the_night().is_live, "the broker went too late for this test to mean anything"
        wait_until(lambda: not the_night().is_live, child=worker, name="The night", seconds=90)
        assert (the_night().state, the_night().resumed) == (Run.State.APPLIED, False)
        assert_everyone_arrived_once(crowded)
        with own_broker(tmp_path, port) as (address, _):
            send(run_nightly, address, scheduled=False)
            nights = Run.objects.filter(kind="night").exclude(state__in=Run.LIVE)
            wait_until(lambda: nights.count() == 2, child=worker, name="The next night", seconds=90)
    assert figures(nights.latest("pk")) == {"unchanged": CROWD * COURSES}


def assert_everyone_arrived_once(courses: list[Course]) -> None:
    everyone = logins(range(1, CROWD + 1))
    assert {each.code: enrolled(each) == everyone for each in courses} == {each.code: True for each in courses}
    arrivals = Change.objects.filter(scope__phase__relation="database", action=Change.Action.ARRIVAL)
    assert arrivals.count() == CROWD * COURSES == the_night().arrivals
