"""Has a held scope moved since its plan? It alone is planned again, and waits to be decided anew.

What the plan saw must still be so: the same rows would depart, from what they say now, and nothing else would change
there. What approvals of the same run have done meanwhile is not a move.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import F, QuerySet

from enrolhub.sync.digest import digest_changes
from enrolhub.sync.guards import OF_THE_RUN
from enrolhub.sync.models import Change, Hold, Phase, Run, Scope
from enrolhub.sync.plan import DIFFERENCE, compare, first_that_holds
from enrolhub.sync.relation import Relation
from enrolhub.sync.replan import Replan
from enrolhub.sync.select_into import compile_rows, drop_temporary, fetch_rows, quote, update_from

_DEPARTURE = Change.Action.DEPARTURE
KEY = ("scope__ref", "member", "item")
SAME = "d.ref = h.ref AND d.member = h.member AND d.item = h.item"


def replan_moved(run: Run, replan: Replan, holds: Collection[Hold]) -> list[Hold]:
    """Those of the holds whose scope has moved, each planned again and waiting anew. Belongs in a transaction."""
    by_relation: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_relation[hold.scope.phase.relation].append(hold)
    moved: list[Hold] = []
    with _as_when_planned(run):
        for name in replan.upstream:
            if name in by_relation:
                refs = sorted({hold.scope.ref for hold in by_relation[name]})
                moved += _moved_in(run, replan.relation(name, run.pk, refs), by_relation[name])
    return moved


@contextmanager
def _as_when_planned(run: Run) -> Iterator[None]:
    """What the limit of the whole run held was not held yet when the later phases were planned: they read without it."""
    scopes = Scope.objects.filter(phase__run=run, hold__reason__in=OF_THE_RUN)
    held = list(scopes.filter(verdict=Scope.Verdict.HOLD).values_list("pk", flat=True))
    Scope.objects.filter(pk__in=held).update(verdict=Scope.Verdict.APPLY)
    yield
    Scope.objects.filter(pk__in=held).update(verdict=Scope.Verdict.HOLD)


def _moved_in(run: Run, relation: Relation, holds: Sequence[Hold]) -> list[Hold]:
    compare(relation)
    missing, extras = _missing(run, holds), _extras(holds)
    moved = [hold for hold in holds if hold.scope_id in missing or extras.get(hold.scope.ref, "") != hold.extra]
    for hold in moved:
        _plan_again(relation, hold, extras.get(hold.scope.ref, ""))
    drop_temporary(DIFFERENCE)
    return moved


def _missing(run: Run, holds: Sequence[Hold]) -> set[int]:
    """The scopes of which a held departure would not take place any more just so, by id."""
    relation = holds[0].scope.phase.relation
    held = Change.objects.filter(scope__in=[hold.scope_id for hold in holds], action=_DEPARTURE).order_by()
    wanted = compile_rows(held.values_list("scope_id", *KEY, "before", "after"), 6)
    applied = Change.objects.filter(scope__phase__run__approves=run, scope__phase__relation=relation, action=_DEPARTURE)
    done = compile_rows(applied.filter(scope__departed_at__isnull=False).order_by().values_list(*KEY), 3)
    sql = f"""
        WITH h(scope, ref, member, item, before, after) AS ({wanted.sql}), a(ref, member, item) AS ({done.sql})
        SELECT DISTINCT h.scope FROM h
        WHERE NOT EXISTS (SELECT 1 FROM {quote(DIFFERENCE)} d WHERE {SAME} AND d.action = 'D'
                          AND d.facts_before = h.before AND d.facts_after = h.after)
          AND NOT EXISTS (SELECT 1 FROM a WHERE a.ref = h.ref AND a.member = h.member AND a.item = h.item)
    """
    return {int(scope) for (scope,) in fetch_rows(sql, (*wanted.params, *done.params))}


def _extras(holds: Sequence[Hold]) -> dict[int, str]:
    """The print of who else would come or go in these scopes, by ref; a scope where nobody would is absent."""
    phase = holds[0].scope.phase_id
    refs = [hold.scope.ref for hold in holds]
    planned = Change.objects.filter(
        scope__phase=phase, scope__ref__in=refs, scope__departed_at__isnull=True, action=_DEPARTURE
    )
    known = compile_rows(planned.order_by().values_list(*KEY), 3)
    columns = "d.ref, d.action, d.member, d.item, d.facts_before, d.facts_after"
    sql = f"""
        WITH h(ref, member, item) AS ({known.sql}) SELECT {columns} FROM {quote(DIFFERENCE)} d
        WHERE d.action <> 'M' AND NOT (d.action = 'D' AND EXISTS (SELECT 1 FROM h WHERE {SAME})) ORDER BY 1, 3, 4
    """
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for ref, *rest in fetch_rows(sql, known.params):
        rows[int(ref)].append(tuple(rest))
    return {ref: hashlib.sha256(repr(found).encode()).hexdigest() for ref, found in rows.items()}


def _plan_again(relation: Relation, hold: Hold, extra: str) -> None:
    """Replace a scope's held departures, of which none was ever applied, by those of the comparison at hand."""
    scope = hold.scope
    found = _departures_of(scope)
    before, scope.departures = scope.departures, len(found)
    Change.objects.filter(scope=scope, action=_DEPARTURE).delete()
    Change.objects.bulk_create(_changes(relation, scope, found), batch_size=1_000)
    departures = Change.objects.filter(scope=scope, action=_DEPARTURE).order_by()
    if found:
        reason = first_that_holds(relation.departure_reasons())
        update_from(Change, ["id"], {"reason": "s.v1"}, departures.values_list("pk", reason))
    sizes: QuerySet[Any, Any] = relation.scopes()
    scope.size = next((size for ref, _code, size in sizes.filter(pk=scope.ref)), scope.size)
    scope.save(update_fields=["departures", "size"])
    Phase.objects.filter(pk=scope.phase_id).update(
        departures=F("departures") + len(found) - before, held=F("held") + len(found) - before
    )
    hold.state = Hold.State.WAITING if found else Hold.State.SUPERSEDED
    hold.decided_by = hold.decided_at = hold.approval = None
    hold.digest, hold.extra, hold.comment = digest_changes(departures), extra, ""
    hold.save()


def _departures_of(scope: Scope) -> list[tuple[Any, ...]]:
    """The departures of a scope by the comparison at hand: member, item, before, after."""
    sql = f"SELECT member, item, facts_before, facts_after FROM {quote(DIFFERENCE)} WHERE ref = %s AND action = 'D'"
    rows = fetch_rows(sql, (scope.ref,))
    apart = Change.objects.filter(scope__phase=scope.phase_id, scope__ref=scope.ref, scope__part=Scope.Part.UNDONE)
    undone = set(apart.values_list("member", "item"))
    was_undone = scope.part == Scope.Part.UNDONE
    return [row for row in rows if ((row[0], row[1]) in undone) == was_undone]


def _changes(relation: Relation, scope: Scope, rows: Sequence[tuple[Any, ...]]) -> list[Change]:
    people = relation.people()
    members = [row[0] for row in rows]
    names = dict(people.filter(pk__in=members)) if people is not None else {}
    changes = [
        Change(
            scope=scope,
            action=_DEPARTURE,
            member=member,
            person=names.get(member, "") if people is not None else item,
            item=item,
            before=before,
            after=after,
        )
        for member, item, before, after in rows
    ]
    return sorted(changes, key=lambda change: (change.person, change.item))
