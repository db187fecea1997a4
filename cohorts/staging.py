"""Landing an extract: its rows into the staged tables, its proof of completeness into a snapshot (FORMATS §3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from django.db.models import Count, Model
from django.utils import timezone

from cohorts.models import (
    ExtractFile,
    StagedGroup,
    StagedGroupAssignment,
    StagedPerson,
    StagedProgramme,
    StagedRegistration,
    StagedRejection,
    StagedUnit,
    StagedUnitRegistration,
    StagedYear,
)
from cohorts.sources.protocol import COLUMNS, ExtractRefused, ListInfo, ListReading, Source
from cohorts.sources.rows import (
    STAGED_FIELDS,
    Maker,
    RowRejected,
    new_maker,
    protected_names,
)
from enrolhub.sync.bulk_load import Transact, load_rows, unload_rows
from enrolhub.sync.lease import Lease
from enrolhub.sync.select_into import refresh_statistics

STAGED_MODELS: Mapping[str, type[Model]] = {
    "annuaire": StagedPerson,
    "annees": StagedYear,
    "etapes": StagedProgramme,
    "inscriptions_administratives": StagedRegistration,
    "elements": StagedUnit,
    "inscriptions_pedagogiques": StagedUnitRegistration,
    "groupes": StagedGroup,
    "affectations_groupes": StagedGroupAssignment,
}
#: Rejected rows kept one by one; beyond, they are only counted and the file proves nothing.
REJECTIONS_KEPT = 1000


@dataclass
class Landing:
    """The landing of one list: feeds the loader and keeps account of every physical line."""

    info: ListInfo
    file: ExtractFile
    reading: ListReading
    accepted: int = 0
    rejections: list[StagedRejection] = field(default_factory=list)
    rejected: int = 0

    def rows(self) -> Iterator[Sequence[str]]:
        maker, file_id = new_maker(self.info.name), str(self.file.pk)
        for lines, cells in self.reading.blocks():
            try:
                columns = maker.make_columns(cells)
            except (ValueError, RowRejected):
                yield from self._one_by_one(maker, lines, cells)
            else:
                # The file's number repeats without end.
                yield from zip(repeat(file_id), map(str, lines), *columns, strict=False)
        for line, count in self.reading.misshapen():
            # Never the line itself: nobody can say which of its cells we are not meant to read.
            self._keep(line, "", str(count or ""), "cell_count" if count else "empty", [])

    def _one_by_one(
        self, maker: Maker, lines: Sequence[int], columns: Sequence[Sequence[str]]
    ) -> Iterator[Sequence[str]]:
        for line, *cells in zip(lines, *columns, strict=True):
            try:
                yield (str(self.file.pk), str(line), *maker.make(cells))
            except RowRejected as rejection:
                self._reject(line, cells, rejection)

    def _reject(self, line: int, cells: Sequence[str], rejection: RowRejected) -> None:
        column = COLUMNS[self.info.name][rejection.position]
        self._keep(line, column, rejection.value, rejection.reason, protected_names(self.info.name, cells))

    def _keep(self, line: int, column: str, value: str, reason: str, names: Sequence[str]) -> None:
        self.rejected += 1
        if self.rejected <= REJECTIONS_KEPT:
            for name in names or [""]:
                self.rejections.append(
                    StagedRejection(
                        file=self.file, line=line, column=column, value=value[:200], reason=reason, protects=name
                    )
                )


def land_list(lease: Lease, source: Source, info: ListInfo) -> ExtractFile:
    """The list's content, landed unless it was already. Raises ExtractRefused, having left no row behind."""
    with lease.transaction():
        file, _ = ExtractFile.objects.get_or_create(
            list_name=info.name, sha256=info.sha256, defaults={"byte_count": info.byte_count}
        )
    if file.landed_at is None:
        forget_rows(file, lease.transaction)
        landing = Landing(info, file, source.read(info))
        model = STAGED_MODELS[info.name]
        fields = ("file", "line", *STAGED_FIELDS[info.name])
        try:
            landing.accepted = load_rows(model, fields, landing.rows(), lease.transaction)
        except ExtractRefused:
            forget_rows(file, lease.transaction)
            raise
        close_landing(lease, landing)
        refresh_statistics(model)
    return file


def close_landing(lease: Lease, landing: Landing) -> None:
    """Record the account of lines, and the rows that contradict each other."""
    file = landing.file
    with lease.transaction():
        StagedRejection.objects.bulk_create(landing.rejections, batch_size=500)
        contradictions = reject_contradictions(file) if file.list_name == "annuaire" else 0
        file.line_count = landing.reading.line_count
        file.blank_count = landing.reading.blank_count
        file.row_count = landing.accepted + landing.rejected
        file.rejected_count = landing.rejected + contradictions
        file.landed_at = timezone.now()
        file.save()


def reject_contradictions(file: ExtractFile) -> int:
    """Entries that claim one username, or one student number, for different people: all rejected, all protected.

    The same entry twice counts once. Returns how many rows were rejected.
    """
    return _reject_repeated(file, "username", {}) + _reject_repeated(
        file, "student_number", {"account_state__in": ["active", "suspended"]}
    )


def _reject_repeated(file: ExtractFile, key: str, where: Mapping[str, object]) -> int:
    people = StagedPerson.objects.filter(file=file, **where).exclude(**{key: ""})
    repeated = people.values(key).annotate(times=Count("line")).filter(times__gt=1).values_list(key, flat=True)
    rejected = 0
    for value in list(repeated):
        rows = list(people.filter(**{key: value}).order_by("line"))
        facts = {tuple(getattr(row, name) for name in STAGED_FIELDS["annuaire"]) for row in rows}
        dropped = rows[1:] if len(facts) == 1 else rows
        if len(facts) > 1:
            rejected += len(rows)
            StagedRejection.objects.bulk_create(_contradiction(file, row, key) for row in rows)
        StagedPerson.objects.filter(file=file, line__in=[row.line for row in dropped]).delete()
    return rejected


def _contradiction(file: ExtractFile, row: StagedPerson, key: str) -> StagedRejection:
    column = {"username": "supannAliasLogin", "student_number": "supannEtuId"}[key]
    return StagedRejection(
        file=file, line=row.line, column=column, value=getattr(row, key), reason="contradiction", protects=row.username
    )


def forget_rows(file: ExtractFile, transact: Transact) -> None:
    """Drop a file's staged rows; the file itself stays known."""
    if file.landed_at is not None:
        with transact():
            ExtractFile.objects.filter(pk=file.pk).update(landed_at=None)
    unload_rows(STAGED_MODELS[file.list_name], "file", file.pk, transact)
    with transact():
        StagedRejection.objects.filter(file=file).delete()
