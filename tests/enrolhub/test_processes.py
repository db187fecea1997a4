import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from enrolhub.processes import can_connect, free_port, start_child, stop_child, stop_children, wait_until

# A child that starts a child of its own, writes its process id to a file, and waits.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{child.pid} ")
EXTRA
time.sleep(600)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(sys.argv[1], 'a').write('deaf ')"


def is_running(process_id: int) -> bool:
    """Whether the process lives; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


@pytest.mark.parametrize("extra", ["", DEAF])
def test_a_stopped_child_takes_its_own_children_with_it(tmp_path: Path, extra: str) -> None:
    note = tmp_path / "note"
    child = start_child([sys.executable, "-c", PARENT.replace("EXTRA", extra), note])
    wait_until(
        lambda: note.exists() and len(note.read_text().split()) == (2 if extra else 1), child=child, name="The child"
    )
    grandchild = int(note.read_text().split()[0])
    assert is_running(grandchild)

    stop_child(child, seconds=1)

    assert child.returncode == (-signal.SIGKILL if extra else -signal.SIGTERM)
    wait_for_end(grandchild)


def wait_for_end(process_id: int) -> None:
    """Wait for a process that is no child of ours; the test's own time limit ends a vain wait."""
    while is_running(process_id):
        os.sched_yield()


def test_a_child_ends_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    program = (
        "import sys, time\n"
        "from enrolhub.processes import start_child\n"
        "child = start_child([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(f'{child.pid} ')\n"
        "time.sleep(600)\n"
    )
    parent = start_child([sys.executable, "-c", program, note])
    wait_until(lambda: note.exists() and note.read_text().endswith(" "), child=parent, name="The parent")
    child = int(note.read_text())
    assert is_running(child)

    parent.kill()
    parent.wait()

    wait_for_end(child)


def test_children_are_stopped_together() -> None:
    children = [start_child([sys.executable, "-c", "import time; time.sleep(600)"]) for _ in range(3)]
    stop_children(children)
    assert [child.poll() for child in children] == [-signal.SIGTERM] * 3


def test_a_busy_port_gives_the_next_one() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert can_connect(port)
        assert free_port(port) > port


def test_a_program_that_ends_while_starting_is_reported() -> None:
    child = start_child([sys.executable, "-c", "raise SystemExit(7)"])
    with pytest.raises(RuntimeError, match="The server ended with code 7 while starting"):
        wait_until(lambda: False, child=child, name="The server")


def test_a_program_that_never_gets_ready_is_reported() -> None:
    child = start_child([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with pytest.raises(RuntimeError, match="The server is not ready after 0 s"):
            wait_until(lambda: False, child=child, name="The server", seconds=0.1)
    finally:
        stop_child(child)
