"""Filters of lists, dressed for ``pieces/filters.html``: one keyword field and choices, each with its label."""

from functools import reduce
from operator import and_, or_
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from enrolhub.web.folding import fold


def keywords_in(keywords: str, *lookups: str) -> Q:
    """Rows where every word of the keywords is found by one of the lookups (``search_key__contains``).

    Words are folded; each is taken as it is, ``%`` and ``_`` are ordinary characters.
    """
    words = fold(keywords).split()
    return reduce(and_, (reduce(or_, (Q(**{lookup: word}) for lookup in lookups)) for word in words), Q())


#: Nobody types more; a database takes no pattern of 50,000 letters, nor thousands of words.
LONGEST_KEYWORDS = 200


class KeywordFilter(CharFilter):
    """Keywords over one folded column (``search_key``): every word must be in it, whatever its accents and its case."""

    def __init__(self, *, label: Any, placeholder: Any = "", **kwargs: Any) -> None:
        attrs = {"class": "form-control", "placeholder": placeholder, "autocomplete": "off"}
        widget = forms.TextInput(attrs=attrs | {"type": "search"})
        super().__init__(label=label, widget=widget, max_length=LONGEST_KEYWORDS, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(keywords_in(value, f"{self.field_name}__contains")) if value else qs


class PickFilter(ChoiceFilter):
    """One of some choices; the first one, « all », is no filter. A value that is no choice is an error of the form."""

    def __init__(self, *, label: Any, everything: Any, choices: Any, **kwargs: Any) -> None:
        widget = forms.Select(attrs={"class": "form-select"})
        errors = {"invalid_choice": _("unknown value.")}
        super().__init__(
            label=label, empty_label=everything, choices=choices, widget=widget, error_messages=errors, **kwargs
        )


def offer_values(filters: FilterSet, name: str, field: str, empty: str) -> None:
    """Let the choices of a ``PickFilter`` be the values its rows have, in order; `empty` names the rows without one."""
    values = filters.queryset.order_by(field).values_list(field, flat=True).distinct()
    filters.filters[name].extra["choices"] = [(value or NONE, value or empty) for value in values]


#: What the address says for « has none », and for « refreshed too long ago ».
NONE, OVERDUE = "none", "overdue"
