"""`make run`: the demo university on this machine, with everything it needs, until it is told to stop.

A real installation runs the Procfile's processes under its own supervisor. Why not honcho here: docs/decisions/.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.client import HTTPException
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import django
from django.core.management import CommandError, call_command

from enrolhub.broker import start_broker
from enrolhub.processes import (
    Child,
    die_with_parent,
    free_port,
    last_lines,
    start_child,
    stop_child,
    stop_children,
    wait_until,
)

if TYPE_CHECKING:
    from enrolhub.sync.models import Run

PYTHON = sys.executable
FIRST_NIGHT_SECONDS = 150
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM or a closed terminal."""


def raise_stopped(_number: int, _frame: FrameType | None) -> None:
    # Only once: what follows is the orderly end, and a second Ctrl-C must not cut it short.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise StopRequested


def prepare_environment(port: int, broker_port: int) -> None:
    """What this process and its children read their settings from; what the environment already says stays."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrolhub.settings")
    os.environ.setdefault("ENROLHUB_DEMO", "on")
    os.environ.setdefault("COOKIES_SECURE", "off")
    os.environ["PORT"] = str(port)
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{broker_port}/0"


def prepare_database() -> None:
    """Bring the tables up to date and, into an empty database, the demo university."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("demo", stdout=StringIO())  # the accounts are shown once, at the end


def commands(port: int, folder: Path) -> dict[str, list[str]]:
    """The processes of the site, by name."""
    celery = [PYTHON, "-m", "celery", "-A", "enrolhub.celery"]
    return {
        "web": [
            *[PYTHON, "-m", "gunicorn", "enrolhub.wsgi", "--bind", f"127.0.0.1:{port}"],
            *["--threads", "4", "--graceful-timeout", "3", "--access-logfile", "-", "--no-control-socket"],
            *["--logger-class", "enrolhub.web.server_log.LineLogger"],
        ],
        "worker": [*celery, "worker", "--loglevel", "INFO", "--concurrency", "1"],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(folder / "beat-schedule")],
    }


@contextmanager
def running_broker(broker_port: int, folder: Path) -> Iterator[dict[str, Child]]:
    """The embedded broker, unless REDIS_URL names another one."""
    if not os.environ["REDIS_URL"].endswith(f":{broker_port}/0"):
        yield {}
        return
    child = start_broker(folder / "valkey", broker_port, durable=True)
    try:
        yield {"broker": child}
    finally:
        stop_child(child)


@contextmanager
def running_site(port: int, folder: Path) -> Iterator[dict[str, Child]]:
    """The processes of the site, once it answers; all of them, and what they started, are gone afterwards."""
    children: dict[str, Child] = {}
    try:
        for name, command in commands(port, folder).items():
            with (folder / f"{name}.log").open("wb") as log:
                environment = {"DEBUG": "on"} if name == "web" else {}
                children[name] = start_child(command, environment=environment, output=log)
        wait_until(lambda: is_answering(port), child=children["web"], name="The site", log=folder / "web.log")
        yield children
    finally:
        stop_children(list(children.values()))


def is_answering(port: int) -> bool:
    """Whether the site gives a page, be it one that asks to sign in."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=10):
            return True
    except HTTPError as error:
        return error.code < 500
    except (URLError, ConnectionError, TimeoutError, HTTPException):
        # Where nobody listens yet, a connection may meet itself: its own request is then the answer.
        return False


def run_due_night() -> None:
    """Have the worker run a night when there was none yet, or none for a day; the first one is waited for."""
    from django.utils import timezone

    from courses.tasks import run_nightly
    from enrolhub.sync.models import Run

    nights = Run.objects.filter(kind="night", dry_run=False)
    if nights.filter(finished_at__gt=timezone.now() - timedelta(days=1)).exists():
        return
    is_first = not nights.exists()
    run_nightly.delay(scheduled=False)
    if not is_first:
        print("The last night is more than a day old: one runs now, beside the site.", flush=True)
        return
    print("The first night runs, through the queue…", flush=True)
    report_night(wait_for_night(lambda: nights.exclude(state__in=Run.LIVE).first()))


def wait_for_night(find: "Callable[[], Run | None]") -> "Run | None":
    """The finished night, or None when the time is up: it goes on in the worker all the same."""
    deadline = time.monotonic() + FIRST_NIGHT_SECONDS
    while time.monotonic() < deadline:
        if night := find():
            return night
        time.sleep(0.2)
    return None


def report_night(night: "Run | None") -> None:
    """One line on the first night."""
    if night is None:
        print("The first night is still running; its report is under « Synchronisations ».", flush=True)
    else:
        counts = f"{night.arrivals} enrolments, {night.held} departures held, {night.finding_count} findings"
        print(f"The first night is over: {night.get_state_display()} ({counts}).", flush=True)


def print_welcome(port: int, folder: Path) -> None:
    """Where the site is and who may sign in."""
    from courses.demo import DEMO_ACCOUNTS

    accounts = list(DEMO_ACCOUNTS)
    width = max((len(account.username) for account in accounts), default=0)
    print(f"\nEnrolHub is on http://127.0.0.1:{port}/\n\nDemo accounts (user name, password, who it is):")
    for account in accounts:
        print(f"  {account.username:{width}}  {account.password}  {account.label}")
    print(f"\nLogs: {folder}. Ctrl-C stops everything.", flush=True)


def watch(children: dict[str, Child], folder: Path) -> int:
    """Wait until a process ends by itself, which none should; 1, with the end of its log printed."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                log = folder / f"{name}.log" if name in commands(0, folder) else folder / "valkey" / "valkey.log"
                print(f"{name} ended with code {child.returncode}.{last_lines(log)}", file=sys.stderr)
                return 1
        time.sleep(0.5)


def launch() -> int:
    """Prepare, start, and stay until the end; the exit code."""
    from django.conf import settings

    port, broker_port = free_port(int(os.environ.get("PORT", "8000"))), free_port()
    prepare_environment(port, broker_port)
    folder = settings.VAR_DIR / f"run-{port}"
    folder.mkdir(exist_ok=True)
    django.setup()
    prepare_database()
    with running_broker(broker_port, folder) as broker, running_site(port, folder) as site:
        run_due_night()
        print_welcome(port, folder)
        return watch({**broker, **site}, folder)


def main() -> int:
    """`launch`, with a word instead of a traceback for what may go wrong on a machine."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    for number in STOP_SIGNALS:
        signal.signal(number, raise_stopped)
    try:
        return launch()
    except StopRequested:
        with suppress(OSError):  # the terminal may be gone
            print("\nStopped.", flush=True)
        return 0
    except (CommandError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
