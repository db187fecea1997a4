"""What PostgreSQL says of the enrolments of a course without reading them: the marks that every change of them left.

A mark belongs to the transaction of what it marks, so whoever sees the same marks sees the same enrolments; a number is never
given twice, not even to a mark that was not kept.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Count, Max

from courses.models import EnrolmentMark
from courses.participants.lists import NumberList

#: So many marks of one method are joined into one.
MANY = 20


def marks_of(method_ids: Sequence[int]) -> str | None:
    """The marks on the enrolments of these methods, as one text; None where the database leaves none."""
    if connection.vendor != "postgresql":
        return None
    marks = EnrolmentMark.objects.filter(method_id__in=method_ids).order_by()
    return "-".join(map(str, sorted(marks.aggregate(marks=NumberList("pk"))["marks"])))


def join_marks() -> int:
    """Give methods with very many marks a single new one in their stead; how many methods had so many.

    The new one was never there before, so what was told by the old ones is not taken for what holds now.
    """
    with transaction.atomic():
        methods = EnrolmentMark.objects.values("method_id").annotate(marks=Count("pk"), last=Max("pk"))
        crowded = {row["method_id"]: row["last"] for row in methods.filter(marks__gt=MANY).order_by()}
        EnrolmentMark.objects.bulk_create(EnrolmentMark(method_id=method_id) for method_id in crowded)
        for method_id, last in crowded.items():
            EnrolmentMark.objects.filter(method_id=method_id, pk__lte=last).delete()
    return len(crowded)
