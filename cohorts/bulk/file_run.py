"""A file as a run of the engine: its rows are kept with the run, compared with what is, applied, told in the ledger.

Everything is validated before. What was asked stays in the database until the run has ended, so that any worker may
conduct it or take it up again, and what moved in between is noticed before the first row is written.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from cohorts.models import AskedRow
from enrolhub.access.models import User
from enrolhub.sync.apply import MANY
from enrolhub.sync.attempts import attempt_run, interrupted_run
from enrolhub.sync.bulk_load import load_rows
from enrolhub.sync.conduct import RunRefused, conduct_run
from enrolhub.sync.digest import SEPARATOR, digest_lines
from enrolhub.sync.lease import Lease, LeaseLost, RunBusy
from enrolhub.sync.mandate import asked_by, refuse_lost_right
from enrolhub.sync.models import Change, Run, Scope
from enrolhub.sync.rehearse import rehearse_run
from enrolhub.sync.relation import Relation
from enrolhub.sync.select_into import refresh_statistics
from enrolhub.sync.start import AT_ONCE, wake_worker
from enrolhub.web.sheets.problems import Cause, FileRefused

KIND = "file"
BUSY = Cause(
    "file_busy",
    _("Another file of the same kind is being applied."),
    _("Load this one again when it has ended."),
)
MOVED = Cause(
    "file_moved",
    _("What the file is about has changed since it was looked at: nothing was done."),
    _("Look at what would happen now, and confirm that."),
)
KEPT = ("run", "relation", "ref", "member", "item", "before", "facts", "source", "stays")


class FileRow(NamedTuple):
    """What a file asks for one row of a relation. Facts that are empty ask that it leaves; `code` and `person` are for people.

    `ref` and `item` may say nothing yet where the row stands on something that the file creates.
    """

    relation: str
    ref: int
    code: str
    member: int
    person: str
    item: str
    before: str
    facts: str
    source: str

    @property
    def action(self) -> str:
        """The action of the ledger, empty when nothing changes."""
        if self.before == self.facts:
            return ""
        if not self.before:
            return Change.Action.ARRIVAL.value
        return Change.Action.ALTERATION.value if self.facts else Change.Action.DEPARTURE.value


def digest_of(rows: Iterable[FileRow]) -> str:
    """What identifies the wishes of a file and all that they rest on; no numbers of the database."""
    lines = (SEPARATOR.join((*row[:1], row.code, row.person, row.item, row.before, row.facts)) for row in rows)
    return digest_lines(sorted(lines))


class FileKind(ABC):
    """What any worker must know of one kind of file to conduct its runs."""

    name: str

    @abstractmethod
    def relations(self, run: Run) -> Sequence[Relation]:
        """The relations in order, reading what was kept with the run."""

    @abstractmethod
    def still_may(self, account: User, run: Run) -> bool:
        """Whether the account may still have it done."""

    def has_moved(self, run: Run, relations: Sequence[Relation]) -> bool:
        """Whether anything that is asked for no longer says what whoever asked has seen. Asked before the first row."""
        asked = AskedRow.objects.filter(run=run)
        return any(has_moved(relation, asked) for relation in relations)

    def finish(self, run: Run) -> None:  # noqa: B027 - most kinds have nothing to do
        """What follows the last departure, in a transaction."""

    def forget(self, run: Run) -> None:
        """Forget what was kept with the run."""
        AskedRow.objects.filter(run=run).delete()


_kinds: dict[str, FileKind] = {}


def register_file_kind(kind: FileKind) -> None:
    _kinds[kind.name] = kind


@dataclass(frozen=True)
class FilePlan:
    """What a validated file wants. `keep` creates what its rows stand on, keeps them with the run and counts them.

    One run of a `lane` is under way at a time.
    """

    kind: str
    lane: str
    file_name: str
    sha256: str
    digest: str
    author: User | None
    keep: Callable[[Run], int]


def keep_rows(run: Run, rows: Iterable[FileRow]) -> int:
    """Keep what is asked of a run; how many rows. Belongs in the transaction that makes the run."""
    values = (
        (run.pk, row.relation, row.ref, row.member, row.item, row.before, row.facts, row.source, int(bool(row.facts)))
        for row in list(rows)  # nothing else may be read while they are copied
    )
    count = load_rows(AskedRow, KEPT, values, transaction.atomic)
    if count > MANY:
        refresh_statistics(AskedRow)
    return count


def keep_plan(run: Run, plan: FilePlan) -> int:
    """Create what the rows of a plan stand on and keep them. Raises FileRefused when somebody else has just created it."""
    try:
        with transaction.atomic():
            return plan.keep(run)
    except IntegrityError:
        raise FileRefused(MOVED) from None


class FileChain:
    """The chain of a file's run. What moved between the asking and the first opening refuses the run whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.kind = _kinds[run.options["file_kind"]]

    def open(self, lease: Lease) -> Sequence[Relation]:
        relations = self.kind.relations(self.run)
        if not self.run.phases.exists():
            self.refuse_outdated(lease, relations)
        return relations

    def refuse_outdated(self, lease: Lease, relations: Sequence[Relation]) -> None:
        """Raise RunRefused, forgetting what was asked, when something moved since or who asked lost the right to."""
        try:
            refuse_lost_right(self.run, lambda account: self.kind.still_may(account, self.run))
            if self.kind.has_moved(self.run, relations):
                raise RunRefused(MOVED.code, file=self.run.options.get("file", ""))
        except RunRefused:
            with lease.transaction():
                self.kind.forget(self.run)
            raise

    def close(self, lease: Lease) -> None:
        with lease.transaction():
            self.kind.finish(self.run)
            self.kind.forget(self.run)


