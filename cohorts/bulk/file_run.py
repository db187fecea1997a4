"""A file as a run of the engine: its rows in a temporary table, compared with what is, applied, kept in the ledger.

Everything is validated before. The file's changes are one transaction on PostgreSQL; on SQLite, whose one writer
locks the others out, they go in the engine's chunks.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohorts.models import Asked
from enrolhub.access.models import User
from enrolhub.sync.bulk_load import load_rows
from enrolhub.sync.conduct import RunRefused, conduct_run
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Run
from enrolhub.sync.rehearse import rehearse_run
from enrolhub.sync.relation import Relation
from enrolhub.sync.select_into import drop_temporary, execute, quote, refresh_statistics
from enrolhub.web.sheets.problems import Cause, FileRefused

KIND = "file"
BUSY = Cause(
    "file_busy",
    _("Another file of the same kind is being applied."),
    _("Load this one again when it has ended."),
)
#: What a row says, in this order. `stays` is 0 where the row is to leave.
ROW_FIELDS = ("number", "relation", "ref", "member", "item", "facts", "source", "stays")
Row = tuple[str, int, int, str, str, str, int]


class FileRow(Asked):
    """What a file asks for one row of a relation. In a temporary table: it lives as long as the run."""

    number = models.BigIntegerField(primary_key=True)
    objects: ClassVar[models.Manager["FileRow"]] = models.Manager()

    class Meta:
        apps = Apps()  # unknown to the migrations
        app_label = "cohorts"
        db_table = "file_row"

    def __str__(self) -> str:
        return f"{self.source} {self.member} {self.item}"


def keep_rows(rows: Iterable[Row]) -> None:
    """Put the rows where the relations of this connection find them, in place of any earlier ones."""
    table = quote(FileRow._meta.db_table)
    text = 'text COLLATE "C"' if connection.vendor == "postgresql" else "text"
    kinds = ("bigint", text, "bigint", "bigint", text, text, text, "smallint")
    columns = ", ".join(f"{quote(name)} {kind}" for name, kind in zip(ROW_FIELDS, kinds, strict=True))
    drop_temporary(FileRow._meta.db_table)
    execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
    load_rows(FileRow, ROW_FIELDS, ((number, *row) for number, row in enumerate(rows, 1)), transaction.atomic)
    execute(f"CREATE INDEX file_row_key ON {table} (relation, ref, member, item)")
    refresh_statistics(FileRow)


@dataclass(frozen=True)
class FilePlan:
    """What a validated file wants.

    `make_rows` is called in a transaction: it creates what the rows stand on (a cohort, a group) and gives the rows.
    `finish` is called in another one, after the last departure.
    """

    file_kind: str
    file_name: str
    sha256: str
    relations: Callable[[Run], Sequence[Relation]]
    make_rows: Callable[[], Iterable[Row]]
    finish: Callable[[], None] = lambda: None


class FileChain:
    """The chain of a file's run. One whose file is gone (the process died) can only be ended: loading it again mends all."""

    def __init__(self, run: Run, plan: FilePlan | None = None) -> None:
        self.run = run
        self.plan = plan

    def open(self, lease: Lease) -> Sequence[Relation]:
        if self.plan is None:
            raise RunRefused("file_interrupted", file=self.run.options.get("file", ""))
        with lease.transaction():
            rows = list(self.plan.make_rows())
        keep_rows(rows)
        return self.plan.relations(self.run)

    def close(self, lease: Lease) -> None:
        if self.plan is not None:
            with lease.transaction():
                self.plan.finish()
        drop_temporary(FileRow._meta.db_table)


def run_file(plan: FilePlan, *, dry_run: bool, author: User | None = None) -> Run:
    """Apply a validated file, or rehearse that. Returns the ended run. Raises FileRefused when one of its kind is under way."""
    if dry_run:
        run = request_run(plan, author, dry_run=True)
        return rehearse_run(run, FileChain(run, plan))
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        run = request_run(plan, author, dry_run=False)
        try:
            return conduct_run(run, FileChain(run, plan))
        finally:
            if connection.vendor != "postgresql":
                close_failed(run)


def request_run(plan: FilePlan, author: User | None, *, dry_run: bool) -> Run:
    lane = f"{KIND}:{plan.file_kind}"
    options: dict[str, Any] = {"file": plan.file_name, "sha256": plan.sha256, "file_kind": plan.file_kind}
    if not dry_run:
        end_abandoned(lane)
    try:
        with transaction.atomic():
            return Run.objects.create(kind=KIND, lane=lane, author=author, dry_run=dry_run, options=options)
    except IntegrityError:
        raise FileRefused(BUSY) from None


def end_abandoned(lane: str) -> None:
    """End the run of a process that died, so that it does not bar the way."""
    for run in Run.objects.filter(lane=lane, state__in=Run.LIVE, dry_run=False, lease_until__lt=timezone.now()):
        conduct_run(run, FileChain(run))


def close_failed(run: Run) -> None:
    """A run that an error has left alive has failed; one that has ended is left as it is."""
    live = Run.objects.filter(pk=run.pk, state__in=Run.LIVE)
    live.update(state=Run.State.FAILED, finished_at=timezone.now(), lease_until=None)
