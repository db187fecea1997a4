"""Log lines that nobody forges (W25), and secrets that stand nowhere: neither in the log nor in any table."""

import io
import logging
import re
import secrets
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import setup_logging
from django.apps import apps
from django.db import models
from django.test import Client, RequestFactory
from gunicorn.config import Config

from enrolhub.access.models import Event
from enrolhub.celery import write_lines
from enrolhub.web.server_log import LineLogger
from tests.factories import CourseFactory, MethodFactory, PersonFactory, UserFactory

PASSWORD = "correct horse battery"
#: What would begin a line, move a cursor, or turn the direction of writing.
FORGED = "zoe\r\n2026-11-26T03:30:00.000+00:00 INFO courses: all is well\x1b[2K\u2028\u202e\x85\x00"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 [A-Z]+ [\w.]+( \[[0-9a-f]{10}\])?: |    ")
RAW = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def forged_in(lines: list[str]) -> list[str]:
    """Lines that are none of the site's, or hold what a terminal would obey."""
    return [line for line in lines if not LINE.match(line) or RAW.search(line)]


@pytest.mark.django_db
def test_what_a_browser_says_begins_no_line(lines: list[str]) -> None:
    client = Client(raise_request_exception=False, headers={"user-agent": FORGED, "referer": FORGED})
    client.post("/sign-in/", {"username": FORGED, "password": FORGED})
    client.get("/nowhere/zoe%0A2026%0D%1B[2K%E2%80%A8%E2%80%AE/")
    client.get(f"/courses/{'zoe%0A'}/")
    client.get("/", headers={"host": "zoe\x1b[2K.example"})
    Client(enforce_csrf_checks=True, headers={"referer": FORGED}).post("/language/", {"language": FORGED})
    assert len(lines) >= 3
    assert forged_in(lines) == []


def text_columns() -> list[tuple[type[models.Model], list[str]]]:
    """Every column of every table that may hold a text."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    return [
        (model, names)
        for model in apps.get_models(include_auto_created=True)
        if (names := [field.attname for field in model._meta.concrete_fields if isinstance(field, kinds)])
    ]


def told_anywhere(marks: dict[str, str], lines: list[str]) -> list[tuple[str, str]]:
    """Which of the marks stand in the log or in a table, and where; what a session holds is signed and named apart."""
    found = [(name, "log") for name, mark in marks.items() if any(mark in line for line in lines)]
    for model, names in text_columns():
        kept = " ".join(str(value) for row in model._base_manager.values_list(*names) for value in row)
        found += [(name, model._meta.label) for name, mark in marks.items() if mark in kept]
    return found


@pytest.mark.django_db
def test_secrets_stand_nowhere(lines: list[str]) -> None:
    """Passwords right and wrong, a ticket of the university's sign-in, a wrong enrolment key, the tokens of a form and a session."""
    PersonFactory(username="zoe")
    account = UserFactory.create(username="zoe")
    account.set_password(PASSWORD)
    account.save()
    method = MethodFactory(course=CourseFactory(code="OPEN1"), key="Printemps")
    marks = {name: f"mark-{name}-{secrets.token_hex(8)}" for name in ("wrong", "ticket", "key")}
    client = Client()
    token = client.get("/sign-in/").cookies["csrftoken"].value
    form = {"username": "zoe", "password": marks["wrong"], "csrfmiddlewaretoken": token}
    assert client.post(f"/sign-in/?ticket={marks['ticket']}", form).status_code == 200
    assert client.post(f"/sign-in/?ticket={marks['ticket']}", form | {"password": PASSWORD}).status_code == 302
    client.post("/open-courses/OPEN1/", {"method": str(method.pk), "key": marks["key"]})
    client.get(f"/nowhere/?ticket={marks['ticket']}&key={marks['key']}")
    session = client.cookies["sessionid"].value
    told = told_anywhere({**marks, "right": PASSWORD, "token": token, "session": session, "name": "zoe"}, lines)
    assert {("session", "sessions.Session"), ("name", "access.Event")} < set(told)  # what is there is found
    assert [each for each in told if each[0] != "name" and each != ("session", "sessions.Session")] == []
    assert set(Event.objects.values_list("action", flat=True)) == {"sign_in_refused", "sign_in", "key_refused"}


def access_line(path: str, **headers: str) -> tuple[str, str]:
    """What gunicorn writes of a request, and what a form of the line of one's own choice writes."""
    request = RequestFactory().get(path, headers=headers)
    environ: dict[str, Any] = {**request.META, "RAW_URI": path, "SERVER_PROTOCOL": "HTTP/1.1"}
    response = SimpleNamespace(status="200 OK", sent=12, headers=[("X-Request-ID", "0123456789")])
    written = []
    for form in (None, '%(r)s "%(q)s" "%(f)s" "%(a)s" "%(U)s"'):
        config, stream = Config(), io.StringIO()
        config.set("accesslog", "-")
        if form:
            config.set("access_log_format", form)
        logger = LineLogger(config)
        for handler in logger.access_log.handlers:
            handler.stream = stream
        logger.access(response, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=3))
        written.append(stream.getvalue())
    return written[0], written[1]


def test_the_server_writes_the_same_lines() -> None:
    first, second = access_line(
        "/sign-in/%0A?ticket=ST-1", **{"user-agent": FORGED, "referer": "http://a/?key=Printemps"}
    )
    for line in (first, second):
        assert (line.count("\n"), forged_in([line.rstrip("\n")])) == (1, [])
        assert re.findall("ST-1|Printemps|ticket|key=", line) == []
    assert "INFO gunicorn.access [0123456789]: " in first
    assert "GET /sign-in/%0A HTTP/1.1" in first


def test_workers_and_beat_leave_their_log_to_the_site() -> None:
    """With a receiver of this signal Celery configures no log of its own."""
    assert write_lines in [receiver() for _key, receiver in setup_logging.receivers]


def test_times_of_lines_say_their_offset(lines: list[str]) -> None:
    logging.getLogger("courses").warning("now")
    told = datetime.fromisoformat(lines[-1].split(" ")[0])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
