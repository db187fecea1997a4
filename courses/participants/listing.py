"""One page of the list: how many people are found, the rows shown, and which criterion is to blame when nobody is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from cohorts.models import Person
from courses.participants.conditions import Conditions, without
from courses.participants.counts import Counts, known_count
from courses.participants.paging import FEW, ids_of_page
from courses.participants.queries import Scope, count_people, find_people
from courses.participants.rows import Row, rows_for
from enrolhub.web.list_page import page_of


@dataclass(frozen=True)
class Listing:
    """``page`` counts everyone found; ``rows`` are those of the page, in order."""

    page: "Page[int]"
    rows: Sequence[Row]

    @property
    def found(self) -> int:
        return self.page.paginator.count


def list_people(scope: Scope, conditions: Conditions, counts: Counts, asked_page: str | None, size: int) -> Listing:
    """The page asked for, or the last one past the end. With complaints nobody is listed: the list waits."""
    if conditions.complaints:
        return Listing(page_of(Paginator(range(0), size), asked_page), [])
    people, found = _find(scope, conditions, counts)
    page = page_of(Paginator(range(found), size), asked_page)
    if not found:
        return Listing(page, [])
    ids = ids_of_page(scope, conditions, people, found, page.start_index() - 1, size)
    return Listing(page, rows_for(scope, ids))


def _find(scope: Scope, conditions: Conditions, counts: Counts) -> tuple[QuerySet[Person], int]:
    """The people found, and how many. A keyword means reading everybody's names: that is done once if few are found."""
    people = find_people(scope, conditions)
    if conditions.get("q"):
        ids = list(people.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(ids) <= FEW:
            return Person.objects.filter(pk__in=ids), len(ids)
    known = known_count(conditions, counts)
    return people, count_people(scope, conditions) if known is None else known


def blame(scope: Scope, conditions: Conditions) -> list[str]:
    """The parameters of which each alone, once taken away, lets somebody through; asked when nobody is found."""
    names = [criterion.name for criterion in conditions.criteria]
    rest = {name: without(conditions, name) for name in names}
    for initial in ("first", "last"):
        if getattr(conditions, initial):
            rest[initial] = replace(conditions, **{initial: ""})  # type: ignore[arg-type]
    return [name for name, others in rest.items() if find_people(scope, others).exists()]
