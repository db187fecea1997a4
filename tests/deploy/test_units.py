"""The files of deploy/ go by what the site goes by: paths, settings, limits, hardening."""

import re
import subprocess
from pathlib import Path

import pytest

from enrolhub.processes import find_program
from enrolhub.web.probes import ADDRESSES
from enrolhub.web.sheets.container import BYTE_LIMIT
from tests.house.test_settings_page import SOURCES, names_read
from tests.house.tree import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
SITE = [path for path in SERVICES if "backup" not in path.name]
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictSUIDSGID": "yes",
}


def unit(path: Path) -> dict[str, list[str]]:
    """The options of a unit's service, each with all its values in their order."""
    options: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            options.setdefault(name, []).append(value)
    return options


def test_there_are_units() -> None:
    names = [path.stem for path in SERVICES]
    assert names == [f"enrolhub-{name}" for name in ("backup", "beat", "prepare", "web", "worker@")]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_may_do_what_it_needs_and_no_more(path: Path) -> None:
    options = unit(path)
    assert {name: options.get(name, ["?"])[-1] for name in HARDENED} == HARDENED
    assert options["User"] == ["enrolhub"]


@pytest.mark.parametrize("path", SITE, ids=lambda path: path.stem)
def test_a_unit_starts_what_there_is(path: Path) -> None:
    for command in unit(path)["ExecStart"]:
        program, *words = command.split()
        assert program.startswith("/opt/enrolhub/.venv/bin/"), command
        assert [word for word in words if word.endswith(".py") and not (ROOT / word).exists()] == []
    assert "/etc/enrolhub/enrolhub.env" in unit(path)["EnvironmentFile"]


def test_a_night_is_given_time_to_end_before_its_worker_is_killed() -> None:
    assert unit(DEPLOY / "enrolhub-worker@.service")["TimeoutStopSec"] == ["15min"]
    graceful = re.search(r"^graceful_timeout = (\d+)", (DEPLOY / "gunicorn.conf.py").read_text(), flags=re.MULTILINE)
    assert graceful is not None
    assert int(unit(DEPLOY / "enrolhub-web.service")["TimeoutStopSec"][0]) > int(graceful[1])


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Where the machine has systemd's own check; elsewhere the structure alone is looked at."""
    for path in [*SERVICES, *DEPLOY.glob("*.timer"), *DEPLOY.glob("*.target")]:
        words = path.read_text(encoding="utf-8").replace("/opt/enrolhub", str(ROOT))
        (tmp_path / path.name).write_text(re.sub(r"^(User|Group)=.*", r"\1=root", words, flags=re.MULTILINE))
        assert re.match(r"(#[^\n]*\n)*\[Unit\]\nDescription=", words), path.name
    program = find_program("systemd-analyze")
    if program:
        units = [str(path) for path in tmp_path.iterdir()]
        told = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
        assert [line for line in told.stderr.splitlines() if str(tmp_path) in line] == []


def settings_of(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_example_holds_settings_that_there_are_and_no_secret() -> None:
    told = settings_of(DEPLOY / "enrolhub.env")
    known = {name for source in SOURCES for name in names_read(source.read_text(encoding="utf-8"))}
    assert set(told) - known == set()
    assert {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN"} <= {name for name in told if not told[name]}
    assert [value for value in told.values() if re.search(r":[^/@]+@", value)] == []


def test_nginx_takes_what_the_site_takes_and_a_little_more() -> None:
    [size] = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert BYTE_LIMIT < int(size) * 1024 * 1024 <= 2 * BYTE_LIMIT


def test_nginx_says_for_whom_it_speaks_and_passes_nothing_on() -> None:
    for name, value in (("Host", "$host"), ("X-Forwarded-For", "$remote_addr"), ("X-Forwarded-Proto", "$scheme")):
        assert re.findall(rf"proxy_set_header {name} (\S+);", NGINX) == [value]
    assert "$proxy_add_x_forwarded_for" not in NGINX


def test_no_log_of_nginx_has_what_follows_a_question_mark() -> None:
    [form] = re.findall(r"log_format enrolhub '([^']*)'", NGINX)
    leaking = {"$request", "$request_uri", "$args", "$query_string", "$http_referer", "$http_cookie", "$arg_"}
    assert [name for name in leaking if re.search(rf"{re.escape(name)}\b", form)] == []
    servers = NGINX.count("server_name ")
    assert NGINX.count("access_log /var/log/nginx/enrolhub.log enrolhub;") == servers
    assert NGINX.count("error_log /var/log/nginx/enrolhub-error.log crit;") == servers


def test_nginx_adds_no_header_and_speaks_today_s_encryption_only() -> None:
    assert ("add_header" in NGINX, re.findall(r"ssl_protocols (.*);", NGINX)) == (False, ["TLSv1.2 TLSv1.3"])


def test_only_the_machine_itself_asks_how_things_are() -> None:
    closed = re.findall(r"location = (/\w+) \{[^}]*allow 127\.0\.0\.1;\s+allow ::1;\s+deny all;", NGINX)
    assert set(closed) == set(ADDRESSES) - {"/healthz"}
