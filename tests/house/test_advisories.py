"""The check of known advisories: what it says and how it ends, against a small server on this machine."""

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house.tree import ROOT

TODAY = date(2026, 11, 26)
LOCK = "# made\nDjango==5.2.0 \\\n    --hash=sha256:00\nsix==1.17.0 ; python_version < '4'\n"
DETAIL: dict[str, Any] = {
    "summary": "A query\nmay be  forged",
    "aliases": ["CVE-2026-0001"],
    "affected": [
        {
            "package": {"name": "Django", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.2.1"}]},
                {"type": "GIT", "events": [{"fixed": "abc"}]},
            ],
        },
        {"package": {"name": "other"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9"}]}]},
    ],
}
FOUND: dict[str, Any] = {"results": [{"vulns": [{"id": "GHSA-1"}]}, {}]}
NOTHING: dict[str, Any] = {"results": [{}, {}]}
WORDS = "django 5.2.0: GHSA-1 = CVE-2026-0001: A query may be forged (mended in 5.2.1)"
MENDED = "2 locked versions asked; mend the lock, or accept for a while (docs/licences.md)."
FINE = "2 locked versions asked; none applies that is not accepted."
Answers = dict[str, list[bytes | dict[str, Any] | int]]


class Server(HTTPServer):
    """Answers each path with what is laid out for it, the last answer again and again; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: Answers = {}
        self.asked: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append(json.loads(self.rfile.read(length)) if length else self.path)
        laid_out = self.server.answers.get(self.path, [404])
        answer = laid_out.pop(0) if len(laid_out) > 1 else laid_out[0]
        self.send_response(answer if isinstance(answer, int) else 200)
        self.end_headers()
        if not isinstance(answer, int):
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("advisories", ROOT / ".ci" / "advisories.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


Check = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def check(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Runs the check on a lock of two versions; gives its exit code and its lines."""
    monkeypatch.setenv("no_proxy", "*")

    def run(url: str, accepted: str = "", lock: str = LOCK) -> tuple[int, list[str]]:
        (tmp_path / "accepted.toml").write_text(accepted, encoding="utf-8")
        (tmp_path / "a.lock").write_text(lock, encoding="utf-8")
        code = script.check([tmp_path / "a.lock"] * 2, url, tmp_path / "accepted.toml", TODAY)
        return code, [line.removeprefix("Advisories: ") for line in capsys.readouterr().out.splitlines()]

    return run


def acceptance(until: str, name: str = "CVE-2026-0001") -> str:
    return f'[[accepted]]\nid = "{name}"\nreason = "No such query here."\nuntil = {until}\n'


def test_every_locked_version_is_asked_about_once(check: Check, server: Server) -> None:
    server.answers = {"/v1/querybatch": [NOTHING]}
    assert check(f"{server.url}/") == (0, [FINE])
    asked = [(query["package"], query["version"]) for query in server.asked[0]["queries"]]
    django, six = ({"name": name, "ecosystem": "PyPI"} for name in ("django", "six"))
    assert (asked, len(server.asked)) == ([(django, "5.2.0"), (six, "1.17.0")], 1)


@pytest.mark.parametrize(
    ("accepted", "code", "lines"),
    [
        pytest.param("", 1, [WORDS, MENDED], id="not accepted"),
        pytest.param(
            acceptance("2026-11-26"),
            0,
            [f"accepted until 2026-11-26: {WORDS} — No such query here.", FINE],
            id="accepted up to this day",
        ),
        pytest.param(
            acceptance("2026-11-25"), 1, [f"no longer accepted since 2026-11-25: {WORDS}", MENDED], id="expired"
        ),
        pytest.param(
            acceptance("2026-12-01", "GHSA-2"),
            1,
            [WORDS, "GHSA-2 is accepted and applies no more: take it out", MENDED],
            id="another is accepted",
        ),
    ],
)
def test_an_advisory_that_applies_fails_the_check_unless_it_is_accepted(
    check: Check, server: Server, accepted: str, code: int, lines: list[str]
) -> None:
    server.answers = {"/v1/querybatch": [FOUND], "/v1/vulns/GHSA-1": [DETAIL]}
    assert check(server.url, accepted) == (code, lines)


def test_one_that_was_withdrawn_is_none(check: Check, server: Server) -> None:
    server.answers = {"/v1/querybatch": [FOUND], "/v1/vulns/GHSA-1": [DETAIL | {"withdrawn": "2026-01-01T00:00:00Z"}]}
    assert check(server.url) == (0, [FINE])


@pytest.mark.parametrize("told", [500, b"<html>", {"affected": [7]}, {"aliases": 7}])
def test_one_that_the_server_does_not_describe_counts_all_the_same(check: Check, server: Server, told: Any) -> None:
    server.answers = {"/v1/querybatch": [FOUND], "/v1/vulns/GHSA-1": [told]}
    assert check(server.url) == (1, ["django 5.2.0: GHSA-1", MENDED])


def test_further_pages_of_an_answer_are_asked_for(check: Check, server: Server) -> None:
    second = {"results": [{"vulns": [{"id": "GHSA-1"}]}]}
    server.answers = {"/v1/querybatch": [{"results": [{"next_page_token": "t"}, {}]}, second]}
    assert check(server.url) == (1, ["django 5.2.0: GHSA-1", MENDED])
    assert [query.get("page_token") for query in server.asked[1]["queries"]] == ["t"]


@pytest.mark.parametrize(
    "answer",
    [
        500,
        404,
        b"",
        b"<html>Sign in to the network</html>",
        b"[]",
        {"results": None},
        {"results": [{}]},
        {"results": [{}, 7]},
        {"results": [{}, {"vulns": [{}]}]},
        {"results": [{}, {"next_page_token": "again and again"}]},
    ],
)
def test_a_server_that_says_nothing_of_use_is_said_and_passes(check: Check, server: Server, answer: Any) -> None:
    further = {"results": [{"next_page_token": "again and again"}]}
    server.answers = {"/v1/querybatch": [answer, further]}
    code, (line,) = check(server.url)
    assert (code, line.startswith("NOT CHECKED (2 locked versions): ")) == (0, True)


def test_without_a_server_it_is_said_and_passes(check: Check, server: Server) -> None:
    gone = HTTPServer(("127.0.0.1", 0), Handler)
    gone.server_close()
    for url in ("", "ftp://127.0.0.1/", f"http://127.0.0.1:{gone.server_port}"):
        code, (line,) = check(url)
        assert (code, line.startswith("NOT CHECKED (2 locked versions): ")) == (0, True)


def test_an_answer_without_end_is_left(
    check: Check, server: Server, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "ANSWER_BYTES", 100)
    server.answers = {"/v1/querybatch": [b" " * 101]}
    assert check(server.url) == (
        0,
        ["NOT CHECKED (2 locked versions): the answer is too slow or too long"],
    )


@pytest.mark.parametrize(
    ("accepted", "lock"),
    [
        (acceptance("2027-02-27"), LOCK),  # 93 days
        (acceptance('"2026-12-01"'), LOCK),
        (acceptance("2026-12-01T00:00:00"), LOCK),
        ('[[accepted]]\nid = "GHSA-1"\nreason = " "\nuntil = 2026-12-01\n', LOCK),
        ('[[accepted]]\nid = "GHSA-1"\nuntil = 2026-12-01\n', LOCK),
        ("[[accepted]\n", LOCK),
        ('accepted = "all"\n', LOCK),
        ("", "# nothing\n"),
    ],
)
def test_a_list_or_a_lock_that_cannot_be_read_fails_the_check(check: Check, accepted: str, lock: str) -> None:
    code, (line,) = check("", accepted, lock)
    assert (code, line.partition(":")[0].endswith((".toml", ".lock"))) == (2, True)


def test_the_locks_and_the_list_of_the_project_can_be_read(script: ModuleType) -> None:
    names = {
        each.name for lock in ("requirements.lock", "requirements-dev.lock") for each in script.read_lock(ROOT / lock)
    }
    assert {"django", "psycopg", "pytest"} <= names
    assert script.read_accepted(script.ACCEPTED, date(2999, 1, 1)) is not None
