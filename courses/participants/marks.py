"""What the database says of the enrolments and groups of a course without reading them: whether they are as they were.

On PostgreSQL every change of them leaves a mark. It belongs to the transaction of what it marks, so whoever sees the same
marks sees the same rows; a number is never given twice, not even to a mark that was not kept. SQLite tells each connection
whether another one wrote anything at all (https://www.sqlite.org/pragma.html#pragma_data_version).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.db.models import Count, Max, Model

from courses.models import EnrolmentMark, MembershipMark

#: So many marks of one method or group are joined into one.
MANY = 20
#: The column of each kind of mark that says what is marked.
MARKED: dict[type[Model], str] = {EnrolmentMark: "method_id", MembershipMark: "group_id"}


class Marks(NamedTuple):
    """Whoever is told the same again would read the same rows again. On SQLite ``seer`` names the connection it was told to."""

    seer: str
    state: str


_seers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def marks_of(method_ids: Sequence[int], group_ids: Sequence[int]) -> Marks | None:
    """The marks on the enrolments of these methods and the members of these groups; None where the database can tell nothing."""
    if connection.vendor == "sqlite":
        return _marks_of_file()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ARRAY(SELECT id FROM courses_enrolmentmark WHERE method_id = ANY(%s)),"
            " ARRAY(SELECT id FROM courses_membershipmark WHERE group_id = ANY(%s))",
            [list(method_ids), list(group_ids)],
        )
        return Marks("", " ".join(str(sorted(marks)) for marks in cursor.fetchone()))


def _marks_of_file() -> Marks | None:
    """How often others wrote the file since this connection was opened, and how many rows it wrote itself.

    None within a transaction: what is taken back was counted, and stays counted.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if not own.get_autocommit():
        return None
    with own.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        (others,) = cursor.fetchone()
    return Marks(_seers[own], f"{others}-{own.connection.total_changes}")


def _name_seer(*, connection: Any, **kwargs: Any) -> None:
    _seers[connection] = uuid4().hex


def name_connections() -> None:
    """Give every connection opened from now on a name of its own; done once, when the site starts."""
    connection_created.connect(_name_seer, dispatch_uid="courses.participants.marks")


def join_marks() -> int:
    """Give what has very many marks a single new one in their stead; how many methods and groups had so many.

    The new one was never there before, so what was told by the old ones is not taken for what holds now.
    """
    with transaction.atomic():
        return sum(_join(kind, column) for kind, column in MARKED.items())


def _join(kind: type[Model], column: str) -> int:
    marks = kind._default_manager.order_by()
    counted = marks.values(column).annotate(marks=Count("pk"), last=Max("pk")).filter(marks__gt=MANY)
    crowded = {row[column]: row["last"] for row in counted}
    marks.bulk_create(kind(**{column: marked}) for marked in crowded)
    for marked, last in crowded.items():
        marks.filter(**{column: marked}, pk__lte=last).delete()
    return len(crowded)
