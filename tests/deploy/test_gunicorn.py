"""The site under its real server: it serves, reloads without a dropped request, stops when asked to, and says what it misses."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from courses.tasks import send_notices
from enrolhub import celery_app
from enrolhub.processes import Child, start_child, stop_child, wait_until
from tests.deploy.sites import TOKEN, Site, collect_static, running_site
from tests.faults.copies import Copies
from tests.servers.valkey import running_valkey
from tests.servers.worker import command_of_worker, environment_of_site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.timeout(400)]
NOWHERE = {"DATABASE_URL": "postgresql://enrolhub@127.0.0.1:1/enrolhub", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def address() -> Iterator[str]:
    """A broker of this test alone."""
    with running_valkey() as running:
        yield f"{running}/0"


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return collect_static(tmp_path_factory.mktemp("static"))


def counted(site: Site, name: str) -> float:
    """What all processes of the site together have counted of the sign-in page."""
    text = site.get("/metrics", Authorization=f"Bearer {TOKEN}").body.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return sum(each.value for each in samples if each.name == name and each.labels["view"] == "access:sign_in")


def test_it_serves_and_its_processes_count_together(tmp_path: Path, address: str, static: dict[str, str]) -> None:
    with running_site(tmp_path, address, **static) as site:
        assert (site.get("/healthz").status, site.get("/readyz").json()["status"]) == (200, "ready")
        page = site.get("/sign-in/?next=/courses/SECRET1/")
        [style] = set(re.findall(r'href="(/static/[^"]*bootstrap[^"]*\.css)"', page.body.decode()))
        kept = site.get(style)
        assert (page.status, kept.status, "immutable" in kept.headers["Cache-Control"]) == (200, 200, True)
        before = counted(site, "enrolhub_http_requests_total")
        for _ in range(20):
            site.get("/sign-in/")
        assert before >= 1
        assert {counted(site, "enrolhub_http_requests_total") for _ in range(6)} == {before + 20}
        assert counted(site, "enrolhub_http_request_seconds_count") == before + 20
        assert site.get("/metrics").status == 401
        assert "SECRET1" not in site.log.read_text()


def test_it_reloads_without_dropping_a_request(tmp_path: Path, address: str, static: dict[str, str]) -> None:
    with running_site(tmp_path, address, **static) as site:
        old, over, answered = site.workers(), threading.Event(), list[object]()

        def visit() -> None:
            while not over.is_set():
                try:
                    answered.append(site.get("/sign-in/").status)
                except OSError as error:
                    answered.append(repr(error))

        visitors = [threading.Thread(target=visit) for _ in range(3)]
        for visitor in visitors:
            visitor.start()
        before = counted(site, "enrolhub_http_requests_total")
        site.child.send_signal(signal.SIGHUP)
        wait_until(lambda: not old & site.workers(), child=site.child, name="The reload", seconds=60, log=site.log)
        over.set()
        for visitor in visitors:
            visitor.join()
        assert (set(answered), len(answered) >= 3) == ({200}, True)
        assert counted(site, "enrolhub_http_requests_total") >= before


def test_it_stops_when_it_is_asked_to(tmp_path: Path, address: str, static: dict[str, str]) -> None:
    with running_site(tmp_path, address, **static) as site:
        processes = site.workers()
        site.child.send_signal(signal.SIGTERM)
        assert site.child.wait(timeout=60) == 0
        assert [number for number in processes if Path(f"/proc/{number}").exists()] == []
        with pytest.raises(ConnectionRefusedError):
            site.get("/healthz")


def test_without_database_and_broker_it_lives_and_is_not_ready(tmp_path: Path, static: dict[str, str]) -> None:
    with running_site(tmp_path, NOWHERE["REDIS_URL"], **static, DATABASE_URL=NOWHERE["DATABASE_URL"]) as site:
        ready = site.get("/readyz")
        assert (site.get("/healthz").status, ready.status) == (200, 503)
        assert ready.json() == {
            "status": "not ready",
            "database": "missing",
            "migrations": "not asked",
            "broker": "missing",
            "static": "ok",
        }
        assert "127.0.0.1:1" not in ready.body.decode()
        assert "not ready, database:" in site.log.read_text()


def test_without_collected_files_it_is_not_ready(tmp_path: Path, address: str) -> None:
    with running_site(tmp_path, address, STATIC_ROOT=str(tmp_path / "nothing")) as site:
        assert site.get("/readyz").json()["static"] == "missing"


def test_a_database_without_tables_is_not_ready(tmp_path: Path, address: str, static: dict[str, str]) -> None:
    copies = Copies("sqlite", str(tmp_path))
    with running_site(tmp_path, address, **static, DATABASE_URL=copies.address("empty")) as site:
        ready = site.get("/readyz")
        assert (ready.status, ready.json()["database"], ready.json()["migrations"]) == (503, "ok", "missing")


def test_workers_of_two_machines_share_the_work(tmp_path: Path, address: str) -> None:
    with running_machine(tmp_path / "one.log", address) as one, running_machine(tmp_path / "two.log", address) as two:
        with celery_app.connection_for_write(address) as connection:
            for _ in range(40):
                celery_app.send_task(send_notices.name, connection=connection)
        logs = [tmp_path / "one.log", tmp_path / "two.log"]
        wait_until(lambda: sum(map(done_in, logs)) == 40, child=two, name="The work", seconds=120, log=logs[1])
        assert (min(map(done_in, logs)) > 0, one.poll()) == (True, None)


@contextmanager
def running_machine(log: Path, address: str) -> Iterator[Child]:
    """A worker that calls itself after its log, once it is ready."""
    with log.open("wb") as output:
        words = [*command_of_worker(), "--hostname", f"worker1@{log.stem}"]
        child = start_child(words, environment=environment_of_site(address), output=output)
    try:
        wait_until(lambda: " ready." in log.read_text(), child=child, name="The worker", seconds=60, log=log)
        yield child
    finally:
        stop_child(child)


def done_in(log: Path) -> int:
    return log.read_text().count("succeeded in")
