"""What the engine must be told about one kind of row.

A relation states the rows that should be (*desired*) and the rows that are (*current*); the engine compares them in
the database and hands back the difference as ``Change`` rows to write. Rows are keyed by (ref, member, item): the
scope's id (a method, a cohort), the person's id, and a further code where one person may have several rows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Exists, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.lookups import In

from enrolhub.sync.models import Change

#: Columns of ``scopes()``: id of the scope, its code as people know it, its members before the run.
SCOPE_COLUMNS = ("ref", "code", "size")
#: Columns of ``desired()``: ``admitted`` is 0 where a row may stay but not arrive; ``source`` names what the row comes
#: from and ``line`` its line there (0 when it has none). A row may be given several times, by several lines, always
#: with the same facts: the first line counts.
DESIRED_COLUMNS = ("ref", "member", "item", "facts", "admitted", "source", "line")
#: Columns of ``current()``: ``facts`` as ``desired`` would say them, ``before`` with what no source says besides;
#: ``leaving`` what remains after a departure ('' when the row goes; null when it may not depart).
CURRENT_COLUMNS = ("ref", "member", "item", "facts", "before", "leaving")


#: Codes of reasons, each with the condition that a planned departure (a ``Change``) fulfils: the first that holds
#: counts; None always holds and ends the list.
Reasons = Sequence[tuple[str, Exists | In | None]]


class Named(Protocol):
    """What every relation says of itself."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> type[Model]:
        """The table its rows live in."""

    @property
    def fact_names(self) -> tuple[str, ...]: ...

    @property
    def is_counted(self) -> bool:
        """Whether its rows are enrolments, which a run's figures count."""

    def people(self) -> QuerySet[Any, Any] | None:
        """Member → username, as a ``values_list``, for the ledger; None where the item is the username itself."""


class Relation(Named, Protocol):
    """One kind of row. Queryset methods return ``values_list`` in the order of the column names above."""

    @property
    def is_judged(self) -> bool:
        """Whether the scope guards judge its departures (DESIGN §8)."""

    def prepare(self) -> None:
        """What must stand before planning (the cohorts and groups that rows will refer to); may run twice."""

    def scopes(self) -> QuerySet[Any, Any]: ...
    def desired(self) -> QuerySet[Any, Any]: ...
    def current(self) -> QuerySet[Any, Any]: ...

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        """Insert the rows of these arrivals."""

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """Bring these rows to the facts of ``after``."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        """Take away these rows, or bring them to ``after`` where it is not empty."""

    def departure_reasons(self) -> Reasons:
        """Why rows of this relation depart, asked once when the departures are planned."""


class Undoable(Named, Protocol):
    """A relation whose changes can be taken back, whatever any source says."""

    def scopes(self) -> QuerySet[Any, Any]: ...

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None: ...

    def depart(self, changes: QuerySet[Change], at: datetime) -> None: ...

    def facts_now(self) -> Combinable:
        """All facts of the row a ``Change`` is about (a subquery over its scope, member, item); null when it is gone."""

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """Bring these rows to every fact of ``after``, what a hand had set included."""


RelationMaker = Callable[[], Undoable]
_makers: dict[str, RelationMaker] = {}


def register_undoable(name: str, maker: RelationMaker) -> None:
    """Say how to build the relation of this name when a run of it is to be taken back."""
    _makers[name] = maker


def undoable_relation(name: str) -> Undoable | None:
    """The relation of this name, or nothing when its rows only mirror a register."""
    maker = _makers.get(name)
    return maker() if maker else None
