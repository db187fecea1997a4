"""The dry run: the same run inside one transaction that is rolled back, its plan copied out first.

So it says exactly what the real one does, and changes nothing. What is kept is the report: phases, scopes, holds,
findings, changes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import models, transaction

from enrolhub.sync.apply import Progress
from enrolhub.sync.bulk_load import load_rows
from enrolhub.sync.conduct import Chain, conduct_run, ignore
from enrolhub.sync.lease import this_process
from enrolhub.sync.models import Change, Finding, Hold, Phase, Run, Scope

FIGURES = (
    "state started_at finished_at arrivals departures alterations unchanged held finding_count"
    " digest partial message message_params"
).split()
CHANGE_FIELDS = ("action", "member", "person", "item", "before", "after", "reason", "source")


@dataclass
class Report:
    """A run's rows in memory, its changes in a file: what outlives the rollback."""

    figures: dict[str, Any]
    phases: list[Phase]
    scopes: list[Scope]
    holds: list[Hold]
    findings: list[Finding]
    changes: IO[str]


def rehearse_run(run: Run, chain: Chain, progress: Progress = ignore) -> Run:
    """Conduct a dry run and keep only its report. Raises what the real run would raise, having kept nothing."""
    Run.objects.filter(pk=run.pk).update(holder=this_process())
    with TemporaryFile("w+", encoding="utf-8") as file:
        with transaction.atomic():
            conduct_run(run, chain, progress)
            report = copy_out(run, file)
            transaction.set_rollback(True)
        run.refresh_from_db()
        copy_in(run, report)
    run.refresh_from_db()
    return run


def copy_out(run: Run, file: IO[str]) -> Report:
    changes = Change.objects.filter(scope__phase__run=run).order_by("id")
    for row in changes.values_list("scope_id", *CHANGE_FIELDS).iterator(chunk_size=10_000):
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    file.seek(0)
    return Report(
        figures={name: getattr(run, name) for name in FIGURES},
        phases=list(Phase.objects.filter(run=run).order_by("position")),
        scopes=list(Scope.objects.filter(phase__run=run).order_by("id")),
        holds=list(Hold.objects.filter(scope__phase__run=run).order_by("id")),
        findings=list(Finding.objects.filter(run=run).order_by("id")),
        changes=file,
    )


def copy_in(run: Run, report: Report) -> None:
    """Write the report anew under fresh numbers; the run's figures last, so that a half-kept report is never shown."""
    phases = renumber(report.phases)
    for scope in report.scopes:
        scope.phase_id = phases[scope.phase_id]
        scope.arrived_at = scope.departed_at = None
    scopes = renumber(report.scopes)
    for hold in report.holds:
        hold.scope_id = scopes[hold.scope_id]
    renumber(report.holds)
    renumber(report.findings)
    load_rows(Change, ("scope", *CHANGE_FIELDS), read_changes(report.changes, scopes), transaction.atomic)
    Run.objects.filter(pk=run.pk).update(**report.figures)


def renumber(rows: list[Any]) -> dict[int, int]:
    """Insert the rows as new ones; their former numbers → their new ones."""
    former = [row.pk for row in rows]
    for row in rows:
        row.pk = None
        row._state.adding = True
    if rows:
        manager: models.Manager[Any] = type(rows[0]).objects
        manager.bulk_create(rows, batch_size=500)
    return dict(zip(former, [row.pk for row in rows], strict=True))


def read_changes(file: IO[str], scopes: dict[int, int]) -> Iterator[tuple[Any, ...]]:
    for line in file:
        scope, *values = json.loads(line)
        yield (scopes[scope], *values)
