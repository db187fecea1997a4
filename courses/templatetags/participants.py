"""Tags of the participant page: ``{% load participants %}``.

Rows are written by hand rather than by a template: a page of 500 people has thousands of cells, and each variable of a
template costs more than the text it gives. Whatever comes from data goes through ``escape``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from html import escape

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.models import Enrolment, Method
from courses.pages.selection_bar import SelectionBar
from courses.participants.choices import Choice
from courses.participants.panel import Letter, Option
from courses.participants.rows import Row, Seat
from courses.participants.statuses import LABELS
from courses.participants.table import Heading
from courses.participants.vocabulary import PUBLIC_KINDS
from courses.participants.wording import KIND_ICONS, STATUS_TONES
from enrolhub.web.templatetags.enrolhub import STATE_ICONS, avatar, icon, moment, number

register = template.Library()
icon_of = lru_cache(icon)


@register.simple_tag
def participant_row(
    row: Row, headings: Sequence[Heading], row_url: str, opened: str, bar: SelectionBar | None = None
) -> SafeString:
    """One person as a row; the badge leads to the same list with the person's enrolments open, or closed again.

    With a ``bar`` the row begins with its check box; it ends with what may be done with this one person.
    """
    is_open = opened == row.person.username
    cells = [_cell(heading.name, row) for heading in headings if heading.name != "status"]
    cells.append(_badge(row, row_url, is_open=is_open))
    if bar:
        cells = [_tick(row), *cells, *([_row_actions(row, row_url, bar, is_open=is_open)] if bar.alone else [])]
    return mark_safe(f'<tr role="row" id="person-{row.person.pk}">{"".join(cells)}</tr>')  # noqa: S308


def _tick(row: Row) -> str:
    words = escape(_("Select %(name)s") % {"name": row.name})
    synced = " data-synced" if synced_methods(row) else ""
    return (
        '<td role="cell" class="plain tick-column"><label class="tick-cell">'
        f'<input class="tick" type="checkbox" form="selection" name="person" value="{row.person.pk}" autocomplete="off"'
        f'{synced}><span class="visually-hidden">{words}</span></label></td>'
    )


def synced_methods(row: Row) -> str:
    """The methods, in words, by which the person would stay or come back whatever a hand removes; nothing without any."""
    return ", ".join(dict.fromkeys(seat.method_label for seat in row.seats if seat.method.is_synced))


@register.filter("removable")
def is_removable(row: Row) -> bool:
    """Whether the person has an enrolment that no synchronisation gives, and would bring back."""
    return not all(seat.method.is_synced for seat in row.seats)


def _row_actions(row: Row, row_url: str, bar: SelectionBar, *, is_open: bool) -> str:
    url, state = _unfolding(row, row_url, is_open=is_open)
    words = escape(_("Detail and actions for %(name)s") % {"name": row.name})
    detail = (
        f'<a class="btn btn-icon" href="{escape(url)}#person-{row.person.pk}" {state} aria-label="{words}">'
        f'<span class="not-phone">{icon_of("pencil")}</span><span class="only-phone">{icon_of("three-dots-vertical")}</span></a>'
    )
    return f'<td role="cell" class="plain row-actions">{detail}{_removal(row, bar)}</td>'


def _removal(row: Row, bar: SelectionBar) -> str:
    """The bin; or the lock of somebody whom a synchronisation would bring back, which says so and leads to excluding."""
    button = bar.remove if is_removable(row) else bar.exclude
    if button is None:
        return ""
    words, picture = removal_words(row), "trash" if button is bar.remove else "lock"
    return (
        f'<button class="btn btn-icon second-action" form="one" formaction="{escape(button.url)}" name="person"'
        f' value="{row.person.pk}" aria-label="{escape(words)}" title="{escape(words)}">{icon_of(picture)}</button>'
    )


@register.simple_tag
def removal_words(row: Row) -> str:
    """What taking this person out of the course means, in words."""
    words = {"name": row.name, "methods": synced_methods(row)}
    if not words["methods"]:
        return _("Remove %(name)s from the course") % words
    if is_removable(row):
        return _("Remove the unsynced enrolment of %(name)s, who stays (%(methods)s)") % words
    return _("%(name)s would come back if removed (%(methods)s): exclude instead") % words


def _cell(name: str, row: Row) -> str:
    content = CELLS[name](row)
    if name == "name":
        return f'<th scope="row" role="rowheader" class="col-name">{content}</th>'
    return f'<td role="cell" class="plain col-{name}">{content}</td>'


def _name(row: Row) -> str:
    return f'<span class="person">{avatar(row.name)}{escape(row.name)}</span>'


def _groups(row: Row) -> str:
    if not row.groups:
        return f'<span class="quiet">{escape(_("No group"))}</span>'
    return ", ".join(f'<span class="nowrap">{escape(group.name)}</span>' for group in row.groups)


def _methods(row: Row) -> str:
    return "".join(f'<span class="method">{method_name(seat)}</span>' for seat in row.seats)


def _last_access(row: Row) -> str:
    return (
        f'<span class="quiet">{escape(_("Never"))}</span>' if row.last_access is None else str(moment(row.last_access))
    )


CELLS: dict[str, Callable[[Row], str]] = {
    "name": _name,
    "username": lambda row: escape(row.person.username),
    "id_number": lambda row: escape(row.person.id_number or "—"),
    "email": lambda row: escape(row.person.email or "—"),
    "roles": lambda row: escape(", ".join(row.role_labels)),
    "groups": _groups,
    "methods": _methods,
    "last_access": _last_access,
}


def _unfolding(row: Row, row_url: str, *, is_open: bool) -> tuple[str, str]:
    """Where a click opens or closes the person's enrolments, and the state that the link says."""
    name, pk = row.person.username, row.person.pk
    url = row_url if is_open else f"{row_url}{'' if row_url == '?' else '&'}open={name}"
    return url, f'aria-expanded="true" aria-controls="seats-{pk}"' if is_open else 'aria-expanded="false"'


