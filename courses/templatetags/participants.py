"""Tags of the participant page: ``{% load participants %}``."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.models import Enrolment, Method
from courses.participants.rows import Row
from courses.participants.statuses import LABELS
from courses.participants.table import Heading
from courses.participants.vocabulary import PUBLIC_KINDS
from courses.participants.wording import KIND_ICONS, STATUS_TONES
from enrolhub.web.templatetags.enrolhub import avatar, icon, moment, state

register = template.Library()


@register.simple_tag
def participant_row(row: Row, headings: Sequence[Heading], row_url: str, opened: str) -> SafeString:
    """One person as a row; the badge leads to the same list with the person's enrolments open, or closed again."""
    cells = [_cell(heading, row) for heading in headings if heading.name != "status"]
    badge = _badge(row, row_url, is_open=opened == row.person.username)
    shown = format_html_join("", "{}", ((cell,) for cell in cells))
    return format_html('<tr role="row" id="person-{}">{}{}</tr>', row.person.pk, shown, badge)


def _cell(heading: Heading, row: Row) -> SafeString:
    content = CELLS[heading.name](row)
    if heading.name == "name":
        return format_html('<th scope="row" role="rowheader" class="col-name">{}</th>', content)
    return format_html('<td role="cell" class="plain col-{}">{}</td>', heading.name, content)


def _name(row: Row) -> SafeString:
    return format_html('<span class="person">{}{}</span>', avatar(row.name), row.name)


def _roles(row: Row) -> str:
    return ", ".join(row.role_labels)


def _groups(row: Row) -> str | SafeString:
    if not row.groups:
        return format_html('<span class="quiet">{}</span>', _("No group"))
    return ", ".join(group.name for group in row.groups)


def _methods(row: Row) -> SafeString:
    methods = list(dict.fromkeys(row.methods))
    if len(methods) == 1:
        return format_html('<span class="method">{} {}</span>', method_icon(methods[0]), methods[0])
    return format_html_join(
        "", '<span class="method">{} {}</span>', ((method_icon(method), method) for method in methods)
    )


def _last_access(row: Row) -> SafeString:
    if row.last_access is None:
        return format_html('<span class="quiet">{}</span>', _("Never"))
    return mark_safe(moment(row.last_access))  # noqa: S308 - a time element made by format_html


CELLS: dict[str, Callable[[Row], str | SafeString]] = {
    "name": _name,
    "username": lambda row: row.person.username,
    "id_number": lambda row: row.person.id_number or "—",
    "email": lambda row: row.person.email or "—",
    "roles": _roles,
    "groups": _groups,
    "methods": _methods,
    "last_access": _last_access,
}


def _badge(row: Row, row_url: str, *, is_open: bool) -> SafeString:
    url = row_url if is_open else f"{row_url}{'' if row_url == '?' else '&'}open={row.person.username}"
    return format_html(
        '<td role="cell" class="plain col-status"><a class="opens" href="{}#person-{}" aria-expanded="{}"{}>{}'
        '<span class="visually-hidden"> {}</span></a></td>',
        url,
        row.person.pk,
        "true" if is_open else "false",
        format_html(' aria-controls="seats-{}"', row.person.pk) if is_open else "",
        status_badge(row.status),
        _("enrolments of %(name)s") % {"name": row.name},
    )


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """A status as a badge: the usual one is plain, the others stand out."""
    return state(STATUS_TONES[status], str(LABELS[status]))


@register.simple_tag
def method_icon(method: Method) -> SafeString:
    """The icon of a kind of method."""
    return icon(KIND_ICONS[PUBLIC_KINDS[method.kind]])


@register.simple_tag
def period(enrolment: Enrolment) -> str | SafeString:
    """« du 31/08/2026 au 31/08/2027 », « jusqu'au … », « à partir du … », or a dash."""
    first, last = _date(enrolment.starts_at), _date(enrolment.ends_at)
    if first and last:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    if last:
        return _("until %(last)s") % {"last": last}
    return _("from %(first)s on") % {"first": first} if first else "—"


def _date(when: datetime | None) -> str:
    return f"{timezone.localtime(when):%d/%m/%Y}" if when else ""
