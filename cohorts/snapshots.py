"""From a source to a snapshot in force: land its lists, weigh what they prove, accept or refuse (DESIGN §8)."""

from collections.abc import Iterator, Mapping, Sequence

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from cohorts.extract_guards import (
    ExtractLimits,
    ListCounts,
    judge_age,
    judge_counts,
    judge_emptiness,
    judge_years,
)
from cohorts.extract_parts import PartsOfLists, count_parts, weigh_shrinking
from cohorts.models import ExtractFile, Snapshot, SnapshotFile, StagedRegistration, StagedUnitRegistration
from cohorts.rollover import judge_reopened
from cohorts.sources.exchange_files import KIND as EXCHANGE_FILES
from cohorts.sources.protocol import ExtractRefused, Problem, Source
from cohorts.staging import REJECTIONS_KEPT, forget_rows, land_list
from enrolhub.sync.lease import Lease
from enrolhub.sync.limits import EXTRACT_LIMITS, limits_of

#: How many accepted snapshots keep their staged rows, beside the last complete one.
KEPT = 2


def snapshot_in_force(*, complete: bool = False) -> Snapshot | None:
    """What the last night went by; with ``complete``, the last one that proved absences."""
    return accepted_snapshots(complete=complete).filter(is_whole=True).first()


def accepted_snapshots(*, complete: bool = False) -> QuerySet[Snapshot]:
    """Accepted extracts of every source, the newest first."""
    accepted = Snapshot.objects.filter(accepted=True).order_by("-id")
    return accepted.filter(verdict=Snapshot.Verdict.COMPLETE) if complete else accepted


def last_extract(kind: str, *, complete: bool = False) -> Snapshot | None:
    """The last accepted extract of this source; before its first one, what all sources gave together."""
    return accepted_snapshots(complete=complete).filter(source=kind).first() or snapshot_in_force(complete=complete)


def land_source(lease: Lease, source: Source, *, alone: bool = True) -> Snapshot:
    """Land the source for the lease's run and accept what it proves; ``alone`` when there is no other.

    Raises ExtractRefused after recording a refused snapshot, of which no row is left; the one in force stays.
    """
    try:
        refuse_backwards(source)
        files = {info.name: (land_list(lease, source, info), info) for info in source.lists()}
    except ExtractRefused as refusal:
        forget_surplus(lease)
        record_refusal(lease, source.location, refusal.problem, source, kind=source.kind, alone=alone)
        raise
    counts = {name: counts_of(file, info.declared_rows) for name, (file, info) in files.items()}
    landed = {name: file for name, (file, _) in files.items()}
    parts = count_parts(landed, last_extract(source.kind))
    problems = [*source.problems(), *weigh(source, counts, landed, parts)]
    with lease.transaction() as run:
        snapshot = Snapshot.objects.create(
            run=run,
            source=source.kind,
            is_whole=alone,
            location=source.location[:500],
            extracted_at=source.extracted_at,
            academic_years=list(source.academic_years),
            verdict=Snapshot.Verdict.PARTIAL if problems else Snapshot.Verdict.COMPLETE,
            accepted=True,
            problems=[problem.as_json() for problem in problems],
        )
        SnapshotFile.objects.bulk_create(
            SnapshotFile(
                snapshot=snapshot, file=file, declared_rows=info.declared_rows, parts=parts.get(file.list_name, [])
            )
            for file, info in files.values()
        )
    return snapshot


def refuse_backwards(source: Source) -> None:
    """An extract older than the one in force is never used; one of the same time may be."""
    last = accepted_snapshots().filter(source=source.kind).first()
    if last and last.extracted_at and source.extracted_at < last.extracted_at:
        params = {"extracted_at": source.extracted_at.isoformat(), "in_force": last.extracted_at.isoformat()}
        raise ExtractRefused(Problem("older_than_in_force", file="manifest.json", params=params))


