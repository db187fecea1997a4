"""`make run`, as a newcomer meets it: on a machine with nothing in the environment, and told to stop in each way there is."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from enrolhub.processes import free_port
from tests.house.tree import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
ADDRESS = re.compile(r"EnrolHub is on http://127\.0\.0\.1:(\d+)/")


@pytest.fixture(scope="module")
def var_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one installation: the first launch fills it, the others find it filled."""
    return tmp_path_factory.mktemp("var")


@contextmanager
def launched(var_folder: Path, port: int) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """A launched site, with the lines it has printed once it has named its accounts."""
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "ENROLHUB_VAR_DIR": str(var_folder)}
    with subprocess.Popen(
        [sys.executable, "-m", "enrolhub.launch"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout
        lines = []
        for line in launcher.stdout:
            lines.append(line.rstrip())
            if line.startswith("Logs: "):
                break
        try:
            yield launcher, lines
        finally:
            launcher.kill()


def processes_of(var_folder: Path) -> list[str]:
    """The command lines of all processes that work on this installation."""
    marker = f"ENROLHUB_VAR_DIR={var_folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile, or is somebody else's
    return [command for command in found if command]


def get(port: int, path: str) -> tuple[int, str]:
    """Status and place of redirection, or else the page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, response.getheader("Location") or page


def port_of(lines: list[str]) -> int:
    [port] = [int(found.group(1)) for line in lines if (found := ADDRESS.search(line))]
    return port


def test_the_first_launch_runs_a_night_and_serves_the_site(var_folder: Path) -> None:
    with launched(var_folder, free_port()) as (launcher, lines):
        port = port_of(lines)
        assert get(port, "/") == (302, "/sign-in/?next=/")
        status, page = get(port, "/sign-in/")
        assert (status, '<html lang="fr"' in page) == (200, True)
        [style] = re.findall(r'href="(/static/[^"]*bootstrap[^"]*\.css)"', page)
        assert get(port, style)[0] == 200
        [night] = [line for line in lines if line.startswith("The first night is over")]
        assert re.search(r"\([1-9]\d+ enrolments, 0 departures held", night)
        assert len(processes_of(var_folder)) >= 5
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(timeout=30) == 0
    assert processes_of(var_folder) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_launcher(var_folder: Path, number: signal.Signals) -> None:
    with launched(var_folder, free_port()) as (launcher, lines):
        assert not [line for line in lines if "first night" in line], "the data of the first launch are kept"
        launcher.send_signal(number)
        assert launcher.wait(timeout=30) == (-number if number == signal.SIGKILL else 0)
    while processes_of(var_folder):
        os.sched_yield()  # after a kill they end by themselves; the test's time limit ends a vain wait


def test_a_busy_port_gives_the_next_one(var_folder: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        with launched(var_folder, taken) as (launcher, lines):
            assert port_of(lines) > taken
            assert get(port_of(lines), "/sign-in/")[0] == 200
            launcher.send_signal(signal.SIGTERM)
            assert launcher.wait(timeout=30) == 0
