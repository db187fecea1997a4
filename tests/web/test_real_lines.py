"""The lines of real processes: gunicorn, a worker and beat, asked hostile things."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from enrolhub.access.models import Event
from enrolhub.processes import Child, free_port, start_child, stop_child, wait_until
from tests.house.tree import ROOT
from tests.servers.worker import environment_of_site
from tests.web.test_forged_lines import LINE, RAW

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
CELERY = [sys.executable, "-m", "celery", "-A", "enrolhub.celery"]


def foreign(log: Path) -> list[str]:
    """Lines that the site did not write, or that a terminal would obey."""
    return [
        line for line in log.read_text(encoding="utf-8").split("\n")[:-1] if RAW.search(line) or not LINE.match(line)
    ]


def environment_in(folder: Path, broker: str) -> dict[str, str]:
    return {**environment_of_site(broker), "STATIC_ROOT": str(folder / "static")}


def started(
    name: str, command: list[str], folder: Path, is_up: Callable[[Path], bool], broker: str
) -> tuple[Child, Path]:
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        child = start_child(command, environment=environment_in(folder, broker), output=output)
    wait_until(lambda: is_up(log), child=child, name=name, log=log)
    return child, log


def ask(port: int, *lines: bytes) -> bytes:
    """The answer to a request written by hand."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_server_that_is_asked_hostile_things(tmp_path: Path, broker: str) -> None:
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, cwd=ROOT, env=os.environ | environment_in(tmp_path, broker), check=True)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "enrolhub.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--threads", "2", "--access-logfile", "-", "--logger-class", "enrolhub.web.server_log.LineLogger"]
    child, log = started("web", command, tmp_path, lambda log: b"Listening at" in log.read_bytes(), broker)
    try:
        host = b"Host: localhost"
        answers = [
            ask(port, b"GET /nowhere/%0A%1B[2K%E2%80%AE/?ticket=ST-1 HTTP/1.1", host, b"User-Agent: zoe \x85\x9b2K"),
            ask(port, b"GET /sign-in/?ticket=ST-1 HTTP/1.1", host, b"Referer: http://a/?key=Printemps"),
            ask(port, b"GET / HTTP/1.1", b"Host: elsewhere.example"),
            ask(port, b"GET /theme/ HTTP/1.1", host),
            ask(port, b"BREW / \x1b[2K"),
        ]
        wait_until(lambda: Event.objects.filter(action="settings").exists(), child=child, name="web", log=log)
    finally:
        stop_child(child)
    assert [answer.split(b" ")[1] for answer in answers[:4]] == [b"404", b"200", b"400", b"405"]
    told = log.read_text(encoding="utf-8")
    assert foreign(log) == []
    assert re.findall(r"ST-1|Printemps", told) == []
    name = re.search(rb"X-Request-ID: (\w+)", answers[0])
    assert name
    assert len(re.findall(rf"\[{name.group(1).decode()}\]", told)) == 2  # the site's line and the server's
    heads = b"".join(answer.partition(b"\r\n\r\n")[0] for answer in answers)
    assert re.findall(rb"(?i)(?:server|x-powered-by|via): .*\d+\.\d+", heads) == []


@pytest.mark.parametrize(
    ("words", "is_up"), [(["worker", "--concurrency", "1"], b" ready."), (["beat", "--pidfile="], b"beat: Starting")]
)
def test_workers_and_beat_write_the_sites_lines(words: list[str], is_up: bytes, tmp_path: Path, broker: str) -> None:
    command = [*CELERY, *words, *(["--schedule", str(tmp_path / "schedule")] if words[0] == "beat" else [])]
    child, log = started(words[0], command, tmp_path, lambda log: is_up in log.read_bytes(), broker)
    stop_child(child)
    written = [
        line for line in log.read_text(encoding="utf-8").split("\n") if re.search(r"INFO|WARNING|ERROR", line)
    ]  # after the banner
    assert written != []
    assert [line for line in written if not LINE.match(line)] == []