def record_refusal(
    lease: Lease,
    location: str,
    problem: Problem,
    source: Source | None = None,
    *,
    kind: str = EXCHANGE_FILES,
    alone: bool = True,
) -> None:
    """Keep what was refused and why, beside the snapshots in force."""
    with lease.transaction() as run:
        Snapshot.objects.create(
            run=run,
            source=kind,
            is_whole=alone,
            location=location[:500],
            extracted_at=source.extracted_at if source else None,
            academic_years=list(source.academic_years) if source else [],
            verdict=Snapshot.Verdict.REFUSED,
            problems=[problem.as_json()],
        )


def counts_of(file: ExtractFile, declared: int | None) -> ListCounts:
    if file.list_name not in confirming_lists():
        return ListCounts(file.row_count, declared)
    unreadable = file.rejections.filter(protects="").values("line").distinct().count()
    return ListCounts(file.row_count, declared, unreadable + max(0, file.rejected_count - REJECTIONS_KEPT))


def confirming_lists() -> Iterator[str]:
    """The lists of which each row may confirm someone's place: what cannot be read there might have."""
    yield from ("annuaire", "inscriptions_administratives", "inscriptions_pedagogiques")
    yield from ("groupes", "affectations_groupes")
    if settings.COHORTS_BY_PERIOD:
        yield "elements"


def weigh(
    source: Source,
    counts: Mapping[str, ListCounts],
    files: Mapping[str, ExtractFile],
    parts: PartsOfLists,
) -> list[Problem]:
    """Everything that keeps the extract from proving an absence."""
    newest, last = last_extract(source.kind), last_extract(source.kind, complete=True)
    before = {file.list_name: file.row_count for file in last.files.all()} if last else None
    limits = ExtractLimits(*limits_of(EXTRACT_LIMITS).values())
    return [
        *judge_counts(counts),
        *judge_emptiness(counts, before),
        *(weigh_shrinking(last, source.academic_years, files, parts, limits) if last else ()),
        *judge_years(source.academic_years, years_found(files, source.academic_years)),
        *judge_reopened(source.academic_years, newest.academic_years if newest else ()),
        *judge_age(source.extracted_at, timezone.now(), limits),
    ]


def years_found(files: Mapping[str, ExtractFile], years: Sequence[str]) -> dict[str, set[str]]:
    """Those of the academic years that have rows, in each list kept by year that is there."""
    models: dict[str, type[Model]] = {
        "inscriptions_administratives": StagedRegistration,
        "inscriptions_pedagogiques": StagedUnitRegistration,
    }
    return {name: set(_years_in(model, files[name], years)) for name, model in models.items() if name in files}


def _years_in(model: type[Model], file: ExtractFile, years: Sequence[str]) -> Iterator[str]:
    """Asked for one by one: the first row of a year answers, where a list of all years reads the whole table."""
    for year in years:
        if model._default_manager.filter(file=file, academic_year=year).exists():
            yield year


def sources_in_use() -> set[str]:
    """The sources of the last night and of one that is under way; of those read formerly nothing is kept."""
    newest = snapshot_in_force()
    if newest is None:
        return set(accepted_snapshots().order_by().values_list("source", flat=True))
    landed_since = accepted_snapshots().filter(pk__gt=newest.pk).values_list("source", flat=True)
    return {newest.source, *newest.extracts.values_list("source", flat=True), *landed_since}


def surplus_files() -> list[ExtractFile]:
    """Files that none of the last accepted snapshots, nor the last complete one, needs any more, or that no snapshot has."""
    kept = set(accepted_snapshots().filter(is_whole=True).values_list("pk", flat=True)[:KEPT])
    for kind in sources_in_use():
        # The last extract of each source stands in for one that is refused; the last complete one is what is weighed against.
        kept |= {last.pk for complete in (False, True) if (last := last_extract(kind, complete=complete))}
    landed = ExtractFile.objects.filter(Q(landed_at__isnull=False) | Q(snapshots__isnull=True))
    return list(landed.exclude(snapshots__in=kept))


def forget_surplus(lease: Lease) -> None:
    """Drop the staged rows that nothing needs any more, those of refused and interrupted extracts included."""
    files = surplus_files()
    for file in files:
        forget_rows(file, lease.transaction)
    with lease.transaction():
        ExtractFile.objects.filter(pk__in=[file.pk for file in files], snapshots__isnull=True).delete()
