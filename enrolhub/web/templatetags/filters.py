"""The line of filters above a list: ``{% load filters %}{% filter_form list %}``."""

from typing import Any

from django import template

from enrolhub.web.list_page import ListPage

register = template.Library()

#: Parameters that are no filters and outlive a change of filters.
KEPT = ("sort", "per_page")


@register.inclusion_tag("pieces/filters.html", takes_context=True)
def filter_form(context: dict[str, Any], shown: ListPage, what: str = "") -> dict[str, Any]:
    """The filters of a ``ListPage`` as one form. With htmx the block ``#results`` of the page follows each change.

    `what` names the form for screen readers (« Filter the courses »).
    """
    request = context["request"]
    kept = [(name, value) for name in KEPT for value in request.GET.getlist(name)]
    fields = list(shown.filters.form) if shown.filters else []
    words = [field for field in fields if getattr(field.field.widget, "input_type", "") == "search"]
    return {
        "request": request,
        "kept": kept,
        "words": words,
        "choices": [field for field in fields if field not in words],
        "active": any(request.GET.get(field.name) for field in fields),
        "what": what,
    }


@register.filter
def academic_year(code: str) -> str:
    """An academic year as people say it: ``2026`` is « 2026-2027 ». What is no year stays as it is."""
    return f"{code}-{int(code) + 1}" if code.isdecimal() and len(code) == 4 else code