class RehearsedChain(FileChain):
    """The chain of a dry run, whose rows are kept no longer than the transaction that is rolled back."""

    def __init__(self, run: Run, plan: FilePlan) -> None:
        super().__init__(run)
        self.plan = plan

    def open(self, lease: Lease) -> Sequence[Relation]:
        with lease.transaction():
            keep_plan(self.run, self.plan)
        return super().open(lease)


def has_moved(relation: Relation, asked: QuerySet[AskedRow]) -> bool:
    """Whether a row that is asked for no longer says what whoever asked has seen."""
    rows = asked.filter(relation=relation.name)
    facts_now = getattr(relation, "facts_now", None)
    if facts_now is None or not rows.exists():
        return False
    now = Coalesce(facts_now("ref"), Value(""), output_field=CharField())
    return rows.annotate(now=now).exclude(Exact(F("now"), F("before"))).exists()


def name_sources(changes: QuerySet[Change], asked: QuerySet[AskedRow]) -> None:
    """Say of departures from which line of the file they come, as arrivals say it."""
    ref = Subquery(Scope.objects.filter(pk=OuterRef(OuterRef("scope_id"))).values("ref")[:1])
    rows = asked.filter(ref=ref, member=OuterRef("member"), item=OuterRef("item")).order_by()
    changes.order_by().update(source=Coalesce(Subquery(rows.values("source")[:1]), Value("")))


def rehearse_file(plan: FilePlan) -> Run:
    """What applying a validated file would do: a dry run, of which the report is kept."""
    run = request_run(plan, dry_run=True)
    try:
        return rehearse_run(run, RehearsedChain(run, plan))
    except FileRefused:
        run.delete()
        raise


def run_file(plan: FilePlan) -> Run:
    """Apply a validated file here and now. Returns the ended run. Raises FileRefused: its lane is busy, or something moved.

    On PostgreSQL all of it is one transaction; on SQLite, whose one writer locks the others out, it goes in chunks.
    """
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        with transaction.atomic():
            run = request_run(plan)
            keep_plan(run, plan)
        try:
            run = attempt_run(run)
        except (LeaseLost, RunBusy):  # a worker was quicker
            raise FileRefused(BUSY) from None
    if run.state != Run.State.APPLIED:
        raise FileRefused(MOVED)
    return run


def start_file(plan: FilePlan) -> Run:
    """Apply a validated file as a page asks for it: up to `AT_ONCE` rows at once, else by a worker whom the run waits for.

    Raises FileRefused: its lane is busy, or something moved. Asked for twice it is done once.
    """
    done = done_already(plan)
    if done is not None:
        return done
    with transaction.atomic():
        run = request_run(plan)
        if keep_plan(run, plan) > AT_ONCE:
            transaction.on_commit(lambda: wake_worker(run))
            return run
        run = conduct_run(run, FileChain(run))
        if run.state != Run.State.APPLIED:
            raise FileRefused(MOVED)
    return run


def request_run(plan: FilePlan, *, dry_run: bool = False) -> Run:
    """A waiting run. Raises FileRefused when one of its lane is under way; one whose conductor died is first brought to its end."""
    lane = f"{KIND}:{plan.lane}"
    options: dict[str, Any] = {
        "file": plan.file_name,
        "sha256": plan.sha256,
        "file_kind": plan.kind,
        "digest": plan.digest,
        **asked_by(plan.author),
    }
    if not dry_run and (interrupted := interrupted_run(lane)):
        attempt_run(interrupted)
    try:
        with transaction.atomic():
            return Run.objects.create(kind=KIND, lane=lane, author=plan.author, dry_run=dry_run, options=options)
    except IntegrityError:
        raise FileRefused(BUSY) from None


def done_already(plan: FilePlan) -> Run | None:
    """The run that has carried out this very preview, when its form was sent twice; none once that was taken back."""
    taken_back = Run.objects.filter(undoes__isnull=False, state=Run.State.APPLIED, dry_run=False)
    asked = {"options__sha256": plan.sha256, "options__digest": plan.digest, "options__file_kind": plan.kind}
    runs = Run.objects.filter(kind=KIND, author=plan.author, dry_run=False, **asked)
    runs = runs.exclude(pk__in=taken_back.values("undoes"))
    return runs.exclude(state__in=[Run.State.REFUSED, Run.State.FAILED]).order_by("-pk").first()
