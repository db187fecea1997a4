from pathlib import Path

import pytest
import redis

from enrolhub.broker import find_server, start_broker
from enrolhub.processes import free_port, stop_child


def test_a_durable_broker_keeps_its_messages_through_a_stop(tmp_path: Path) -> None:
    for expected in (0, 1):
        port = free_port()
        child = start_broker(tmp_path / "valkey", port, durable=True)
        try:
            with redis.Redis(port=port) as client:
                assert client.llen("queue") == expected
                client.rpush("queue", "message")
        finally:
            stop_child(child)


def test_the_broker_listens_on_the_loopback_only(tmp_path: Path) -> None:
    port = free_port()
    child = start_broker(tmp_path, port, durable=False)
    try:
        with redis.Redis(port=port) as client:
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
    finally:
        stop_child(child)


def test_without_any_server_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RuntimeError, match="install valkey-server or redis-server, or set REDIS_URL"):
        find_server()
