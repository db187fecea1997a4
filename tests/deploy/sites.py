"""gunicorn as deploy/ starts it, on the database and the broker of a test."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enrolhub.processes import Child, free_port, start_child, stop_child, wait_until
from tests.house.tree import ROOT
from tests.servers.worker import environment_of_site

TOKEN = "a-token-of-the-tests-of-32-characters"
WORKERS = 2


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass(frozen=True)
class Site:
    """A running gunicorn; ``log`` is what it says."""

    port: int
    child: Child
    log: Path

    def get(self, path: str, **headers: str) -> Answer:
        """One request over a connection of its own. Raises OSError when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": "127.0.0.1", **headers})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def workers(self) -> set[int]:
        """The numbers of its worker processes."""
        return set(map(int, Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()))


def collect_static(folder: Path) -> dict[str, str]:
    """The static files of this version in a folder; what a site is told to find them."""
    place = {"STATIC_ROOT": str(folder)}
    words = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(words, cwd=ROOT, env={**os.environ, **place}, check=True)
    return place


@contextmanager
def running_site(folder: Path, redis_url: str, **environment: str) -> Iterator[Site]:
    """A site that listens; `environment` is added to that of every process of the test's site."""
    port, log = free_port(), folder / "gunicorn.log"
    told = {
        **environment_of_site(redis_url),
        "ENROLHUB_VAR_DIR": str(folder),
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": str(WORKERS),
        "METRICS_TOKEN": TOKEN,
        **environment,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "enrolhub.wsgi"]
    with log.open("wb") as output:
        child = start_child(command, environment=told, output=output, folder=ROOT)
    site = Site(port, child, log)
    try:
        wait_until(lambda: answers(site), child=child, name="gunicorn", seconds=60, log=log)
        yield site
    finally:
        stop_child(child)


def answers(site: Site) -> bool:
    try:
        return site.get("/healthz").status == 200 and len(site.workers()) == WORKERS
    except OSError:
        return False
