"""What monitoring is told of nights, runs, registers, mails, files and the door; and at what cost."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.core import Metric
from pytest_django import Settings
from redis.exceptions import RedisError

from cohorts.figures import source_figures
from cohorts.models import Snapshot
from courses.figures import import_figures, mail_figures, night_figures
from courses.models import ImportFile
from courses.tasks import sweep_runs
from enrolhub.access.trail import record_event
from enrolhub.sync.figures import run_figures
from enrolhub.sync.models import Hold, Notice, Run
from enrolhub.web import queue
from enrolhub.web.figures import broker_figures, door_figures
from enrolhub.web.measuring import DURATIONS, REQUESTS
from enrolhub.web.metrics import DatabaseFigures
from tests.factories import NIGHT, DeliveryFactory, HoldFactory, PhaseFactory, RunFactory, SnapshotFactory, UserFactory
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db
State = Run.State


def told(figures: Iterable[Metric]) -> dict[str, Any]:
    """Each figure by its name: a number, or the numbers by label that are not nothing."""
    found: dict[str, Any] = {}
    for family in figures:
        by_label = {"/".join(sample.labels.values()): sample.value for sample in family.samples}
        name = family.name.removeprefix("enrolhub_")
        found[name] = by_label.get("") if not any(by_label) else {label: n for label, n in by_label.items() if n}
    return found


def night(**given: Any) -> Run:
    """A night that ended a minute ago."""
    now = timezone.now()
    ended = {"started_at": now - timedelta(minutes=11), "finished_at": now - timedelta(minutes=1)}
    run: Run = RunFactory.create(**{"kind": "night", "state": State.APPLIED, **ended, **given})
    return run


def test_before_the_first_night_nothing_is_claimed() -> None:
    figures = told(night_figures())
    assert (figures["night_missing"], figures["last_night_state"]) == (0, {})
    assert (figures["last_good_night_timestamp_seconds"], figures["last_night_seconds"]) == (None, None)


def test_the_last_night_that_ended_is_told() -> None:
    good = night(arrivals=7, held=2)
    PhaseFactory.create(run=good, relation="people", busy_ms=1500)
    failed = night(state=State.FAILED, departures=3)
    night(state=State.RUNNING, finished_at=None)
    figures = told(night_figures())
    assert figures["last_night_state"] == {"failed": 1}
    assert figures["last_night_rows"] == {"departures": 3}
    assert figures["last_night_seconds"] == pytest.approx(600)
    assert good.finished_at is not None
    assert figures["last_good_night_timestamp_seconds"] == pytest.approx(good.finished_at.timestamp())
    failed.delete()
    assert told(night_figures())["last_night_phase_seconds"] == {"people": 1.5}


@pytest.mark.parametrize("minutes", [-30, 30, 90])
def test_a_night_that_did_not_begin_is_told_at_any_hour(minutes: int) -> None:
    with time_machine.travel(NIGHT + timedelta(minutes=minutes), tick=False):
        ago = timezone.now() - timedelta(days=3)
        run = night(started_at=ago, finished_at=ago)
        Run.objects.filter(pk=run.pk).update(requested_at=ago)
        assert told(night_figures())["night_missing"] == 1


def test_runs_are_counted_by_kind_and_state_and_holds_by_what_waits() -> None:
    run = night(state=State.APPLIED_WITH_HOLDS)
    RunFactory.create(kind="file", state=State.REFUSED)
    RunFactory.create(kind="night", state=State.APPLIED, dry_run=True)
    dead = RunFactory.create(kind="method", state=State.RUNNING, lease_until=timezone.now() - timedelta(hours=1))
    old = RunFactory.create(kind="undo", state=State.APPLIED)
    Run.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(days=2))
    for state in (Hold.State.WAITING, Hold.State.WAITING, Hold.State.REJECTED):
        HoldFactory.create(
            scope__phase__run=run, scope__departures=10, scope__phase__relation=f"r{Hold.objects.count()}", state=state
        )
    figures = told(run_figures())
    assert figures["runs_last_day"] == {"night/applied_with_holds": 1, "file/refused": 1, "method/running": 1}
    assert (figures["runs_stalled"], dead.is_live) == (1, True)
    assert (figures["holds_waiting"], figures["held_departures_waiting"]) == (2, 20)
    assert figures["oldest_hold_timestamp_seconds"] == pytest.approx(run.requested_at.timestamp())


def test_each_source_has_its_age_and_the_verdict_on_its_last_reading() -> None:
    now = timezone.now()
    SnapshotFactory.create(source="directory", extracted_at=now - timedelta(hours=30))
    SnapshotFactory.create(source="directory", verdict=Snapshot.Verdict.REFUSED, accepted=False, extracted_at=now)
    SnapshotFactory.create(source="apogee", verdict=Snapshot.Verdict.PARTIAL, extracted_at=now)
    figures = told(source_figures())
    ages = {source: now.timestamp() - at for source, at in figures["source_extracted_timestamp_seconds"].items()}
    assert ages == pytest.approx({"directory": 30 * 3600, "apogee": 0})
    assert figures["source_verdict"] == {"directory/refused": 1, "apogee/partial": 1}


def test_mails_that_wait_fail_and_are_owed_are_told() -> None:
    now = timezone.now()
    ago = now - timedelta(minutes=20)
    DeliveryFactory.create(state="queued", due_at=ago)
    DeliveryFactory.create(state="queued", due_at=now)
    DeliveryFactory.create(state="failed", due_at=ago, ended_at=ago)
    DeliveryFactory.create(state="failed", due_at=ago, ended_at=now - timedelta(days=2))
    DeliveryFactory.create(state="sent", due_at=ago, ended_at=ago)
    Notice.objects.create(key="night:1", claimed_at=now)
    figures = told(mail_figures())
    assert (figures["mails"], figures["notices_owed"]) == ({"queued": 2, "failed": 1}, 1)
    assert 20 * 60 <= figures["mail_overdue_seconds"] < 25 * 60


def test_files_are_counted_by_state() -> None:
    soon = timezone.now() + timedelta(days=1)
    ImportFile.objects.create(
        author=UserFactory(), kind="enrolments", name="a.csv", data=b"", sha256="", expires_at=soon
    )
    assert told(import_figures())["import_files"] == {"waiting": 1}


def test_who_came_in_and_who_was_turned_away_in_the_last_hour() -> None:
    for action in ("sign_in", "sign_in_refused", "sign_in_refused", "export"):
        record_event("", action)
    assert told(door_figures())["sign_ins_last_hour"] == {"sign_in": 1, "sign_in_refused": 2}


@pytest.mark.usefixtures("broker")
def test_a_sweep_shows_that_clock_broker_and_worker_live() -> None:
    before = timezone.now().timestamp()
    sweep_runs()
    figures = told(broker_figures())
    assert figures["swept_timestamp_seconds"] >= int(before)
    assert set(figures["queue_messages"]) <= {"waiting", "in_hand"}


def test_a_sweep_goes_on_without_its_broker(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    sweep_runs()
    with pytest.raises(RedisError):
        queue.figures()


@pytest.mark.usefixtures("broker")
def test_the_figures_cost_the_same_whatever_there_is() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(DatabaseFigures().collect())
        return len(queries)

    few = cost()
    for number in range(12):
        HoldFactory.create(scope__phase__run=night())
        SnapshotFactory.create(source=f"source{number}")
        DeliveryFactory.create(state="queued")
    assert few - 2 <= cost() <= few + 2
    assert cost() <= 16


RULES: Path = ROOT / "deploy" / "prometheus-rules.yml"


@pytest.mark.usefixtures("broker")
def test_every_figure_that_an_alert_reads_is_told() -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    read = {name for rule in rules for name in figures_in(rule["expr"])}
    known = {family.name for family in (*DatabaseFigures().collect(), *REQUESTS.collect(), *DURATIONS.collect())}
    assert (read - known, len(rules) >= 15) == (set(), True)
    assert [rule["alert"] for rule in rules if not rule["annotations"].get("summary")] == []


def figures_in(expression: str) -> set[str]:
    """The figures of EnrolHub that an expression reads, without the endings that Prometheus gives to counters and histograms."""
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in expression).split()
    endings = ("_total", "_bucket", "_count", "_sum")
    names = {word for word in words if word.startswith("enrolhub_")}
    return {next((name.removesuffix(end) for end in endings if name.endswith(end)), name) for name in names}
