"""The lists of the extract in force, with their age, their counts and how these went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cohorts.landing import TOGETHER
from cohorts.list_labels import in_reading_order, list_label, say_problem
from cohorts.models import Snapshot, SnapshotFile
from cohorts.queries import list_states, snapshot_read
from enrolhub.sync.states import Badge
from enrolhub.web.svg import sparkline


@dataclass(frozen=True)
class ListLine:
    """One list, and the extract of the source that gives it."""

    label: str
    rows: int
    difference: int | None
    spark: SafeString
    extracted_at: datetime | None
    badge: Badge


@dataclass(frozen=True)
class Registers:
    """The extract in force, as one panel."""

    snapshot: Snapshot
    badge: Badge
    is_old: bool
    warn_hours: int
    stale_hours: int
    lines: list[ListLine]
    problems: list[str]


def registers_now(now: datetime) -> Registers | None:
    """The lists of the extract in force, in three or four queries; None before the first extract."""
    snapshot = snapshot_read()
    if snapshot is None:
        return None
    states = sorted(list_states(snapshot).values(), key=lambda state: in_reading_order(state.name))
    is_old, extracts = is_too_old(snapshot, now), extracts_by_list(snapshot)
    return Registers(
        snapshot=snapshot,
        badge=_badge(snapshot, is_old),
        is_old=is_old,
        warn_hours=settings.GUARD_EXTRACT_WARN_HOURS,
        stale_hours=settings.GUARD_EXTRACT_STALE_HOURS,
        lines=[
            ListLine(
                list_label(state.name),
                state.rows,
                state.difference,
                sparkline(state.history, title=_("Rows of the last extracts")),
                extract.extracted_at,
                _badge(extract, is_too_old(extract, now), stands_in=extract.run_id != snapshot.run_id),
            )
            for state in states
            for extract in [extracts.get(state.name, snapshot)]
        ],
        problems=[say_problem(problem) for problem in snapshot.problems],
    )


def extracts_by_list(snapshot: Snapshot) -> dict[str, Snapshot]:
    """Which source's extract each list comes from, where there are several sources; in one query then."""
    if snapshot.source != TOGETHER:
        return {}
    rows = SnapshotFile.objects.filter(snapshot__read_with=snapshot).select_related("snapshot", "file")
    return {row.file.list_name: row.snapshot for row in rows}


def is_too_old(snapshot: Snapshot, now: datetime) -> bool:
    """Whether the extract is old enough to be told (``GUARD_EXTRACT_WARN_HOURS``)."""
    limit = timedelta(hours=settings.GUARD_EXTRACT_WARN_HOURS)
    return snapshot.extracted_at is None or now - snapshot.extracted_at > limit


def _badge(snapshot: Snapshot, is_old: bool, *, stands_in: bool = False) -> Badge:
    if stands_in:
        return Badge("wait", _("Not read last night"), "exclamation-triangle")
    if is_old:
        return Badge("wait", _("Old"), "exclamation-triangle")
    if snapshot.verdict == Snapshot.Verdict.PARTIAL:
        return Badge("wait", _("Incomplete"), "exclamation-triangle")
    return Badge("ok", _("Complete"), "check-circle-fill")
