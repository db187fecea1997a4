"""Workers that are killed or stalled in the middle of 2,000 recipients: nobody gets a mail twice, every delivery tells the truth."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from cohorts.models import Person
from courses.messages.outbox import leave_outbox, take_outbox
from courses.models import Course, Delivery, Enrolment, Message, Outbox
from courses.tasks import send_mails
from enrolhub import celery_app
from enrolhub.processes import wait_until
from tests.courses.messages.writing import confirm
from tests.factories import manual_method, role
from tests.servers.smtp import MailServer, running_mail_server
from tests.servers.valkey import running_valkey
from tests.servers.worker import running_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.timeout(400)]
CROWD, MIDDLE = 2_000, 700
#: Enough where nobody is killed.
FEW, EARLY = 300, 100


def address_of(number: int) -> str:
    return f"c{number:04}@etu.exemple.fr"


@pytest.fixture
def message(course: Course) -> Message:
    """A message to 2,000 students of a course."""
    return message_to(course, CROWD)


@pytest.fixture
def message_to_few(course: Course) -> Message:
    return message_to(course, FEW)


def message_to(course: Course, people_count: int) -> Message:
    Enrolment.objects.all().exclude(role__short_name="editingteacher").delete()
    people = Person.objects.bulk_create(
        Person(username=f"c{number:04}", last_name_key=f"c{number:04}", email=address_of(number))
        for number in range(people_count)
    )
    method, student = manual_method(course), role("student")
    Enrolment.objects.bulk_create(Enrolment(method=method, person=person, role=student) for person in people)
    return confirm(course)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """The mail server of the workers to come."""
    with running_mail_server() as running:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{running.port}")
        monkeypatch.setenv("MESSAGES_PER_MINUTE", "0")
        yield running


@pytest.fixture
def address() -> Iterator[str]:
    """A broker of this test alone: what a killed worker leaves in it concerns nobody else."""
    with running_valkey() as running:
        yield f"{running}/0"


def wake(address: str) -> None:
    with celery_app.connection_for_write(address) as connection:
        send_mails.apply_async(connection=connection)


def count_of(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def end_lease() -> None:
    """The holder has been silent for too long."""
    Outbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def finish(address: str, folder: Path) -> None:
    """Another worker goes on until nothing waits."""
    folder.mkdir()
    with running_worker(folder, address) as worker:
        wake(address)
        wait_until(lambda: not count_of("queued") + count_of("sending"), child=worker, name="The rest", seconds=250)


def assert_the_truth_is_told(server: MailServer, unknown: int, whole: int = CROWD) -> None:
    """Nobody has two mails; who is said to have one has it; of one who perhaps has it nothing is claimed."""
    received = Counter(server.recipients)
    assert [address for address, number in received.items() if number > 1] == []
    states = dict(Delivery.objects.values_list("address", "state"))
    assert Counter(states.values()) == Counter({"sent": whole - unknown, "unknown": unknown})
    assert [address for address, state in states.items() if state == "sent" and address not in received] == []


@pytest.mark.parametrize("keeps", [True, False], ids=["the server has the mail", "the server lost it"])
def test_a_worker_killed_before_the_server_answered_leaves_one_mail_perhaps_sent(
    message: Message, server: MailServer, address: str, tmp_path: Path, keeps: bool
) -> None:
    server.hangs_on, server.keeps = address_of(MIDDLE), keeps
    with running_worker(tmp_path, address) as worker:
        wake(address)
        wait_until(server.is_hanging.is_set, child=worker, name="The sending", seconds=120)
        os.killpg(worker.pid, signal.SIGKILL)
    assert (count_of("sent"), count_of("sending"), count_of("queued")) == (MIDDLE, 1, CROWD - MIDDLE - 1)
    server.hangs_on = ""
    end_lease()
    finish(address, tmp_path / "next")
    assert_the_truth_is_told(server, unknown=1)
    [unsure] = Delivery.objects.filter(state="unknown")
    assert (unsure.address, unsure.reason) == (address_of(MIDDLE), "abandoned")
    assert len(server.recipients) == (CROWD if keeps else CROWD - 1)


def test_a_worker_killed_at_any_moment(message: Message, server: MailServer, address: str, tmp_path: Path) -> None:
    with running_worker(tmp_path, address) as worker:
        wake(address)
        wait_until(lambda: count_of("sent") > MIDDLE, child=worker, name="The sending", seconds=120)
        os.killpg(worker.pid, signal.SIGKILL)
    assert count_of("queued"), "the worker was killed too late for this test to mean anything"
    claimed = count_of("sending")
    end_lease()
    finish(address, tmp_path / "next")
    assert_the_truth_is_told(server, unknown=claimed)


def test_a_stalled_worker_that_wakes_up_sends_nothing_more_and_says_what_it_knows(
    message_to_few: Message, server: MailServer, address: str, tmp_path: Path
) -> None:
    server.hangs_on = address_of(EARLY)
    with running_worker(tmp_path, address) as stalled:
        wake(address)
        wait_until(server.is_hanging.is_set, child=stalled, name="The sending", seconds=120)
        os.killpg(stalled.pid, signal.SIGSTOP)
        end_lease()
        fence = take_outbox()
        assert fence is not None
        assert (count_of("unknown"), count_of("sending")) == (1, 0)
        server.answer_now()
        os.killpg(stalled.pid, signal.SIGCONT)
        wait_until(lambda: not count_of("unknown"), child=stalled, name="The stalled worker", seconds=120)
        assert (count_of("sent"), count_of("queued")) == (EARLY + 1, FEW - EARLY - 1)
    leave_outbox(fence, None)
    finish(address, tmp_path / "next")
    assert_the_truth_is_told(server, unknown=0, whole=FEW)


def test_two_workers_woken_at_once_share_nothing(
    message_to_few: Message, server: MailServer, address: str, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with running_worker(tmp_path / "one", address) as one, running_worker(tmp_path / "two", address):
        for _ in range(4):
            wake(address)
        wait_until(lambda: count_of("sent") == FEW, child=one, name="The sending", seconds=250)
    assert_the_truth_is_told(server, unknown=0, whole=FEW)
