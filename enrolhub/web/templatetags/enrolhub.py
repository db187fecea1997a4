"""Tags and filters of the interface: ``{% load enrolhub %}``. docs/look.md shows each one."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2 import Table

from enrolhub.web import dates, people
from enrolhub.web.list_page import PAGE_SIZES

register = template.Library()

STATE_ICONS = {
    "ok": "check-circle-fill",
    "info": "clock",
    "wait": "pause-circle",
    "bad": "x-circle",
    "quiet": "flag",
    "off": "slash-circle",
}


@register.simple_tag
@cache  # a list of people shows a hundred of them, and a process serves one set of static files
def icon(name: str) -> SafeString:
    """A symbol of the sprite, hidden from screen readers: the words beside it say the same."""
    return format_html(
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def state(tone: str, word: str, icon_name: str = "") -> SafeString:
    """A state badge. `tone`: ok (the usual state, plain), info, wait, bad, quiet or off; `word` says the state."""
    return format_html('<span class="state state-{}">{}{}</span>', tone, icon(icon_name or STATE_ICONS[tone]), word)


@register.simple_tag
def avatar(name: str) -> SafeString:
    """The initials of a name on one of five quiet grounds; decoration, hidden from screen readers."""
    return format_html(
        '<span class="avatar avatar-{}" aria-hidden="true">{}</span>', people.tint(name), people.initials(name)
    )


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """A number with its thousands apart (1 234) and a decimal comma in French; nothing is a dash."""
    return "—" if value is None else number_format(value, force_grouping=True)


@register.filter
def percent(value: float | Decimal | None, places: int = 1) -> str:
    """A share out of 100 with at most one decimal: « 33,5 % », « 64 % »."""
    if value is None:
        return "—"
    rounded = round(float(value), places)
    figure = number_format(int(rounded) if rounded == int(rounded) else rounded, force_grouping=True)
    return f"{figure}\u00a0%"


@register.filter
def signed(value: int | None) -> str:
    """A difference with its sign: « +22 », « −3 », « 0 »."""
    if value is None:
        return "—"
    sign = {True: "+", False: "−"}[value > 0] if value else ""
    return sign + number_format(abs(value), force_grouping=True)


@register.filter
def or_dash(value: Any) -> Any:
    """The value, or « — » when there is none. Zero is a value."""
    return "—" if value is None or value == "" else value


def _time_element(when: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        timezone.localtime(when).isoformat(timespec="seconds"),
        dates.exact(when),
        words,
    )


@register.filter
def moment(when: datetime | None) -> str | SafeString:
    """« hier à 22:14 » in a time element with the exact time on hover; nothing is a dash."""
    return "—" if when is None else _time_element(when, dates.moment(when, timezone.now()))


@register.filter
def exactly(when: datetime) -> SafeString:
    """« 17 novembre 2026, 03:44:09 » in a time element, where « hier » would not do."""
    return _time_element(when, dates.exact(when))


@register.filter
def age(when: datetime | None) -> str | SafeString:
    """« il y a 31 h » in a time element with the exact time on hover; nothing is a dash."""
    return "—" if when is None else _time_element(when, dates.age(when, timezone.now()))


@register.filter
def duration(length: timedelta | None) -> str:
    """« 4 min 12 s »; nothing is a dash."""
    return "—" if length is None else dates.duration(length)


@register.inclusion_tag("pieces/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with its label, help and errors, each tied to the control."""
    return {"field": bound, "control": bound.as_widget(attrs=_control_attrs(bound))}


def _control_attrs(bound: BoundField) -> dict[str, Any]:
    attrs = dict(bound.field.widget.attrs)
    attrs["class"] = f"{_control_class(bound)} {attrs.get('class', '')}".strip()
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{bound.auto_id}_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return attrs


def _control_class(bound: BoundField) -> str:
    kind = getattr(bound.field.widget, "input_type", "")
    if kind == "select":
        return "form-select"
    return "form-check-input" if kind in {"checkbox", "radio"} else "form-control"


@register.filter
def table_classes(table: Table) -> str:
    """The classes of a table: cards on a phone unless its ``layout`` is ``scroll``; room for a column named ``tick``."""
    classes = "table-list" if getattr(table, "layout", "cards") == "scroll" else "table-list cards"
    return f"{classes} with-tick" if "tick" in table.columns.names() else classes


@register.inclusion_tag("pieces/pages.html", takes_context=True)
def pages(context: dict[str, Any], page: "Page[Any]", found: str = "", size_url: str = "") -> dict[str, Any]:
    """The foot of a list: which rows, how many a page, and the pages. `found` follows the number of rows.

    With `size_url` the number of rows a page is sent there, to be remembered; without, it goes into the address.
    """
    request = context["request"]
    kept = [
        (name, value) for name, values in request.GET.lists() if name not in {"page", "per_page"} for value in values
    ]
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    shown = {"request": request, "page": page, "found": found, "kept": kept, "elided": elided, "sizes": PAGE_SIZES}
    return shown | {"size_url": size_url}


# The levels of django.contrib.messages, as the interface speaks of states.
_TOASTS = {
    "success": ("ok", "check-circle-fill"),
    "warning": ("wait", "exclamation-triangle"),
    "error": ("bad", "exclamation-circle"),
}


@register.filter
def toast_tone(level_tag: str) -> str:
    """The tone of a message, by its level."""
    return _TOASTS.get(level_tag, ("info", ""))[0]


@register.filter
def toast_icon(level_tag: str) -> str:
    """The icon of a message, by its level."""
    return _TOASTS.get(level_tag, ("", "info-circle"))[1]
