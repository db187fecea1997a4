"""What PostgreSQL says of the enrolments and groups of a course without reading them: the marks that every change of them left.

A mark belongs to the transaction of what it marks, so whoever sees the same marks sees the same rows; a number is never
given twice, not even to a mark that was not kept.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Count, Max, Model

from courses.models import EnrolmentMark, MembershipMark
from courses.participants.lists import NumberList

#: So many marks of one method or group are joined into one.
MANY = 20
#: The column of each kind of mark that says what is marked.
MARKED: dict[type[Model], str] = {EnrolmentMark: "method_id", MembershipMark: "group_id"}


def marks_of_methods(method_ids: Sequence[int]) -> str | None:
    """The marks on the enrolments of these methods, as one text; None where the database leaves none."""
    return _marks(EnrolmentMark, method_ids)


def marks_of_groups(group_ids: Sequence[int]) -> str | None:
    """The marks on the memberships of these groups, as one text; None where the database leaves none."""
    return _marks(MembershipMark, group_ids)


def _marks(kind: type[Model], marked: Sequence[int]) -> str | None:
    if connection.vendor != "postgresql":
        return None
    marks = kind._default_manager.filter(**{f"{MARKED[kind]}__in": marked}).order_by()
    return "-".join(map(str, sorted(marks.aggregate(marks=NumberList("pk"))["marks"])))


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
