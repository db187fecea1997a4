"""Real workers, a real clock, a real broker: what dies is taken up with nobody's help, what comes twice is done once."""

import os
import signal
import sys
import time
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
from courses.night import request_night
from courses.tasks import conduct, run_nightly, sweep_runs
from enrolhub import celery_app
from enrolhub.processes import Child, start_child, stop_child, wait_until
from enrolhub.sync.lease import process_lives
from enrolhub.sync.models import Change, Run
from tests.registers import Registers, course, enrolled, logins
from tests.servers.valkey import running_valkey
from tests.servers.worker import environment_of_site, running_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.timeout(400)]
CROWD, COURSES = 2_000, 12


@pytest.fixture
def crowded() -> list[Course]:
    """An extract that takes a while, and the courses that it fills."""
    Registers(settings.ENROLHUB_SOURCES_DIR, crowd=CROWD).write()
    return [course(f"ALGO{number:02}", "INF101") for number in range(COURSES)]


@pytest.fixture
def address() -> Iterator[str]:
    """A broker of this test alone."""
    with running_valkey() as running:
        yield f"{running}/0"


@contextmanager
def running_clock(folder: Path, address: str) -> Iterator[Child]:
    """Beat as an installation runs it, with its night half a day away."""
    far = timezone.localtime() + timedelta(hours=12)
    words = ["-A", "enrolhub.celery", "beat", "--schedule", str(folder / "schedule"), "--pidfile", ""]
    environment = {**environment_of_site(address), "NIGHTLY_AT": f"{far:%H:%M}"}
    with (folder / "beat.log").open("wb") as output:
        child = start_child([sys.executable, "-m", "celery", *words], environment=environment, output=output)
    try:
        yield child
    finally:
        stop_child(child)


def send(task: Task | str, address: str, *arguments: object) -> None:
    with celery_app.connection_for_write(address) as connection:
        celery_app.send_task(task if isinstance(task, str) else task.name, arguments, connection=connection)


def the_night() -> Run:
    return Run.objects.get(kind="night")


def is_under_way() -> bool:
    """Whether the night has written something and has more to write."""
    return the_night_exists() and the_night().phases.filter(position__gte=1, state="arrived").exists()


def the_night_exists() -> bool:
    return Run.objects.filter(kind="night").exists()


def assert_everyone_arrived_once(courses: list[Course]) -> None:
    everyone = logins(range(1, CROWD + 1))
    assert [each.code for each in courses if enrolled(each) != everyone] == []
    arrivals = Change.objects.filter(scope__phase__relation="database", action=Change.Action.ARRIVAL)
    assert arrivals.count() == CROWD * COURSES == the_night().arrivals


def folder_of(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def test_a_killed_workers_night_goes_on_within_two_minutes_with_nobodys_help(
    tmp_path: Path, address: str, crowded: list[Course]
) -> None:
    """SIGKILL to the whole worker, an emptied broker; the supervisor starts another worker, and that is all. Times are those
    of every installation."""
    with running_clock(tmp_path, address) as clock:
        with running_worker(folder_of(tmp_path, "killed"), address) as worker:
            send(run_nightly, address)
            wait_until(is_under_way, child=worker, name="The night", seconds=90)
            os.killpg(worker.pid, signal.SIGKILL)
            killed_at = time.monotonic()
        assert the_night().is_live, "the worker was killed too late for this test to mean anything"
        with redis.Redis.from_url(address) as client:
            client.flushall()
        with running_worker(folder_of(tmp_path, "next"), address):
            wait_until(lambda: the_night().resumed, child=clock, name="The night", seconds=180)
            taken_up_after = time.monotonic() - killed_at
            wait_until(lambda: not the_night().is_live, child=clock, name="The night", seconds=180)
    assert taken_up_after <= 120
    assert the_night().state == Run.State.APPLIED
    assert_everyone_arrived_once(crowded)


def test_a_worker_that_is_asked_to_end_finishes_its_night_first(
    tmp_path: Path, address: str, crowded: list[Course]
) -> None:
    with running_worker(tmp_path, address) as worker:
        send(run_nightly, address)
        wait_until(is_under_way, child=worker, name="The night", seconds=90)
        worker.send_signal(signal.SIGTERM)
        assert the_night().is_live, "the worker was asked too late for this test to mean anything"
        assert worker.wait(timeout=180) == 0
    assert (the_night().state, the_night().resumed) == (Run.State.APPLIED, False)
    assert_everyone_arrived_once(crowded)


def test_a_worker_whose_parent_process_is_killed_leaves_a_whole_night(
    tmp_path: Path, address: str, crowded: list[Course]
) -> None:
    """Only the worker's parent is killed. Its child comes to the end of the night by itself, or dies and is taken up."""
    with (
        running_worker(folder_of(tmp_path, "one"), address) as one,
        running_worker(folder_of(tmp_path, "two"), address) as two,
    ):
        run = request_night()
        assert run is not None
        send(conduct, address, run.pk)
        wait_until(is_under_way, child=one, name="The night", seconds=90)
        orphan = int(the_night().holder.rpartition(":")[2])
        parent = parent_of(orphan)
        survivor = {one.pid: two, two.pid: one}[parent]
        os.kill(parent, signal.SIGKILL)
        wait_until(
            lambda: not the_night().is_live or not process_lives(orphan), child=survivor, name="The night", seconds=180
        )
        Run.objects.filter(state=Run.State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
        send(sweep_runs, address)
        wait_until(lambda: not the_night().is_live, child=survivor, name="The night", seconds=180)
    assert the_night().state == Run.State.APPLIED
    assert_everyone_arrived_once(crowded)


def parent_of(number: int) -> int:
    """The parent of a process, as Linux tells it."""
    status = Path(f"/proc/{number}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])


def test_a_message_that_comes_ten_times_among_messages_that_nobody_understands(
    tmp_path: Path, address: str, crowded: list[Course]
) -> None:
    """Two workers; unknown tasks, runs that never were, arguments of another version: each is passed over."""
    with (
        running_worker(folder_of(tmp_path, "one"), address) as one,
        running_worker(folder_of(tmp_path, "two"), address) as two,
    ):
        run = request_night()
        assert run is not None
        send("courses.tasks.of_another_version", address, run.pk)
        send(conduct, address, run.pk + 1_000)
        send(conduct, address, run.pk, "in_haste")
        for _ in range(10):
            send(conduct, address, run.pk)
        wait_until(lambda: is_idle(address) and not the_night().is_live, child=one, name="The night", seconds=180)
        assert (one.poll(), two.poll()) == (None, None)
    assert (the_night().state, the_night().resumed, the_night().fence) == (Run.State.APPLIED, False, 1)
    assert_everyone_arrived_once(crowded)


def is_idle(address: str) -> bool:
    """Whether no message of this broker waits or is being worked on."""
    with redis.Redis.from_url(address) as client:
        return client.llen("celery") == 0 and client.hlen("unacked") == 0
