"""The groups of a course and the members of one as lists, with their filters."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column, Table

from cohorts.models import Person
from courses.groups.lists import Giver
from courses.models import Group, Method
from enrolhub.sync.states import author_words
from enrolhub.sync.tables import DATE, NUMBER
from enrolhub.sync.wording import run_name
from enrolhub.web.filters import KeywordFilter, PickFilter
from enrolhub.web.templatetags.enrolhub import avatar, icon, moment, number, or_dash, state

#: The form, elsewhere on the page, that takes the people ticked out of the group.
LEAVING_FORM = "leaving"
KEEPER_ICONS = {Group.Keeper.REGISTER: "database", Group.Keeper.HAND: "pencil"}


def keeper_words(group: Group) -> SafeString:
    """Who keeps a group, with its icon."""
    keeper = Group.Keeper(group.keeper)
    return format_html("{} {}", icon(KEEPER_ICONS[keeper]), keeper.label)


class GroupTable(Table):
    """Groups of one course; a record's ``url`` leads to its page, or is empty for a viewer of other groups only."""

    name = Column(verbose_name=_("Group"), order_by=("name_key", "name"))
    code = Column(verbose_name=_("Code"), attrs={"td": {"class": "code-cell"}})
    keeper = Column(verbose_name=_("Origin"))
    given_by = Column(verbose_name=_("Given by"), empty_values=(), orderable=False)
    member_count = Column(verbose_name=_("Members"), attrs=NUMBER)

    caption = _("Groups of the course")
    row_header = "name"

    class Meta:
        order_by = ("name",)

    def render_name(self, record: Any) -> SafeString:
        if not record.url:
            return format_html("{}", record.name)
        return format_html('<a href="{}">{}</a>', record.url, record.name)

    def render_keeper(self, record: Group) -> SafeString:
        return keeper_words(record)

    def render_given_by(self, record: Group) -> str:
        kinds = [Method.Kind.DATABASE.label] if record.keeper == Group.Keeper.REGISTER else []
        return str(or_dash(", ".join([*map(str, kinds), *map(str, record.given_by.all())])))

    def render_member_count(self, value: int) -> SafeString | str:
        return number(value) if value else state("quiet", gettext("Nobody"), "person-x")


class GroupFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Name of the group"), field_name="name_key")
    keeper = PickFilter(label=_("Origin"), everything=_("All"), choices=Group.Keeper.choices)

    class Meta:
        model = Group
        fields: list[str] = []


class GroupMemberTable(Table):
    """The people of one group; each record carries its ``givers`` (``lists.Giver``), read for the whole page at once."""

    person = Column(
        accessor="last_name",
        verbose_name=_("Last name, first name"),
        order_by=("last_name_key", "first_name_key", "username"),
        empty_values=(),
    )
    username = Column(verbose_name=_("Username"))
    id_number = Column(verbose_name=_("Id number"), attrs={"td": {"class": "no-phone"}})
    givers = Column(verbose_name=_("Given by"), empty_values=(), orderable=False)
    since = Column(verbose_name=_("Since"), attrs=DATE)

    caption = _("Members of the group")
    row_header = "person"

    class Meta:
        order_by = ("person",)

    def render_person(self, record: Person) -> SafeString:
        return format_html('<span class="person">{}{}</span>', avatar(str(record)), record)

    def render_id_number(self, value: str) -> str:
        return str(or_dash(value))

    def render_givers(self, record: Any) -> SafeString:
        lines = [(*giver_words(each), run_words(each)) for each in record.givers]
        return format_html_join("", '<span class="giver">{} {} <span class="second">{}</span></span>', lines)

    def render_since(self, record: Any) -> str:
        return moment(record.since)


class ChosenMemberTable(GroupMemberTable):
    """The same for whoever may take people out of the group: a box to tick stands before each."""

    tick = Column(
        verbose_name=_("Selection"),
        accessor="pk",
        orderable=False,
        attrs={"th": {"class": "tick-column"}, "td": {"class": "plain tick-column"}},
    )

    class Meta(GroupMemberTable.Meta):
        sequence = ("tick", "...")

    def render_tick(self, record: Person) -> SafeString:
        return format_html(
            '<label class="tick-cell"><input class="tick" type="checkbox" form="{}" name="person" value="{}"'
            ' autocomplete="off"><span class="visually-hidden">{}</span></label>',
            LEAVING_FORM,
            record.pk,
            gettext("Select %(name)s") % {"name": record},
        )


def giver_words(giver: Giver) -> tuple[SafeString, str]:
    """« Base de données », or « À la main », after an icon."""
    if giver.method is not None:
        return icon("arrow-repeat" if giver.method.is_synced else "person-plus"), str(giver.method)
    return icon("pencil"), gettext("By hand")


def run_words(giver: Giver) -> str:
    """« Fichier : tuteurs.csv, Anne Martin »: by which run, and by whom; nothing for what a method gave."""
    if giver.run is None:
        return ""
    return gettext("%(run)s, %(author)s") % {"run": run_name(giver.run), "author": author_words(giver.run)}


class GroupMemberFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Name, username, number or e-mail"), field_name="search_key")

    class Meta:
        model = Person
        fields: list[str] = []
