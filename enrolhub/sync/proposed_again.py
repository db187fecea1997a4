"""« What was undone stays undone »: a departure that a person took back and that the source proposes again is held.

It stays so, night after night, until someone approves it or the source stops proposing it: a full night that does not
propose it ends the matter. Such departures become a scope of their own, so that the others of the course go on
(docs/decisions/0048).
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from enrolhub.sync.models import Change, Hold, Phase, Run, Scope
from enrolhub.sync.select_into import update_from
from enrolhub.sync.undone import runs_belonging_to, standing_undos

#: A run that looked at everything and went to its end.
FULL = (Run.State.APPLIED, Run.State.APPLIED_WITH_HOLDS)
_DEPARTURE = Change.Action.DEPARTURE


def set_apart_what_was_undone(phase: Phase) -> dict[int, int]:
    """Move the phase's departures that were taken back before into scopes of their own.

    Returns those scopes, by id, with the undo that took them back (the latest one, where there are several).
    """
    apart: dict[int, int] = {}
    if phase.scopes.filter(departures__gt=0).exists():
        for undo, restored in _taken_back(phase):
            for scope in _move(phase, restored):
                apart.setdefault(scope, undo)
    return apart


def _taken_back(phase: Phase) -> Iterator[tuple[int, QuerySet[Change]]]:
    """Undos, the latest first, with the changes whose rows are not to depart again."""
    last = _last_full_run(phase)
    for undo, codes in standing_undos():
        if last is None or undo.pk > last.pk:
            yield undo.pk, _restored(undo, phase.relation).filter(codes.matching("scope__code"))
    if last is None:
        return
    carried = Hold.objects.filter(scope__phase__run=last, scope__phase__relation=phase.relation)
    still = carried.filter(scope__part=Scope.Part.UNDONE).exclude(state=Hold.State.APPROVED)
    for number in sorted(
        {int(params.get("undo", 0)) for params in still.values_list("params", flat=True)}, reverse=True
    ):
        scopes = still.filter(params__undo=number).order_by().values("scope")
        yield number, Change.objects.filter(scope__in=scopes, action=_DEPARTURE)


def _last_full_run(phase: Phase) -> Run | None:
    """The last run of this kind before this one that proved every departure of the relation."""
    runs = Run.objects.filter(kind=phase.run.kind, dry_run=False, partial=False, state__in=FULL, pk__lt=phase.run_id)
    return runs.filter(phases__relation=phase.relation).order_by("-pk").first()


def _restored(undo: Run, relation: str) -> QuerySet[Change]:
    """What the undo brought back in this relation: rows that had gone, and those that a departure had suspended."""
    assert undo.undoes_id is not None
    origins = Phase.objects.filter(run__in=runs_belonging_to(undo.undoes_id), relation=relation)
    departed = Change.objects.filter(
        scope__phase__in=list(origins.values_list("pk", flat=True)),
        scope__departed_at__isnull=False,
        action=_DEPARTURE,
        **{name: OuterRef(name) for name in ("scope__ref", "member", "item")},
    )
    phases = list(Phase.objects.filter(run=undo, relation=relation).values_list("pk", flat=True))
    rows = Change.objects.filter(scope__phase__in=phases, scope__arrived_at__isnull=False).exclude(action=_DEPARTURE)
    return rows.filter(Q(action=Change.Action.ARRIVAL) | Exists(departed))


def _move(phase: Phase, restored: QuerySet[Change]) -> list[int]:
    """Move the departures of these rows to the part of their scope that holds what was undone; the scopes moved to."""
    same = restored.filter(scope__ref=OuterRef("scope__ref"), member=OuterRef("member"), item=OuterRef("item"))
    found = Change.objects.filter(
        Exists(same), scope__phase=phase, scope__part=Scope.Part.REST, action=_DEPARTURE
    ).order_by()
    rows: QuerySet[Change, Any] = found.values("scope__ref", "scope__code", "scope__size").annotate(count=Count("pk"))
    counts: list[dict[str, Any]] = sorted(rows, key=lambda row: (row["scope__code"], row["scope__ref"]))
    apart = _parts(phase, counts)
    if apart:
        refs = list(apart)
        target = phase.scopes.filter(ref=OuterRef("scope__ref"), part=Scope.Part.UNDONE).values("pk")[:1]
        update_from(Change, ["id"], {"scope": "s.v1"}, found.values_list("pk", Subquery(target)))
        rest = phase.scopes.filter(ref__in=refs, part=Scope.Part.REST)
        moved = {row["scope__ref"]: row["count"] for row in counts}
        for scope in rest:
            scope.departures -= moved[scope.ref]
        Scope.objects.bulk_update(rest, ["departures"], batch_size=500)
        phase.scopes.filter(ref__in=refs, arrivals=0, departures=0, alterations=0).delete()
    return list(apart.values())


def _parts(phase: Phase, counts: list[dict[str, Any]]) -> dict[int, int]:
    """The scopes of what was undone, by ref; made where they are missing, their departures counted up."""
    refs = [row["scope__ref"] for row in counts]
    present = {scope.ref: scope for scope in phase.scopes.filter(part=Scope.Part.UNDONE, ref__in=refs)}
    for row in counts:
        known = present.get(row["scope__ref"])
        if known:
            Scope.objects.filter(pk=known.pk).update(departures=F("departures") + row["count"])
    fresh = [
        Scope(
            phase=phase,
            ref=row["scope__ref"],
            code=row["scope__code"],
            size=row["scope__size"],
            departures=row["count"],
            part=Scope.Part.UNDONE,
        )
        for row in counts
        if row["scope__ref"] not in present
    ]
    Scope.objects.bulk_create(fresh, batch_size=500)
    return {scope.ref: scope.pk for scope in [*present.values(), *fresh]}
