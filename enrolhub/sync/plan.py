"""Planning: desired rows and current rows are joined once, in the database; their difference becomes the ledger.

On SQLite the join goes to a temporary table, which locks nobody out, and the ledger is filled in ranges, so that no
write transaction is long. A plan that was not finished is thrown away and made again: same inputs, same plan.
"""

import hashlib
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Min, QuerySet, Sum
from django.db.models.functions import Coalesce

from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Change, Phase, Run, Scope
from enrolhub.sync.relation import CURRENT_COLUMNS, DESIRED_COLUMNS, SCOPE_COLUMNS, Relation
from enrolhub.sync.select_into import (
    Rows,
    compile_rows,
    drop_temporary,
    execute,
    fetch_rows,
    insert_rows,
    joining_large,
    make_temporary,
    quote,
    table_of,
)

DIFFERENCE = "sync_difference"
#: Ledger rows written in one transaction on SQLite (well under a second).
SQLITE_RANGE = 20_000
CHANGE_FIELDS = ("scope", "action", "member", "person", "item", "before", "after", "reason", "source")
COUNTED = (("A", "arrivals"), ("D", "departures"), ("M", "alterations"))


@dataclass(frozen=True)
class PhaseFigures:
    """How many rows of a relation arrive, leave, change, stay; ``withheld`` of those that stay would leave if the source were complete."""

    arrivals: int
    departures: int
    alterations: int
    unchanged: int
    withheld: int


def plan_phase(lease: Lease, phase: Phase, relation: Relation, *, may_depart: bool) -> PhaseFigures:
    """Fill the ledger of a phase with the relation's difference. Raises LeaseLost."""
    forget_plan(lease, phase)
    if connection.vendor == "sqlite":
        compare(relation)
        current_count = relation.current().count()
        figures = _write_in_ranges(lease, phase, relation, may_depart, current_count)
    else:
        with lease.transaction():
            with joining_large():
                compare(relation)
            figures = _write_at_once(phase, relation, may_depart, relation.current().count())
    drop_temporary(DIFFERENCE)
    return figures


def compare(relation: Relation) -> None:
    """Put the difference of desired and current rows in the temporary table."""
    desired = compile_rows(relation.desired(), len(DESIRED_COLUMNS))
    present = compile_rows(relation.current(), len(CURRENT_COLUMNS))
    if connection.vendor == "sqlite":
        # SQLite joins these by nested loops: without an index that is one scan for each row.
        desired, present = _indexed("sync_desired", desired), _indexed("sync_present", present)
    same = "d.ref = p.ref AND d.member = p.member AND d.item = p.item"
    sql = f"""
        WITH desired({", ".join(DESIRED_COLUMNS)}) AS ({desired.sql}),
             present({", ".join(CURRENT_COLUMNS)}) AS ({present.sql})
        SELECT d.ref AS ref, CASE WHEN p.ref IS NULL THEN 'A' ELSE 'M' END AS action, d.member AS member,
               d.person AS person, d.item AS item, COALESCE(p.before, '') AS facts_before,
               d.facts AS facts_after, d.source AS source
        FROM desired d LEFT JOIN present p ON {same}
        WHERE (p.ref IS NULL AND d.admitted = 1) OR d.facts <> p.facts
        UNION ALL
        SELECT p.ref, 'D', p.member, p.person, p.item, p.before, p.leaving, ''
        FROM present p
        WHERE p.leaving IS NOT NULL AND NOT EXISTS (SELECT 1 FROM desired d WHERE {same})
    """
    make_temporary(DIFFERENCE, Rows(sql, desired.params + present.params))
    if connection.vendor == "sqlite":
        drop_temporary("sync_desired")
        drop_temporary("sync_present")


def _indexed(name: str, rows: Rows) -> Rows:
    """The rows kept in a temporary table with an index on their key."""
    columns = DESIRED_COLUMNS if name == "sync_desired" else CURRENT_COLUMNS
    make_temporary(name, Rows(f"WITH r({', '.join(columns)}) AS ({rows.sql}) SELECT * FROM r", rows.params))
    execute(f"CREATE UNIQUE INDEX temp.{quote(name + '_key')} ON {quote(name)} (ref, member, item)")
    return Rows(f"SELECT * FROM {quote(name)}")


def _write_at_once(phase: Phase, relation: Relation, may_depart: bool, current_count: int) -> PhaseFigures:
    withheld = _drop_departures() if not may_depart else 0
    _write_scopes(phase, relation)
    insert_rows(Change, CHANGE_FIELDS, Rows(_ordered_changes(), (phase.pk,)))
    _word_departures(phase, relation)
    return _sum_up(phase, current_count, withheld)


