"""What a change of methods comes to, from the engine's own comparison: counted, listed by page, and its print.

The change is written in a transaction that is rolled back; the comparison sees it as if it stood.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction

from cohorts.models import Person
from courses.methods.registry import SYNCED_KINDS
from courses.models import Course, Enrolment, Method
from courses.setup.asking import Verb
from courses.setup.followers import (
    FollowingEnrolments,
    FollowingGroups,
    LastPlaces,
    LeavingEnrolments,
    LeavingExclusions,
    LeavingGroups,
    register_for,
)
from courses.setup.rows import KEYS, METHODS, SetupRow, write_rows
from enrolhub.sync.models import Change
from enrolhub.sync.plan import DIFFERENCE, compare
from enrolhub.sync.relation import Relation
from enrolhub.sync.select_into import (
    Rows,
    drop_temporary,
    execute,
    fetch_rows,
    make_temporary,
    quote,
    refresh_temporary,
    table_of,
)

#: No run: nothing is planned to leave.
NO_RUN = 0
#: The sum of the squares of people's numbers, kept small: with count and sum, a print of who is meant.
PRIME = 1_000_003


@dataclass(frozen=True)
class Target:
    """Which methods a change is about: its verb, their kind, their ids, their courses."""

    verb: Verb
    kind: str
    ids: Sequence[int]
    courses: Sequence[Course]

    @property
    def course_ids(self) -> list[int]:
        return [course.pk for course in self.courses]


def target_of(verb: Verb, kind: str, courses: Sequence[Course], rows: Iterable[SetupRow]) -> Target:
    """The methods that these rows are about; a change of elements is about the database methods of its courses."""
    if verb == Verb.UNITS:
        methods = Method.objects.filter(kind=kind, course__in=[course.pk for course in courses]).order_by("pk")
        return Target(verb, kind, list(methods.values_list("pk", flat=True)), courses)
    return Target(verb, kind, [row.member for row in rows if row.relation == METHODS], courses)


def followers(target: Target, run_id: int) -> list[Relation]:
    """The relations of enrolments and groups that follow the change, in the order of a run."""
    if not target.ids:
        return []
    if target.verb == Verb.DELETE:
        return [
            LeavingExclusions(target.ids),
            LeavingEnrolments(target.kind, target.ids),
            LeavingGroups(target.kind, target.ids),
            LastPlaces(run_id, target.course_ids),
        ]
    kind = next((each for each in SYNCED_KINDS if each.kind == target.kind), None)
    if kind is None or target.verb in (Verb.ORDER, Verb.DISABLE):
        return []
    register, is_complete = register_for(run_id, target.courses)
    is_units = target.verb == Verb.UNITS
    relations: list[Relation] = [
        FollowingEnrolments(kind, register, target.ids, may_leave=is_units and is_complete),
        FollowingGroups(target.kind, register, target.ids, makes_groups=is_units),
    ]
    return [*relations, LastPlaces(run_id, target.course_ids)] if is_units else relations


def compared(target: Target) -> Relation | None:
    """The relation whose difference tells what becomes of people; none where the change touches nobody."""
    if (
        target.verb == Verb.DISABLE and target.ids
    ):  # who came in by it stays in the list, but for whom it was the only way is shut out
        return LeavingEnrolments(target.kind, target.ids)
    return next((relation for relation in followers(target, NO_RUN) if relation.is_counted), None)


@contextmanager
def as_if_done(target: Target, rows: Sequence[SetupRow]) -> Iterator[None]:
    """Within: the rows are written and the difference of enrolments is in the engine's table. Afterwards all is as before.

    Belongs in a transaction. Raises RunRefused where the rows cannot be written.
    """
    point = transaction.savepoint()
    try:
        write_rows(rows)
        relation = compared(target)
        if relation:
            compare(relation)
        else:
            _make_empty()
        yield
    finally:
        transaction.savepoint_rollback(point)


def _make_empty() -> None:
    drop_temporary(DIFFERENCE)
    columns = "ref bigint, action text, member bigint, item text, facts_before text, facts_after text"
    execute(f"CREATE TEMPORARY TABLE {quote(DIFFERENCE)} ({columns})")


@dataclass(frozen=True)
class Share:
    """People of whom the same becomes: ``action`` as the ledger has it, whether their row ``goes``, and whether they are in
    the course ``otherwise``; ``rows`` and ``people`` count them."""

    action: str
    goes: bool
    otherwise: bool
    rows: int
    people: int


#: Rows of the difference, each with whether another method has the person in the same course: how many enrolments they
#: have there is counted once for everybody, the row's own one apart.
TELLING = """
    WITH d AS (SELECT x.*, m.course_id AS course FROM {difference} x JOIN {method} m ON m.id = x.ref),
         n AS (SELECT o.course_id AS course, e.person_id AS member, COUNT(*) AS number
               FROM {enrolment} e JOIN {method} o ON o.id = e.method_id
               WHERE o.course_id IN (SELECT course FROM d){works} GROUP BY o.course_id, e.person_id)
    SELECT d.ref, d.action, d.member, d.facts_before, d.facts_after, d.course,
           CASE WHEN d.facts_after = '' THEN 1 ELSE 0 END AS goes,
           CASE WHEN COALESCE(n.number, 0) > {own} THEN 1 ELSE 0 END AS otherwise
    FROM d LEFT JOIN n ON n.course = d.course AND n.member = d.member
