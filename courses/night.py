"""The night: sources land a snapshot, then people, cohorts, enrolments and groups follow it, in that order (DESIGN §4.3)."""

import time
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from cohorts.findings import ROLLOVER, note_register_findings
from cohorts.landing import land_registers
from cohorts.models import Cohort, Snapshot
from cohorts.register import Register, register_of
from cohorts.relations import CohortMembers, People
from cohorts.snapshots import forget_surplus
from cohorts.sources.configured import configured_sources
from cohorts.sources.protocol import ExtractRefused
from courses.findings import note_course_findings
from courses.group_relations import GroupMembers, HandGroupMembers
from courses.methods.registry import SYNCED_KINDS
from courses.models import Method
from courses.relations import SyncedEnrolments
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Phase, Run
from enrolhub.sync.relation import Relation

KIND = "night"
SOURCES = "sources"
PARTS = ("people", "cohorts", "enrolments")


def business_date() -> date:
    """Tonight's date in Paris, whatever clock the machine keeps."""
    return timezone.now().astimezone(ZoneInfo("Europe/Paris")).date()


def request_night(
    *,
    scheduled: bool = False,
    dry_run: bool = False,
    folder: Path | None = None,
    only: Collection[str] = PARTS,
    author: User | None = None,
    on: date | None = None,
) -> Run | None:
    """A night ready to be conducted; None when one is under way, or the scheduled one of today (or ``on``) was asked for already."""
    options: dict[str, Any] = {"sources": str(folder or settings.ENROLHUB_SOURCES_DIR), "only": sorted(only)}
    if folder is not None:
        options["folder_alone"] = True
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=KIND,
                lane=KIND,
                dry_run=dry_run,
                scheduled_on=on or (business_date() if scheduled else None),
                author=author,
                options=options,
            )
    except IntegrityError:
        return None


class NightChain:
    """The chain of one night. ``open`` may be called again by whoever resumes it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.only = set(run.options.get("only", PARTS))
        self.register: Register | None = None

    def open(self, lease: Lease) -> Sequence[Relation]:
        snapshot = self.run.snapshots.filter(accepted=True, is_whole=True).first() or self.land(lease)
        if not self.run.phases.filter(relation=SOURCES).exists():  # whoever landed it died before saying so
            self.record_landing(lease, self.run.started_at or timezone.now(), 0)
        self.register = register_of(snapshot, self.run.pk)
        if snapshot.verdict == Snapshot.Verdict.PARTIAL:
            with lease.transaction():
                Run.objects.filter(pk=self.run.pk).update(partial=True)
        return self.relations(self.register, snapshot)

    def land(self, lease: Lease) -> Snapshot:
        alone = Path(self.run.options["sources"]) if self.run.options.get("folder_alone") else None
        begun, clock = timezone.now(), time.monotonic()
        self.forget_landing(lease)
        try:
            snapshot = land_registers(lease, configured_sources(alone))
        except ExtractRefused as refusal:
            where = refusal.problem.as_json()
            raise RunRefused(where.pop("code"), **where) from refusal
        self.record_landing(lease, begun, int((time.monotonic() - clock) * 1000))
        return snapshot

    def forget_landing(self, lease: Lease) -> None:
        """What an attempt that died in the middle of it had landed or refused is landed and judged anew."""
        if self.run.snapshots.exists():
            with lease.transaction():
                self.run.snapshots.all().delete()

    def record_landing(self, lease: Lease, begun: datetime, busy_ms: int) -> None:
        figures = {"started_at": begun, "finished_at": timezone.now(), "position": 0, "state": Phase.State.DONE}
        with lease.transaction():
            Phase.objects.update_or_create(run=self.run, relation=SOURCES, defaults={**figures, "busy_ms": busy_ms})

    def relations(self, register: Register, snapshot: Snapshot) -> list[Relation]:
        relations: list[Relation] = []
        if "people" in self.only:
            relations.append(People(register, snapshot))
        if "cohorts" in self.only:
            relations.append(CohortMembers(register))
        if "enrolments" in self.only:
            for kind in SYNCED_KINDS:
                relations += [SyncedEnrolments(kind, register), GroupMembers(str(kind.kind.value), register)]
            relations.append(HandGroupMembers(register))
        return relations

    def close(self, lease: Lease) -> None:
        assert self.register is not None
        with lease.transaction() as run:
            run.findings.filter(code__in=CLOSING_FINDINGS).delete()
            note_register_findings(run, self.register)
            note_course_findings(run, self.register)
            if not run.partial:
                self.mark_refreshed(self.register)
        forget_surplus(lease)

    def mark_refreshed(self, register: Register) -> None:
        now = timezone.now()
        if "cohorts" in self.only:
            cohorts = Cohort.objects.filter(keeper=Cohort.Keeper.REGISTER, academic_year__in=register.years)
            cohorts.update(refreshed_at=now)
        if "enrolments" in self.only:
            methods = Method.objects.filter(kind__in=Method.SYNCED, course__academic_year__in=["", *register.years])
            methods.update(refreshed_at=now)


CLOSING_FINDINGS = (
    "extract_problem",
    "lists_not_read",
    ROLLOVER,
    "rows_rejected",
    "unknown_students",
    "unknown_programmes",
    "damaged_text",
    "unknown_units",
    "courses_without_year",
)
