"""Child processes that never outlive the one that started them."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
Child = subprocess.Popen[bytes]


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Ask Linux to end this process by ``how`` when its parent ends, however that happens. Elsewhere it does nothing.

    To be called in the child, between fork and exec. Whoever stops children asks them first (`stop_child`); a parent that
    was killed cannot, and nobody is left to insist: a worker that is only asked may wait for a broker that has ended too.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def start_child(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    user: str | None = None,
    folder: Path | None = None,
) -> Child:
    """Start `command` as the leader of a process group of its own, so that Ctrl-C reaches only its parent.

    `environment` is added to this process's own; `output` takes what the command prints; `user` is whom it runs as
    (only root may say so).
    """
    return subprocess.Popen(
        [str(word) for word in command],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=folder,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def stop_child(child: Child, *, gently: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """End a child and everything it started: asked with `gently`, killed when it has not ended after `seconds`."""
    stop_children([child], gently=gently, seconds=seconds)


def stop_children(children: Sequence[Child], *, gently: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """`stop_child` for several: all are asked at once and share the `seconds`."""
    for child in children:
        if child.poll() is None:
            child.send_signal(gently)
    deadline = time.monotonic() + seconds
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0, deadline - time.monotonic()))
    for child in children:
        with suppress(ProcessLookupError):  # the whole group has ended
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def free_port(first: int = 0) -> int:
    """A TCP port of the loopback that nothing listens on: `first` or the next one free; any port when `first` is 0."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            # As the server will: a port in TIME_WAIT is free, one that somebody listens on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port if first else 0))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError(f"No free port between {first} and {first + 99}.")


def wait_until(
    is_ready: Callable[[], bool], *, child: Child, name: str, seconds: float = 30, log: Path | None = None
) -> None:
    """Wait until `is_ready()`; RuntimeError, with the end of the `log`, when `child` ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if child.poll() is not None:
            raise RuntimeError(f"{name} ended with code {child.returncode} while starting.{last_lines(log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} is not ready after {seconds:.0f} s.{last_lines(log)}")
        time.sleep(0.05)


def last_lines(log: Path | None) -> str:
    """The end of a log, indented, each line after a line break; empty when there is none."""
    lines = log.read_text(errors="replace").splitlines()[-20:] if log and log.exists() else []
    return "".join(f"\n  {line}" for line in lines)


def can_connect(port: int) -> bool:
    """Whether something listens on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_program(*names: str) -> Path | None:
    """The first of `names` found on PATH."""
    return next((Path(found) for name in names if (found := shutil.which(name))), None)
