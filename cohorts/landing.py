"""From the configured sources to what a night goes by. Each has its own verdict; one that fails leaves what the others prove."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from cohorts.models import Snapshot, SnapshotFile
from cohorts.snapshots import land_source, last_extract, record_refusal
from cohorts.sources.protocol import Beat, ConfiguredSource, ExtractRefused, Problem
from enrolhub.sync.lease import Lease

#: The source of a snapshot that is made of those of several.
TOGETHER = "together"
#: A reading tells that it lives so often (seconds); the lease of a night lasts a minute.
BEAT_SECONDS = 5.0

_listener: ContextVar[Beat | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Beat) -> Iterator[None]:
    """Within it, ``listener`` is told of every list that is being read, and how many rows there are so far."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def land_registers(lease: Lease, sources: Sequence[ConfiguredSource]) -> Snapshot:
    """Land every source for the lease's run; what they prove together. Raises ExtractRefused when nothing can be used."""
    if len(sources) == 1:
        return land_configured(lease, sources[0], alone=True)
    landed: dict[str, Snapshot] = {}
    refused: dict[str, Problem] = {}
    for source in sources:
        try:
            landed[source.kind] = land_configured(lease, source, alone=False)
        except ExtractRefused as refusal:
            refused[source.kind] = refusal.problem
    if not landed:
        raise ExtractRefused(next(iter(refused.values())))
    return put_together(lease, sources, landed, refused)


def land_configured(lease: Lease, source: ConfiguredSource, *, alone: bool) -> Snapshot:
    """Open and land one source. Raises ExtractRefused, having recorded why."""
    was_opened = False
    try:
        with source.opened(beat_of(lease)) as opened:
            was_opened = True
            return land_source(lease, opened, alone=alone)
    except ExtractRefused as refusal:
        if not was_opened:
            record_refusal(lease, source.location, refusal.problem, kind=source.kind, alone=alone)
        raise


def beat_of(lease: Lease) -> Beat:
    """Keeps the run's lease while a server is read, and tells whoever listens."""
    told: list[float] = [time.monotonic()]

    def beat(list_name: str, rows: int) -> None:
        listener: Callable[[str, int], None] | None = _listener.get()
        if listener:
            listener(list_name, rows)
        if time.monotonic() - told[0] > BEAT_SECONDS:
            told[0] = time.monotonic()
            with lease.transaction():
                """Renews the lease."""

    return beat


def put_together(
    lease: Lease, sources: Sequence[ConfiguredSource], landed: dict[str, Snapshot], refused: dict[str, Problem]
) -> Snapshot:
    """One snapshot of all sources: of one that was refused, its last accepted extract stands in and removes nobody."""
    standing = {kind: last_extract(kind) for kind in refused}
    used = landed | {kind: extract for kind, extract in standing.items() if extract}
    problems: list[dict[str, Any]] = [problem for each in landed.values() for problem in each.problems]
    for kind, problem in refused.items():
        problems += [problem.as_json(), stand_in_problem(kind, standing[kind]).as_json()]
    moments = [extract.extracted_at for extract in used.values() if extract.extracted_at]
    with lease.transaction() as run:
        whole = Snapshot.objects.create(
            run=run,
            source=TOGETHER,
            location=", ".join(source.location for source in sources)[:500],
            extracted_at=min(moments, default=None),
            academic_years=sorted({year for extract in used.values() for year in extract.academic_years}),
            verdict=Snapshot.Verdict.PARTIAL if problems else Snapshot.Verdict.COMPLETE,
            accepted=True,
            problems=problems,
        )
        whole.extracts.set([extract for extract in used.values() if not extract.is_whole])
        SnapshotFile.objects.bulk_create(files_of(whole, sources, used))
    return whole


def files_of(whole: Snapshot, sources: Sequence[ConfiguredSource], used: dict[str, Snapshot]) -> Iterator[SnapshotFile]:
    """The lists of the extracts used, each from the source that answers for it."""
    for source in sources:
        if source.kind not in used:
            continue
        rows = used[source.kind].snapshot_files.filter(file__list_name__in=source.lists)
        for row in rows.order_by("pk"):
            yield SnapshotFile(snapshot=whole, file_id=row.file_id, declared_rows=row.declared_rows, parts=row.parts)


def stand_in_problem(kind: str, extract: Snapshot | None) -> Problem:
    """What is used of a source that could not be: its last accepted extract, or nothing."""
    if extract is None or extract.extracted_at is None:
        return Problem("nothing_stands_in", params={"source": kind})
    return Problem("stands_in", params={"source": kind, "extracted_at": extract.extracted_at.isoformat()})
