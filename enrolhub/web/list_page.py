"""The one list page: filters, order and pages of every list, the address bar being the whole state.

A value the list does not understand is never an innocent empty list: it is a problem that names its
parameter, shown above the list with a way to take it out of the address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext
from django_filters import FilterSet
from django_tables2 import Table

PAGE_SIZES = (20, 50, 100, 500)
#: Of what a list does not understand, so much is said again.
LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Problem:
    """One thing the address asks for and the list cannot do; `remove_url` is the address without it."""

    parameter: str
    message: str
    remove_url: str


@dataclass(frozen=True)
class ListPage:
    """What ``pieces/list.html`` shows. With problems there are no rows: the list waits until they are mended."""

    table: Table
    filters: FilterSet | None
    page: "Page[Any]"
    problems: Sequence[Problem]
    narrowed: bool

    @property
    def records(self) -> list[Any]:
        """The objects of the page, the very ones its rows show: what is put on them the table can show."""
        return [row.record for row in self.page.object_list]


def page_size(asked: str | None) -> int:
    """The allowed page size nearest to the one asked for; 20 when none is asked, or nonsense."""
    try:
        wanted = int(asked or PAGE_SIZES[0])
    except ValueError:
        return PAGE_SIZES[0]
    return min(PAGE_SIZES, key=lambda size: abs(size - wanted))


def page_of(paginator: "Paginator[Any]", asked: str | None) -> "Page[Any]":
    """The page asked for; the first for nonsense or a number under 1, the last past the end."""
    try:
        wanted = int(asked or 1)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))


def address_without(query: QueryDict, *names: str) -> str:
    """The query string, with its question mark, once these parameters and the page number are taken out."""
    rest = query.copy()
    for name in (*names, "page"):
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


def build_list(
    request: HttpRequest,
    rows: QuerySet[Any],
    table_class: type[Table],
    filter_class: type[FilterSet] | None = None,
    *,
    tie: str = "pk",
) -> ListPage:
    """Filter, order and cut `rows` as the address says.

    Parameters read: those of `filter_class`, ``sort`` (repeated for several keys, ``-`` for descending),
    ``page`` and ``per_page``. `tie` orders equal rows, so that pages never shuffle. The table's
    ``Meta.order_by`` is the order when none is asked.
    """
    filters = filter_class(request.GET, queryset=rows, request=request) if filter_class else None
    problems = [*filter_problems(filters, request.GET), *sort_problems(table_class, request.GET)]
    found = rows.none() if problems else filters.qs if filters else rows
    # Not given the request: the table would cut pages of whatever size the address says, and −1 is none.
    table = table_class(found, order_by=sort_keys(table_class, request.GET), order_by_field="sort")
    _settle_ties(table, tie)
    paginator = Paginator(table.rows, page_size(request.GET.get("per_page")))
    table.paginator = paginator  # before the first count: the table then counts rows instead of loading them all
    table.page = page_of(paginator, request.GET.get("page"))
    return ListPage(table, filters, table.page, problems, narrowed=_is_narrowed(filters))


def filter_problems(filters: FilterSet | None, query: QueryDict) -> Iterable[Problem]:
    """What the filters do not understand of an address."""
    if filters is None or filters.is_valid():
        return
    for name, errors in filters.form.errors.items():
        label = filters.form.fields[name].label if name in filters.form.fields else name
        value = Truncator(", ".join(query.getlist(name))).chars(LONGEST_SHOWN)
        words = gettext("%(label)s “%(value)s”: %(reason)s") % {
            "label": label,
            "value": value,
            "reason": " ".join(errors),
        }
        yield Problem(name, words, address_without(query, name))


def sort_problems(table_class: type[Table], query: QueryDict) -> Iterable[Problem]:
    """What the address says of the order and the table does not know."""
    known = sortable(table_class)
    unknown = [key for key in query.getlist("sort") if key.removeprefix("-") not in known]
    if unknown:
        words = gettext("Unknown order “%(keys)s”.") % {"keys": Truncator(", ".join(unknown)).chars(LONGEST_SHOWN)}
        yield Problem("sort", words, address_without(query, "sort"))


def sortable(table_class: type[Table]) -> set[str]:
    """The keys that the table can be ordered by."""
    return {name for name, column in table_class.base_columns.items() if _is_orderable(table_class, column)}


def _is_orderable(table_class: type[Table], column: Any) -> bool:
    return bool(table_class._meta.orderable if column.orderable is None else column.orderable)


def sort_keys(table_class: type[Table], query: QueryDict) -> Sequence[str]:
    """The order that the address asks for, as far as the table knows it; otherwise the table's own."""
    known = sortable(table_class)
    asked = [key for key in query.getlist("sort") if key.removeprefix("-") in known]
    return asked or table_class._meta.order_by or ()


def _settle_ties(table: Table, tie: str) -> None:
    data: QuerySet[Model] = table.data.data
    ordering = data.query.order_by or data.model._meta.ordering or ()
    if tie not in ordering:
        table.data.data = data.order_by(*ordering, tie)


def _is_narrowed(filters: FilterSet | None) -> bool:
    return filters is not None and filters.is_valid() and any(filters.form.cleaned_data.values())
