"""All that must be the same at the end, whatever happened on the way: rows, ledger, holds, findings, extracts kept."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from cohorts.models import Cohort, ExtractFile, Snapshot
from cohorts.staging import STAGED_MODELS
from courses.models import Enrolment, Method
from enrolhub.sync.models import Change, Hold, Notice, Phase, Run, Scope
from tests.dumps import effects, facts, report, values

PHASE = ("run__kind", "position", "relation", "state", "arrivals", "departures", "alterations", "unchanged", "held")


def whole_state() -> dict[str, str]:
    """Everything that lasts, a text for each part, without database numbers and times."""
    runs = Run.objects.order_by("pk")
    parts: dict[str, Any] = {
        **facts(),
        "runs": [report(run) for run in runs],
        "endings": [(run.kind, run.message, run.lease_until) for run in runs],
        "effects": [effects(run) for run in runs],
        "phases": list(Phase.objects.order_by("run", "position").values_list(*PHASE)),
        "holds": values(Hold, ("scope__code", "reason", "state", "digest", "decided_by__username")),
        "snapshots": values(Snapshot, ("verdict", "accepted", "academic_years", "problems", "run__kind")),
        "extracts": values(ExtractFile, ("list_name", "sha256", "row_count", "rejected_count", "line_count")),
        "staged": [(name, model._default_manager.count()) for name, model in STAGED_MODELS.items()],
        "fresh": sorted(Cohort.objects.filter(refreshed_at__isnull=False).values_list("code")),
        "refreshed": sorted(Method.objects.filter(refreshed_at__isnull=False).values_list("course__code", "kind")),
        "notices": values(Notice, ("key", "recipients")),
    }
    return {name: repr(part) for name, part in parts.items()}


def digest_of(state: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(state.items())).encode()).hexdigest()


def half_written(run: int) -> list[str]:
    """Scopes of which the run has written a part only: of a course, all that arrives is there or nothing is."""
    found = []
    scopes = Scope.objects.filter(phase__relation__in=Method.SYNCED, phase__run=run)
    for scope in scopes.select_related("phase"):
        for action, there in (("A", bool(scope.arrived_at)), ("D", not scope.departed_at)):
            changes = Change.objects.filter(scope=scope, action=action).filter(Q(after="") | Q(action="A"))
            rows = Enrolment.objects.filter(method=scope.ref, person__in=changes.values("member"))
            if rows.count() != (changes.count() if there else 0):
                found.append(f"{scope.phase.relation} {scope.code} {action}")
    return found
