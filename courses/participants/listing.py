"""One page of the list: how many people are found, the rows shown, and which criterion is to blame when nobody is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.paginator import Page, Paginator

from courses.participants.conditions import Conditions, without
from courses.participants.finding import find
from courses.participants.paging import people_of_page
from courses.participants.queries import Scope, find_people
from courses.participants.rows import Row, rows_for
from courses.participants.seats import Seats
from enrolhub.web.list_page import page_of


@dataclass(frozen=True)
class Listing:
    """``page`` counts everyone found; ``rows`` are those of the page, in order."""

    page: "Page[int]"
    rows: Sequence[Row]

    @property
    def found(self) -> int:
        return self.page.paginator.count


def list_people(scope: Scope, conditions: Conditions, seats: Seats, asked_page: str | None, size: int) -> Listing:
    """The page asked for, or the last one past the end. With complaints nobody is listed: the list waits."""
    if conditions.complaints:
        return Listing(page_of(Paginator(range(0), size), asked_page), [])
    found = find(scope, conditions, seats)
    page = page_of(Paginator(range(len(found.ids)), size), asked_page)
    if not found.ids:
        return Listing(page, [])
    return Listing(page, rows_for(scope, seats, people_of_page(found, page.start_index() - 1, size)))


def blame(scope: Scope, conditions: Conditions) -> list[str]:
    """The parameters of which each alone, once taken away, lets somebody through; asked when nobody is found."""
    names = [criterion.name for criterion in conditions.criteria]
    rest = {name: without(conditions, name) for name in names}
    for initial in ("first", "last"):
        if getattr(conditions, initial):
            rest[initial] = replace(conditions, **{initial: ""})  # type: ignore[arg-type]
    return [name for name, others in rest.items() if find_people(scope, others).exists()]
