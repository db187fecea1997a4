"""The gaps as a list: filtered, in order, a page at a time."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_tables2 import Column, Table

from courses.verification.checked import Checked
from courses.verification.gaps import Verification
from courses.verification.narrowing import GapFilters
from courses.verification.wording import BADGES, GAPS, say_break, say_who_mends
from enrolhub.web.list_page import ListPage, filter_problems, page_of, page_size, sort_keys, sort_problems
from enrolhub.web.navigation import url_or_none
from enrolhub.web.templatetags.enrolhub import avatar, icon, or_dash, state


class GapTable(Table):
    """Students of one course, whose ``code`` is given to lead to each one's chain."""

    person = Column(verbose_name=_("Last name, first name"), empty_values=(), order_by=("name_key",))
    id_number = Column(accessor="entry__id_number", verbose_name=_("Id number"), attrs={"td": {"class": "no-phone"}})
    programmes = Column(verbose_name=_("Étape"), empty_values=(), attrs={"td": {"class": "code-cell"}})
    units = Column(verbose_name=_("Registered on"), empty_values=(), attrs={"td": {"class": "code-cell"}})
    groups = Column(verbose_name=_("Groups"), empty_values=(), order_by=("group_names",))
    gap = Column(verbose_name=_("Gap"), order_by=("gap_rank", "name_key"), attrs={"td": {"class": "plain"}})
    link = Column(
        verbose_name=_("Where it breaks, who can mend it"),
        empty_values=(),
        orderable=False,
        attrs={"td": {"class": "plain wide breaks"}},
    )

    caption = _("Students whose registrations and the course do not agree")
    row_header = "person"

    class Meta:
        order_by = ("gap",)

    def __init__(self, rows: list[Checked], code: str, now: datetime, **kwargs: Any) -> None:
        self.code, self.now = code, now
        super().__init__(rows, **kwargs)

    def render_person(self, record: Checked) -> SafeString:
        entry = record.entry
        why = url_or_none("courses:explain", self.code, entry.username) if entry.username else None
        name = format_html('<a href="{}">{}</a>', why, entry) if why else format_html("{}", entry)
        return format_html(
            '<span class="person">{}{}</span><span class="second">{}</span>', avatar(str(entry)), name, entry.username
        )

    def render_id_number(self, value: str) -> str:
        return str(or_dash(value))

    def render_programmes(self, record: Checked) -> str:
        return ", ".join(record.programmes) or "—"

    def render_units(self, record: Checked) -> str:
        return ", ".join(record.units) or "—"

    def render_groups(self, record: Checked) -> str:
        return record.group_names or "—"

    def render_gap(self, record: Checked) -> SafeString:
        tone, icon_name = BADGES[record.gap]
        return state(tone, str(GAPS[record.gap]), icon_name)

    def render_link(self, record: Checked) -> SafeString | str:
        if record.link is None:
            return "—"
        who = say_who_mends(record.link)
        mended = format_html('<span class="second">{} {}</span>', icon("tools"), who) if who else ""
        return format_html("{}{}", say_break(record.link, self.now), mended)


def list_of(request: HttpRequest, verification: Verification, checked: list[Checked]) -> ListPage:
    """The page that the address asks for. What it asks for and does not exist stands above the list, which waits."""
    filters = GapFilters(verification, checked, request.GET)
    problems = [*filter_problems(filters, request.GET), *sort_problems(GapTable, request.GET)]
    table = table_of(verification, [] if problems else filters.found, request.GET)
    paginator = Paginator(table.rows, page_size(request.GET.get("per_page")))
    table.paginator, table.page = paginator, page_of(paginator, request.GET.get("page"))
    is_narrowed = filters.is_valid() and any(filters.form.cleaned_data.values())
    return ListPage(table, filters, table.page, problems, narrowed=is_narrowed)


def table_of(verification: Verification, found: list[Checked], query: QueryDict) -> GapTable:
    """These students in the order that the address asks for; equal ones by name."""
    order = sort_keys(GapTable, query)
    rows = sorted(found, key=lambda each: each.name_key)
    # The table compares rows two by two, slowly; what is in order already takes it one round.
    if list(order) == list(GapTable._meta.order_by):
        rows.sort(key=lambda each: each.gap_rank)
    return GapTable(rows, verification.material.course.code, timezone.now(), order_by=order, order_by_field="sort")
