"""The list of the people whom the directory knows."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column, Table

from cohorts.models import Person
from enrolhub.web.filters import KeywordFilter, PickFilter
from enrolhub.web.templatetags.enrolhub import avatar, or_dash, state

TONES = {"active": ("ok", ""), "suspended": ("wait", "lock"), "inactive": ("quiet", "slash-circle")}
KINDS = [
    ("student", _("Students")),
    ("employee", _("Staff")),
    ("affiliate", _("Affiliates")),
    ("alum", _("Former students")),
]


def account_badge(person: Person) -> SafeString:
    """The state of somebody's account."""
    tone, icon_name = TONES[person.account_state]
    return state(tone, str(Person.AccountState(person.account_state).label), icon_name)


class PersonTable(Table):
    person = Column(
        verbose_name=_("Last name, first name"),
        empty_values=(),
        order_by=("last_name_key", "first_name_key", "username"),
    )
    username = Column(verbose_name=_("Username"))
    id_number = Column(verbose_name=_("Id number"), attrs={"td": {"class": "no-phone"}})
    email = Column(verbose_name=_("E-mail address"), order_by=("email_key",))
    account_state = Column(verbose_name=_("Account"), orderable=False, attrs={"td": {"class": "plain"}})

    caption = _("People")
    row_header = "person"

    class Meta:
        order_by = ("person",)

    def render_person(self, record: Person) -> SafeString:
        name = str(record)
        address = reverse("courses:person", args=[record.username])
        return format_html('<span class="person">{}<a href="{}">{}</a></span>', avatar(name), address, name)

    def render_id_number(self, value: str) -> str:
        return str(or_dash(value))

    def render_account_state(self, record: Person) -> SafeString:
        hidden = state("wait", str(_("Red list")), "eye-slash") if record.red_list else ""
        return format_html("{} {}", account_badge(record), hidden)


class PersonFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Name, username, number or e-mail"), field_name="search_key")
    account = PickFilter(
        label=_("Account"), everything=_("All"), choices=Person.AccountState.choices, field_name="account_state"
    )
    kind = PickFilter(label=_("Affiliation"), everything=_("All"), choices=KINDS, method="keep_kind")

    class Meta:
        model = Person
        fields: list[str] = []

    def keep_kind(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return rows.filter(affiliations__contains=value)
