"""How each source fares: what it last gave, when it was last reached, how its lists went, what was refused and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cohorts.landing import TOGETHER
from cohorts.list_labels import in_reading_order, list_label, say_problem_and_line, source_label
from cohorts.models import Snapshot, SnapshotFile
from cohorts.sources.protocol import COLUMNS, ConfiguredSource
from cohorts.sources.rows import STAGED_FIELDS
from cohorts.staging import STAGED_MODELS
from enrolhub.sync.states import Badge
from enrolhub.web.svg import sparkline

#: Extracts that a picture of counts shows, refusals that are listed, rows of a sample.
EXTRACTS, REFUSALS, SAMPLED = 30, 10, 5
#: A sample is of these lines.
FIRST_LINES = 50
#: Columns of the directory's list, with what they are landed as.
OF_DIRECTORY = {
    "uid": "directory_uid",
    "supannAliasLogin": "username",
    "supannEtuId": "student_number",
    "supannEmpId": "staff_number",
    "sn": "last_name",
    "givenName": "first_name",
    "mail": "email",
    "eduPersonAffiliation": "affiliations",
    "supannRessourceEtat": "account_state",
}


#: Rows of a list of a source over its extracts.
Histories = Mapping[tuple[str, str], list[int]]


@dataclass(frozen=True)
class ListLine:
    """One list of a source: its rows, how they went over the last accepted extracts, and those that could not be used."""

    name: str
    label: str
    rows: int
    rejected: int
    counts: Sequence[int]

    @property
    def difference(self) -> int | None:
        """Rows more (or fewer) than in the extract before; None for the first one."""
        return self.counts[-1] - self.counts[-2] if len(self.counts) > 1 else None

    @property
    def picture(self) -> SafeString:
        words = _("%(list)s: rows of the last %(count)d extracts, from %(first)d to %(last)d")
        shown = {"list": self.label, "count": len(self.counts), "first": self.counts[0], "last": self.counts[-1]}
        return sparkline(self.counts, title=words % shown, width=120)


@dataclass(frozen=True)
class SourceState:
    """One configured source: its last accepted extract, and its last attempt whatever came of it."""

    source: ConfiguredSource
    label: str
    badge: Badge
    extract: Snapshot | None
    attempt: Snapshot | None
    lines: Sequence[ListLine]
    problems: Sequence[str]

    @property
    def was_refused(self) -> bool:
        """Whether the last attempt gave nothing, so that an earlier extract is still in force."""
        return self.attempt is not None and self.attempt.verdict == Snapshot.Verdict.REFUSED

    @property
    def is_reached(self) -> bool:
        return self.attempt is not None and not self.was_refused


@dataclass(frozen=True)
class Refusal:
    """An extract of which nothing was used, and why."""

    snapshot: Snapshot
    label: str
    reasons: Sequence[str]


@dataclass(frozen=True)
class RowSample:
    """The first rows of a list as they were landed."""

    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default_factory=list)


def states_of(sources: Sequence[ConfiguredSource], now: datetime) -> list[SourceState]:
    """The sources in their order, in six queries whatever their history."""
    last, accepted = newest_by_kind(accepted=None), newest_by_kind(accepted=True)
    histories = counts_by_kind(sources)
    files = files_of(list(accepted.values()))
    states = []
    for source in sources:
        extract, attempt = accepted.get(source.kind), last.get(source.kind)
        own = [row for row in files if extract and row.snapshot_id == extract.pk and row.file.list_name in source.lists]
        lines = sorted(
            (line_of(row, source.kind, histories) for row in own), key=lambda each: in_reading_order(each.name)
        )
        problems = [say_problem_and_line(problem) for problem in (attempt.problems if attempt else [])]
        badge = badge_for(extract, attempt, now)
        states.append(SourceState(source, source_label(source.kind), badge, extract, attempt, lines, problems))
    return states


def line_of(row: SnapshotFile, kind: str, histories: Histories) -> ListLine:
    name, file = row.file.list_name, row.file
    counts = histories.get((kind, name)) or [file.row_count]
    return ListLine(name, list_label(name), file.row_count, file.rejected_count, counts)


def newest_by_kind(*, accepted: bool | None) -> dict[str, Snapshot]:
    """The newest extract of each source, accepted ones only or whatever came of them."""
    snapshots = Snapshot.objects.exclude(source=TOGETHER).order_by()
    if accepted is not None:
        snapshots = snapshots.filter(accepted=accepted)
    newest = snapshots.values("source").annotate(newest=Max("pk")).values("newest")
    return {each.source: each for each in Snapshot.objects.filter(pk__in=newest).select_related("run")}


def counts_by_kind(sources: Sequence[ConfiguredSource]) -> Histories:
    """Rows of each list of each source over its last accepted extracts, oldest first."""
    kinds = [source.kind for source in sources]
    recent = Snapshot.objects.filter(accepted=True, source__in=kinds).order_by("-id").values("pk")
    rows = SnapshotFile.objects.filter(snapshot__in=recent[: EXTRACTS * max(len(kinds), 1)]).order_by("snapshot_id")
    counts: dict[tuple[str, str], list[int]] = {}
    for kind, name, count in rows.values_list("snapshot__source", "file__list_name", "file__row_count"):
        counts.setdefault((kind, name), []).append(count)
    return {key: values[-EXTRACTS:] for key, values in counts.items()}


def files_of(extracts: Sequence[Snapshot]) -> list[SnapshotFile]:
    return list(SnapshotFile.objects.filter(snapshot__in=extracts).select_related("file"))


def badge_for(extract: Snapshot | None, attempt: Snapshot | None, now: datetime) -> Badge:
    """The state of a source in one word; the last attempt counts before the extract that is in force."""
    if attempt is None:
        return Badge("quiet", _("Never read"), "")
    if attempt.verdict == Snapshot.Verdict.REFUSED:
        return Badge("bad", _("Refused"), "x-circle")
    if extract is None or is_old(extract, now):
        return Badge("wait", _("Old"), "exclamation-triangle")
    if extract.verdict == Snapshot.Verdict.PARTIAL:
        return Badge("wait", _("Incomplete"), "exclamation-triangle")
    return Badge("ok", _("Complete"), "check-circle-fill")


def is_old(extract: Snapshot, now: datetime) -> bool:
    limit = timedelta(hours=settings.GUARD_EXTRACT_WARN_HOURS)
    return extract.extracted_at is None or now - extract.extracted_at > limit


def last_refusals() -> list[Refusal]:
    """The last extracts that were refused, of any source."""
    refused = Snapshot.objects.filter(verdict=Snapshot.Verdict.REFUSED).select_related("run")[:REFUSALS]
    return [
        Refusal(each, source_label(each.source), [say_problem_and_line(problem) for problem in each.problems])
        for each in refused
    ]


def sample_of(state: SourceState, list_name: str) -> RowSample | None:
    """Some of the first rows of one list of a source's last accepted extract; None when it has no such list."""
    if state.extract is None or list_name not in {line.name for line in state.lines}:
        return None
    columns, fields = shown_columns(list_name)
    own = state.extract.files.filter(list_name=list_name).order_by().values("pk")
    # No order asked of the database: the longest lists have no index by line.
    rows = STAGED_MODELS[list_name]._default_manager.order_by().filter(file__in=own, line__lte=FIRST_LINES)
    return RowSample(list_label(list_name), columns, sorted(rows.values_list(*fields)[:SAMPLED]))


def shown_columns(list_name: str) -> tuple[Sequence[str], Sequence[str]]:
    """Columns as the registers call them, and the staged fields that hold them."""
    fields = (
        OF_DIRECTORY
        if list_name == "annuaire"
        else dict(zip(COLUMNS[list_name], STAGED_FIELDS[list_name], strict=True))
    )
    return list(fields), list(fields.values())
