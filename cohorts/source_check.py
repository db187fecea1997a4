"""A source read from end to end without landing anything: what it would give tonight, and what that would be worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from cohorts.extract_guards import (
    ExtractLimits,
    ListCounts,
    Part,
    judge_age,
    judge_counts,
    judge_emptiness,
    judge_shrinking,
    judge_years,
)
from cohorts.snapshots import last_extract
from cohorts.sources.protocol import Beat, ConfiguredSource, ExtractRefused, ListInfo, Problem, Source
from enrolhub.sync.limits import EXTRACT_LIMITS, limits_of

#: Lists that must speak of each academic year, and the column that names it.
BY_YEAR = ("inscriptions_administratives", "inscriptions_pedagogiques")


@dataclass
class SourceCheck:
    """What a source gives. ``refused`` says why nothing of it could be used; ``problems`` why it would prove no absence."""

    source: ConfiguredSource
    extracted_at: datetime | None = None
    academic_years: Sequence[str] = ()
    counts: dict[str, ListCounts] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: Problem | None = None


def check_source(source: ConfiguredSource, beat: Beat) -> SourceCheck:
    """Read all of a source and weigh it against the last complete extract."""
    check, years = SourceCheck(source), dict[str, set[str]]()
    try:
        with source.opened(beat) as opened:
            check.extracted_at, check.academic_years = opened.extracted_at, list(opened.academic_years)
            for info in opened.lists():
                check.counts[info.name] = read_list(opened, info, beat, years)
            check.problems = [*opened.problems(), *weigh(check, years)]
    except ExtractRefused as refusal:
        check.refused = refusal.problem
    return check


def read_list(source: Source, info: ListInfo, beat: Beat, years: dict[str, set[str]]) -> ListCounts:
    """The rows of a list, those of another width included; notes which years it speaks of."""
    reading, rows = source.read(info), 0
    for lines, columns in reading.blocks():
        rows += len(lines)
        if info.name in BY_YEAR and columns:
            years.setdefault(info.name, set()).update(cell.strip() for cell in columns[0])
        beat(info.name, rows)
    return ListCounts(rows + len(reading.misshapen()), info.declared_rows)


def weigh(check: SourceCheck, years: Mapping[str, set[str]]) -> list[Problem]:
    """The questions of a night that counts can answer."""
    last, limits = last_extract(check.source.kind, complete=True), ExtractLimits(*limits_of(EXTRACT_LIMITS).values())
    before = {file.list_name: file.row_count for file in last.files.all()} if last else None
    shrunk: list[Problem] = []
    if last and before and set(last.academic_years) == set(check.academic_years):
        now = {Part(name): counts.rows for name, counts in check.counts.items()}
        shrunk += judge_shrinking(now, {Part(name): before[name] for name in check.counts if name in before}, limits)
    assert check.extracted_at is not None, "an extract that was opened has its moment"
    return [
        *judge_counts(check.counts),
        *judge_emptiness(check.counts, before),
        *shrunk,
        *judge_years(check.academic_years, years),
        *judge_age(check.extracted_at, timezone.now(), limits),
    ]
