"""Headings and orders of the participant table: ``{% load orders %}``."""

from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.participants.table import Heading, Link
from enrolhub.web.templatetags.enrolhub import icon

register = template.Library()
ARROWS = {"ascending": "arrow-up", "descending": "arrow-down"}


@register.simple_tag
def heading_cell(heading: Heading) -> SafeString:
    """A column's heading: the orders it offers, with an arrow on those that the list is in, and which comes when."""
    content = " / ".join(_order(link) for link in heading.links) or escape(heading.label)
    sort = f' aria-sort="{heading.direction}"' if heading.direction else ""
    cell = f'<th scope="col" role="columnheader" class="col-{heading.name}"{sort}>{content}</th>'
    return mark_safe(cell)  # noqa: S308


def _order(link: Link) -> str:
    url, then = escape(link.url), escape(link.then_url)
    return f'<a href="{url}" data-then="{then}">{escape(link.label)}{_mark(link)}</a>'


@register.simple_tag
def order_line(link: Link) -> SafeString:
    """An order as a line of a menu: by it alone; and beside it, after the others, turned round, or no longer."""
    current = ' aria-current="true"' if link.direction else ""
    parts = [
        f'<a class="menu-item counted" href="{escape(link.url)}"{current}><span>{escape(link.label)}{_mark(link)}</span></a>'
    ]
    name = {"name": link.label}
    if link.drop_url:
        parts.append(_aside(link.then_url, "arrow-down-up", _("Turn the order by “%(name)s” round") % name))
        parts.append(_aside(link.drop_url, "x", _("No longer order by “%(name)s”") % name))
    elif not link.direction and link.then_url != link.url:
        parts.append(_aside(link.then_url, "plus", _("Then by “%(name)s”") % name))
    return mark_safe(f'<div class="menu-line">{"".join(parts)}</div>')  # noqa: S308


def _aside(url: str, picture: str, words: str) -> str:
    return f'<a class="aside" href="{escape(url)}" aria-label="{escape(words)}" title="{escape(words)}">{icon(picture)}</a>'


def _mark(link: Link) -> str:
    """The arrow of an order, and its place where there are several."""
    if not link.direction:
        return ""
    arrow = icon(ARROWS[link.direction])
    if not link.drop_url:
        return arrow
    words = f'<span class="visually-hidden"> ({escape(_words(link))})</span>'
    return f'{arrow}<span class="place" aria-hidden="true">{link.place}</span>{words}'


def _words(link: Link) -> str:
    if link.direction == "ascending":
        return _("order %(place)s, ascending") % {"place": link.place}
    return _("order %(place)s, descending") % {"place": link.place}