"""
TOLD = "setup_told"


def tell_rows(target: Target) -> None:
    """Put what becomes of everybody where ``shares`` and ``page_of`` find it. Within ``as_if_done``."""
    is_disabling = target.verb == Verb.DISABLE  # its own rows let nobody in any more
    sql = TELLING.format(
        enrolment=table_of(Enrolment),
        method=table_of(Method),
        difference=quote(DIFFERENCE),
        works=" AND o.enabled AND e.suspended_by = ''" if is_disabling else "",
        own="0" if is_disabling else "CASE WHEN d.action = 'A' THEN 0 ELSE 1 END",
    )
    make_temporary(TOLD, Rows(sql))
    refresh_temporary(TOLD)


def shares() -> list[Share]:
    """Everybody whom the change touches, by what becomes of them. After ``tell_rows``."""
    sql = f"""
        SELECT action, goes, otherwise, COUNT(*), COUNT(DISTINCT member) FROM {quote(TOLD)}
        GROUP BY action, goes, otherwise ORDER BY action, goes, otherwise
    """
    return [
        Share(action, bool(goes), bool(other), rows, people) for action, goes, other, rows, people in fetch_rows(sql)
    ]


@dataclass(frozen=True)
class Row:
    """One person's row: in which course by which method, what it says before and after."""

    member: int
    course: int
    method: int
    before: str
    after: str


@dataclass(frozen=True)
class Tab:
    """Some of the people: the actions, whether rows go and whether people are there otherwise; None: either."""

    actions: Sequence[str]
    goes: bool | None = None
    otherwise: bool | None = None
    params: Sequence[int | str] = field(default=(), init=False)

    def covers(self, share: Share) -> bool:
        return (
            share.action in self.actions
            and self.goes in (None, share.goes)
            and self.otherwise in (None, share.otherwise)
        )

    def sql(self) -> str:
        marks = ", ".join(f"'{Change.Action(action).value}'" for action in self.actions)
        parts = [f"t.action IN ({marks})"]
        parts += [f"t.goes = {int(self.goes)}"] if self.goes is not None else []
        parts += [f"t.otherwise = {int(self.otherwise)}"] if self.otherwise is not None else []
        return " AND ".join(parts)


def page_of(tab: Tab, first: int, count: int) -> list[Row]:
    """A page of the people of a tab, by name. After ``tell_rows``."""
    sql = f"""
        SELECT t.member, t.course, t.ref, t.facts_before, t.facts_after
        FROM {quote(TOLD)} t JOIN {table_of(Person)} p ON p.id = t.member WHERE {tab.sql()}
        ORDER BY p.last_name_key, p.first_name_key, p.username, t.course, t.ref LIMIT %s OFFSET %s
    """
    return [Row(*row) for row in fetch_rows(sql, (count, first))]


def print_of(target: Target, rows: Sequence[SetupRow]) -> str:
    """What a confirmation is bound to: how many rows follow, and a print of them and of the change. Within ``as_if_done``."""
    sql = f"""
        SELECT m.course_id, m.kind, m.source_cohort_id, m.source_course_id, d.action, d.facts_before, d.facts_after,
               COUNT(*), SUM(d.member), SUM(d.member * d.member %% %s)
        FROM {quote(DIFFERENCE)} d JOIN {table_of(Method)} m ON m.id = d.ref GROUP BY 1, 2, 3, 4, 5, 6, 7
    """
    found = [tuple("" if value is None else str(value) for value in row) for row in fetch_rows(sql, (PRIME,))]
    count = sum(int(row[7]) for row in found) if target.verb != Verb.DISABLE else 0
    asked = [row if row.before else row._replace(ref=0 if row.relation == KEYS else row.ref, member=0) for row in rows]
    return f"{count}.{hashlib.sha256(repr((asked, sorted(found))).encode()).hexdigest()}"
