"""What stands behind held departures: why each row would go, by which source row the person came, when the list last changed.

Everything is read from the ledger, in a constant number of queries, for the scopes that a page lists.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from enrolhub.sync.models import Change, Run, Scope
from enrolhub.sync.wording import run_name, say_reason

_DEPARTURE = Change.Action.DEPARTURE


@dataclass(frozen=True)
class LastChange:
    """The last time before this run that people came or went in a scope, and how many."""

    run: Run
    at: datetime
    arrivals: int
    departures: int


@dataclass(frozen=True)
class Origin:
    """By which source row a person came into the scope, and in which run; ``why`` they would leave."""

    why: str
    source: str = ""
    run_name: str = ""


@dataclass(frozen=True)
class Evidence:
    """What stands behind the departures of one scope: their reasons with how many, the example people's origins, the last change."""

    reasons: Sequence[tuple[str, int]] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    last: LastChange | None = None


class EvidenceOf:
    """The evidence of these held scopes of one run; ``examples`` are the people named of each, by scope."""

    def __init__(self, run: Run, scopes: Sequence[Scope], examples: Mapping[int, Sequence[str]]) -> None:
        self.run = run
        self.scopes = scopes
        self.examples = examples

    def of(self, scope: Scope) -> Evidence:
        key = (scope.phase.relation, scope.ref)
        people = self.examples.get(scope.pk, ())
        origins = {person: self._origin(scope, person) for person in people}
        return Evidence(self._reasons[scope.pk], origins, self._last.get(key))

    def _origin(self, scope: Scope, person: str) -> Origin:
        why = say_reason(self._why.get((scope.pk, person), ""))
        came = self._came.get((scope.phase.relation, scope.ref, person))
        return Origin(why, came.source, run_name(came.scope.phase.run)) if came else Origin(why)

    @cached_property
    def _reasons(self) -> Mapping[int, list[tuple[str, int]]]:
        """How many departures each reason has, by scope, the most frequent first."""
        rows = Change.objects.filter(scope__in=[scope.pk for scope in self.scopes], action=_DEPARTURE)
        counted = rows.order_by().values_list("scope", "reason").annotate(count=Count("pk"))
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for scope, reason, count in sorted(counted, key=lambda row: (-row[2], row[1])):
            if reason:
                found[scope].append((say_reason(reason), count))
        return found

    @cached_property
    def _why(self) -> Mapping[tuple[int, str], str]:
        """Why each example person would leave."""
        rows = Change.objects.filter(scope__in=list(self.examples), person__in=self._people, action=_DEPARTURE)
        return {(scope, person): reason for scope, person, reason in rows.values_list("scope", "person", "reason")}

    @property
    def _people(self) -> list[str]:
        return sorted({person for people in self.examples.values() for person in people})

    @cached_property
    def _came(self) -> Mapping[tuple[str, int, str], Change]:
        """The last change that brought each example person, with the source row that it named."""
        rows = Change.objects.filter(
            person__in=self._people,
            scope__phase__relation__in={scope.phase.relation for scope in self.scopes},
            scope__ref__in={scope.ref for scope in self.scopes},
            scope__arrived_at__isnull=False,
            scope__phase__run__lt=self.run.pk,
        )
        rows = rows.exclude(action=_DEPARTURE).exclude(source="").select_related("scope__phase__run__undoes")
        return {(row.scope.phase.relation, row.scope.ref, row.person): row for row in rows.order_by("pk")}

    @cached_property
    def _last(self) -> Mapping[tuple[str, int], LastChange]:
        """The last real run before this one in which each list changed."""
        earlier = Scope.objects.filter(
            Q(arrived_at__isnull=False, arrivals__gt=0) | Q(departed_at__isnull=False, departures__gt=0),
            code__in={scope.code for scope in self.scopes},
            ref__in={scope.ref for scope in self.scopes},
            phase__run__lt=self.run.pk,
            phase__run__dry_run=False,
        )
        order = Window(RowNumber(), partition_by=[F("phase__relation"), F("ref")], order_by=F("pk").desc())
        rows = earlier.annotate(rank=order).filter(rank=1).select_related("phase__run__undoes")
        return {(row.phase.relation, row.ref): _last_change(row) for row in rows}


def _last_change(scope: Scope) -> LastChange:
    at = scope.departed_at or scope.arrived_at
    assert at is not None, "a scope in which nothing took effect is not asked for"
    gone = scope.departures if scope.departed_at else 0
    return LastChange(scope.phase.run, at, scope.arrivals if scope.arrived_at else 0, gone)
