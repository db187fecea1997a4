"""PostgreSQL itself fails in the middle of a transaction: a session is cut, the server is stopped politely or at once."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Told, make_base, try_story
from tests.faults.copies import Copies
from tests.servers.postgres import Postgres, postgres_in_folder

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that these tests may stop, and that keeps what it has committed, as a real one does."""
    with postgres_in_folder(careless=False) as running:
        make_base(Copies("postgresql", running.place))
        yield running


def struck(server: Postgres, folder: Path, deed: str, step: int, how: signal.Signals = signal.SIGINT) -> Told:
    """Trials on the private server, which is restarted whenever a trial wishes it."""

    def restart_when_wished(folder: Path) -> None:
        if (folder / "wish").exists():
            server.stop(how=how)
            server.start()
            (folder / "wish").unlink()

    copies = Copies("postgresql", server.place)
    return try_story(copies, folder, "an_ordinary_night", deed, step, restart_when_wished)


def test_a_session_that_is_cut_is_taken_up(server: Postgres, tmp_path: Path) -> None:
    told = struck(server, tmp_path, "cut_off", step=10)
    assert (told.wrong(), told.endings()) == ([], {"0"})
    assert all(trial["figures"]["resumed"] for trial in told.trials[1:])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_a_server_that_restarts_in_mid_chunk_is_waited_for(
    server: Postgres, tmp_path: Path, how: signal.Signals
) -> None:
    told = struck(server, tmp_path, "server_restarted", step=30, how=how)
    assert (told.wrong(), told.endings()) == ([], {"0"})
    assert all(trial["figures"]["resumed"] for trial in told.trials[1:])
