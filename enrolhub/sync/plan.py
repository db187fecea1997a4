"""Planning: desired rows and current rows are joined once, in the database; their difference becomes the ledger.

On SQLite the join goes to a temporary table, which locks nobody out, and the ledger is filled in ranges, so that no
write transaction is long. A plan that was not finished is thrown away and made again: same inputs, same plan.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, CharField, Max, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Change, Phase, Run, Scope
from enrolhub.sync.relation import CURRENT_COLUMNS, DESIRED_COLUMNS, SCOPE_COLUMNS, Reasons, Relation
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
    refresh_temporary,
    table_of,
    update_from,
)

DIFFERENCE = "sync_difference"
#: The same before rows given several times are gathered.
UNEQUAL = "sync_unequal"
#: Ledger rows written in one transaction on SQLite (well under a second).
SQLITE_RANGE = 20_000
SAME = "d.ref = p.ref AND d.member = p.member AND d.item = p.item"
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
    if _is_sqlite():
        compare(relation)
        current_count = relation.current().count()
        figures = _write_in_ranges(lease, phase, relation, may_depart, current_count)
    else:
        with lease.transaction():
            compare(relation)
            figures = _write_at_once(phase, relation, may_depart, relation.current().count())
    drop_temporary(DIFFERENCE)
    return figures


def compare(relation: Relation) -> None:
    """Put the difference of desired and current rows in the temporary table, each row once."""
    desired = compile_rows(relation.desired(), len(DESIRED_COLUMNS))
    present = compile_rows(relation.current(), len(CURRENT_COLUMNS))
    # What a relation looks up row by row, its own changes, is no register: the planner does that well by itself.
    with joining_large(as_written=True) if getattr(relation, "joins_large", True) else nullcontext():
        make_temporary(
            UNEQUAL, _joined_by_index(desired, present) if _is_sqlite() else _joined_by_hash(desired, present)
        )
    # Only what differs is gathered: the many rows that stay were met once and forgotten.
    sql = f"""
        SELECT ref, action, member, item, MIN(facts_before) AS facts_before, MIN(facts_after) AS facts_after,
               MIN(source) AS source, MIN(line) AS line
        FROM {quote(UNEQUAL)} GROUP BY ref, action, member, item
    """
    with joining_large():
        make_temporary(DIFFERENCE, Rows(sql))
    refresh_temporary(DIFFERENCE)
    for name in (UNEQUAL, "sync_desired", "sync_present"):
        drop_temporary(name)


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def _joined_by_hash(desired: Rows, present: Rows) -> Rows:
    sql = f"""
        WITH desired({", ".join(DESIRED_COLUMNS)}) AS ({desired.sql}),
             present({", ".join(CURRENT_COLUMNS)}) AS ({present.sql})
        SELECT COALESCE(d.ref, p.ref) AS ref,
               CASE WHEN p.ref IS NULL THEN 'A' WHEN d.ref IS NULL THEN 'D' ELSE 'M' END AS action,
               COALESCE(d.member, p.member) AS member, COALESCE(d.item, p.item) AS item,
               COALESCE(p.before, '') AS facts_before, COALESCE(d.facts, p.leaving) AS facts_after,
               COALESCE(d.source, '') AS source, COALESCE(d.line, 0) AS line
        FROM desired d FULL JOIN present p ON {SAME}
        WHERE (p.ref IS NULL AND d.admitted = 1) OR (d.ref IS NULL AND p.leaving IS NOT NULL) OR d.facts <> p.facts
    """
    return Rows(sql, desired.params + present.params)


def _joined_by_index(desired: Rows, present: Rows) -> Rows:
    """SQLite joins by nested loops: without an index that is one scan for each row, and its full joins know none."""
    _keep_indexed("sync_desired", DESIRED_COLUMNS, desired)
    _keep_indexed("sync_present", CURRENT_COLUMNS, present)
    return Rows(f"""
        SELECT d.ref AS ref, CASE WHEN p.ref IS NULL THEN 'A' ELSE 'M' END AS action, d.member AS member,
               d.item AS item, COALESCE(p.before, '') AS facts_before, d.facts AS facts_after,
               d.source AS source, d.line AS line
        FROM sync_desired d LEFT JOIN sync_present p ON {SAME}
        WHERE (p.ref IS NULL AND d.admitted = 1) OR d.facts <> p.facts
        UNION ALL
        SELECT p.ref, 'D', p.member, p.item, p.before, p.leaving, '', 0
        FROM sync_present p
        WHERE p.leaving IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sync_desired d WHERE {SAME})
    """)


def _keep_indexed(name: str, columns: Sequence[str], rows: Rows) -> None:
    """Keep the rows in a temporary table with an index on their key."""
    make_temporary(name, Rows(f"WITH r({', '.join(columns)}) AS ({rows.sql}) SELECT * FROM r", rows.params))
    execute(f"CREATE INDEX temp.{quote(name + '_key')} ON {quote(name)} (ref, member, item)")


def _write_at_once(phase: Phase, relation: Relation, may_depart: bool, current_count: int) -> PhaseFigures:
    withheld = _drop_departures() if not may_depart else 0
    with joining_large():
        _write_scopes(phase, relation)
        insert_rows(Change, CHANGE_FIELDS, _ordered_changes(phase, relation))
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
    make_temporary(ordered, _ordered_changes(phase, relation))
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
    """Write why each planned departure happens."""
    if not phase.scopes.filter(departures__gt=0).exists():
        return
    reason = first_that_holds(relation.departure_reasons())
    departures = Change.objects.filter(scope__phase=phase, action=Change.Action.DEPARTURE).order_by()
    update_from(Change, ["id"], {"reason": "s.v1"}, departures.values_list("pk", reason))


def first_that_holds(reasons: Reasons) -> Case:
    """The code of the first reason whose condition holds; the empty text when none does."""
    causes = [When(cause if cause is not None else Q(pk__isnull=False), then=Value(code)) for code, cause in reasons]
    return Case(*causes, default=Value(""), output_field=CharField())


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


def _ordered_changes(phase: Phase, relation: Relation) -> Rows:
    """The difference as ledger rows. Scopes are numbered in the order of their codes, so the ledger's order is too."""
    people = relation.people()
    named = compile_rows(people, 2) if people is not None else Rows("")
    person = "COALESCE(n.person, '')" if people is not None else "d.item"
    sql = f"""
        {f"WITH n(member, person) AS ({named.sql})" if people is not None else ""}
        SELECT s.id AS scope_id, d.action AS action, d.member AS member, {person} AS person, d.item AS item,
               d.facts_before AS before, d.facts_after AS after, '' AS reason,
               CASE WHEN d.line > 0 THEN d.source || ':' || CAST(d.line AS TEXT) ELSE d.source END AS source
        FROM {quote(DIFFERENCE)} AS d JOIN {table_of(Scope)} AS s ON s.ref = d.ref AND s.phase_id = %s
             {"LEFT JOIN n ON n.member = d.member" if people is not None else ""}
        ORDER BY 1, 4, 5, 2
    """
    return Rows(sql, (*named.params, phase.pk))


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