def _write_in_ranges(
    lease: Lease, phase: Phase, relation: Relation, may_depart: bool, current_count: int
) -> PhaseFigures:
    withheld = _drop_departures() if not may_depart else 0
    with lease.transaction():
        _write_scopes(phase, relation)
    # An ordered copy, so that ranges of its row numbers follow the ledger's order.
    ordered = f"{DIFFERENCE}_ordered"
    make_temporary(ordered, Rows(_ordered_changes(), (phase.pk,)))
    [(last,)] = fetch_rows(f"SELECT COALESCE(MAX(rowid), 0) FROM {quote(ordered)}")
    for first in range(1, int(last) + 1, SQLITE_RANGE):
        with lease.transaction():
            sql = f"SELECT * FROM {quote(ordered)} WHERE rowid BETWEEN %s AND %s ORDER BY rowid"
            insert_rows(Change, CHANGE_FIELDS, Rows(sql, (first, first + SQLITE_RANGE - 1)))
    drop_temporary(ordered)
    with lease.transaction():
        _word_departures(phase, relation)
        return _sum_up(phase, current_count, withheld)


def _word_departures(phase: Phase, relation: Relation) -> None:
    if not phase.scopes.filter(departures__gt=0).exists():
        return
    with joining_large():
        relation.word_departures(Change.objects.filter(scope__phase=phase, action=Change.Action.DEPARTURE))


def _drop_departures() -> int:
    """A partial source may add, never remove: its departures are counted and forgotten."""
    return execute(f"DELETE FROM {quote(DIFFERENCE)} WHERE action = 'D'")


def _write_scopes(phase: Phase, relation: Relation) -> None:
    scopes = compile_rows(relation.scopes(), len(SCOPE_COLUMNS))
    counts = ", ".join(f"SUM(CASE WHEN action = '{action}' THEN 1 ELSE 0 END) AS {name}" for action, name in COUNTED)
    names = [name for _, name in COUNTED]
    sql = f"""
        WITH s({", ".join(SCOPE_COLUMNS)}) AS ({scopes.sql}),
             touched AS (SELECT ref, {counts} FROM {quote(DIFFERENCE)} GROUP BY ref)
        SELECT %s, 'apply', s.ref, s.code, s.size, {", ".join(names)}
        FROM touched JOIN s ON s.ref = touched.ref ORDER BY s.code, s.ref
    """
    insert_rows(Scope, ["phase", "verdict", "ref", "code", "size", *names], Rows(sql, (*scopes.params, phase.pk)))


def _ordered_changes() -> str:
    return f"""
        SELECT s.id AS scope_id, d.action AS action, d.member AS member, d.person AS person, d.item AS item,
               d.facts_before AS before, d.facts_after AS after, '' AS reason, d.source AS source
        FROM {quote(DIFFERENCE)} AS d JOIN {table_of(Scope)} AS s ON s.ref = d.ref AND s.phase_id = %s
        ORDER BY s.code, s.ref, d.person, d.item, d.action
    """


def _sum_up(phase: Phase, current_count: int, withheld: int) -> PhaseFigures:
    sums = phase.scopes.aggregate(**{name: Coalesce(Sum(name), 0) for _, name in COUNTED})
    unchanged = current_count - sums["departures"] - sums["alterations"]
    return PhaseFigures(unchanged=unchanged, withheld=withheld, **sums)


def forget_plan(lease: Lease, phase: Phase) -> None:
    """Throw away what an interrupted planning left, in ranges."""
    while ids := list(Change.objects.filter(scope__phase=phase).values_list("pk", flat=True)[:SQLITE_RANGE]):
        with lease.transaction():
            Change.objects.filter(pk__gte=ids[0], pk__lte=ids[-1], scope__phase=phase).delete()
    if phase.scopes.exists():
        with lease.transaction():
            phase.scopes.all().delete()


def changes_of_run(run: Run) -> QuerySet[Change]:
    """The planned changes of a run. Its scopes are numbered close together, which an index finds at once."""
    bounds = Scope.objects.filter(phase__run=run).aggregate(first=Min("pk"), last=Max("pk"))
    if bounds["first"] is None:
        return Change.objects.none()
    return Change.objects.filter(scope__phase__run=run, scope__gte=bounds["first"], scope__lte=bounds["last"])


def digest_changes(changes: QuerySet[Change]) -> str:
    """SHA-256 (hex) over planned changes in the ledger's order: people and facts, no database numbers."""
    digest = hashlib.sha256()
    rows = changes.order_by("id").values_list(
        "scope__phase__relation", "scope__code", "action", "person", "item", "before", "after"
    )
    for row in rows.iterator(chunk_size=10_000):
        digest.update("\x1e".join(row).encode() + b"\n")
    return digest.hexdigest()