def _badge(row: Row, row_url: str, *, is_open: bool) -> str:
    pk = row.person.pk
    url, state = _unfolding(row, row_url, is_open=is_open)
    words = _("enrolments of %(name)s") % {"name": row.name}
    return (
        f'<td role="cell" class="plain col-status"><a class="opens" href="{escape(url)}#person-{pk}" {state}>'
        f'{status_badge(row.status)}<span class="visually-hidden"> {escape(words)}</span></a></td>'
    )


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """A status as a badge: the usual one is plain, the others stand out."""
    tone = STATUS_TONES[status]
    words = escape(str(LABELS[status]))
    return mark_safe(f'<span class="state state-{tone}">{icon_of(STATE_ICONS[tone])}{words}</span>')  # noqa: S308


@register.simple_tag
def method_name(seat: Seat) -> SafeString:
    """The icon of the method's kind and its name."""
    return mark_safe(f"{icon_of(_icon_name(seat.method))} <span>{escape(seat.method_label)}</span>")  # noqa: S308


def _icon_name(method: Method) -> str:
    return KIND_ICONS.get(PUBLIC_KINDS[method.kind], "person-plus")


@register.simple_tag
def initials_bar(letters: Sequence[Letter]) -> SafeString:
    """The letters as list items: links, or plain text for a letter that nobody has."""
    return mark_safe("".join(f"<li>{_letter(letter)}</li>" for letter in letters))  # noqa: S308


def _letter(letter: Letter) -> str:
    if not letter.url:
        return f"<span>{escape(letter.label)}</span>"
    current = ' aria-current="true"' if letter.current else ""
    return f'<a href="{escape(letter.url)}"{current}>{escape(letter.label)}</a>'


@register.simple_tag
def options(choices: Sequence[Option], *, choosing: bool = False) -> SafeString:
    """The choices of a select; with ``choosing`` the current one is selected."""
    return mark_safe("".join(_option(each, selected=choosing and each.current) for each in choices))  # noqa: S308


@register.simple_tag
def suggestions(choices: Sequence[Option]) -> SafeString:
    """The choices of a field that one types into: their names, which the server understands."""
    return mark_safe("".join(f'<option value="{escape(each.label)}"></option>' for each in choices))  # noqa: S308


def _option(option: Option, *, selected: bool) -> str:
    mark = " selected" if selected else ""
    return f'<option value="{escape(option.value)}"{mark}>{escape(option.label)}</option>'


@register.simple_tag
def period(enrolment: Enrolment) -> str:
    """« du 31/08/2026 au 31/08/2027 », « jusqu'au … », « à partir du … », or a dash."""
    first, last = _date(enrolment.starts_at), _date(enrolment.ends_at)
    if first and last:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    if last:
        return _("until %(last)s") % {"last": last}
    return _("from %(first)s on") % {"first": first} if first else "—"


def _date(when: datetime | None) -> str:
    return f"{timezone.localtime(when):%d/%m/%Y}" if when else ""


@register.simple_tag
def count_links(choices: Sequence[Choice], *, in_menu: bool = False) -> SafeString:
    """One-click counts as links, the current one marked; ``in_menu`` as entries of a menu."""
    kind = ' class="menu-item counted"' if in_menu else ""
    return mark_safe("".join(_count_link(choice, kind) for choice in choices))  # noqa: S308


def _count_link(choice: Choice, kind: str) -> str:
    current = ' aria-current="true"' if choice.current else ""
    count = f'<span class="count">{number(choice.count)}</span>'
    return f'<a{kind} href="{escape(choice.url)}"{current}>{escape(choice.label)} {count}</a>'
