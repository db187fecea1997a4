"""The list of cohorts and the members of one, with their filters."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column, Table

from cohorts.models import Cohort, CohortMember
from cohorts.queries import is_overdue, overdue_cohorts
from enrolhub.sync.tables import DATE, NUMBER
from enrolhub.web.filters import NONE, OVERDUE, KeywordFilter, PickFilter, keywords_in, offer_values
from enrolhub.web.templatetags.enrolhub import avatar, icon, moment, number, or_dash, state
from enrolhub.web.templatetags.filters import academic_year

#: The form, elsewhere on the page, that takes the people ticked out of the cohort.
LEAVING_FORM = "leaving"
KEEPER_ICONS = {Cohort.Keeper.REGISTER: "database", Cohort.Keeper.HAND: "pencil"}


def keeper_words(keeper: str) -> SafeString:
    """Who keeps a cohort, with its icon."""
    return format_html("{} {}", icon(KEEPER_ICONS[Cohort.Keeper(keeper)]), Cohort.Keeper(keeper).label)


def refreshed_words(cohort: Cohort) -> SafeString | str:
    """When a night last refreshed a cohort, flagged beyond 24 h; a hand-kept one never is."""
    if cohort.keeper == Cohort.Keeper.HAND:
        return format_html('<span class="quiet">{}</span>', gettext("by hand"))
    if is_overdue(cohort.refreshed_at, timezone.now()):
        when = moment(cohort.refreshed_at) if cohort.refreshed_at else gettext("Never")
        return state("wait", when, "exclamation-triangle")
    return moment(cohort.refreshed_at)


class CohortTable(Table):
    name = Column(verbose_name=_("Cohort"), order_by=("name_key",))
    keeper = Column(verbose_name=_("Kept by"))
    programme_code = Column(verbose_name=_("Étape"), attrs={"td": {"class": "code-cell"}})
    academic_year = Column(verbose_name=_("Year"))
    component = Column(verbose_name=_("Component"))
    member_count = Column(verbose_name=_("Members"), attrs=NUMBER)
    refreshed_at = Column(verbose_name=_("Last refresh"), empty_values=(), attrs=DATE)

    caption = _("Cohorts")
    row_header = "name"

    class Meta:
        order_by = ("name",)

    def render_name(self, record: Cohort) -> SafeString:
        address = reverse("cohorts:cohort", args=[record.code])
        return format_html(
            '<a href="{}">{}</a><span class="second code">{}</span>', address, record.name or record.code, record.code
        )

    def render_keeper(self, value: str, record: Cohort) -> SafeString:
        return keeper_words(record.keeper)

    def render_programme_code(self, record: Cohort) -> str:
        return programme_words(record)

    def render_academic_year(self, value: str) -> str:
        return academic_year(value)

    def render_member_count(self, value: int) -> str:
        return number(value)

    def render_refreshed_at(self, record: Cohort) -> SafeString | str:
        return refreshed_words(record)


def programme_words(cohort: Cohort) -> str:
    """The étape that feeds a cohort, with its version or its period when it is narrowed to one."""
    narrower = cohort.version_code or cohort.period_code
    words = f"{cohort.programme_code} · {narrower}" if narrower else cohort.programme_code
    return str(or_dash(words))


class CohortFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Name, code or étape"), method="keep_keywords")
    keeper = PickFilter(label=_("Kept by"), everything=_("All"), choices=Cohort.Keeper.choices)
    year = PickFilter(label=_("Year"), everything=_("All"), choices=(), method="keep_year")
    component = PickFilter(label=_("Component"), everything=_("All"), choices=(), method="keep_component")

    refresh = PickFilter(
        label=_("Freshness"), everything=_("All"), choices=[(OVERDUE, _("More than 24 h ago"))], method="keep_overdue"
    )

    class Meta:
        model = Cohort
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_values(self, "year", "academic_year", gettext("No year"))
        offer_values(self, "component", "component", gettext("No component"))

    def keep_keywords(self, rows: QuerySet[Cohort], name: str, value: str) -> QuerySet[Cohort]:
        return rows.filter(keywords_in(value, "name_key__contains", "code__icontains"))

    def keep_year(self, rows: QuerySet[Cohort], name: str, value: str) -> QuerySet[Cohort]:
        return rows.filter(academic_year="" if value == NONE else value)

    def keep_component(self, rows: QuerySet[Cohort], name: str, value: str) -> QuerySet[Cohort]:
        return rows.filter(component="" if value == NONE else value)

    def keep_overdue(self, rows: QuerySet[Cohort], name: str, value: str) -> QuerySet[Cohort]:
        return rows.filter(pk__in=overdue_cohorts(timezone.now()).order_by().values("pk"))


class MemberTable(Table):
    person = Column(
        verbose_name=_("Last name, first name"),
        order_by=("person__last_name_key", "person__first_name_key", "person__username"),
    )
    username = Column(accessor="person__username", verbose_name=_("Username"))
    id_number = Column(accessor="person__id_number", verbose_name=_("Id number"), attrs={"td": {"class": "no-phone"}})
    email = Column(accessor="person__email", verbose_name=_("E-mail address"), order_by=("person__email_key",))
    account = Column(accessor="person__account_state", verbose_name=_("Account"))
    since = Column(verbose_name=_("Since"), attrs=DATE)

    caption = _("Members of the cohort")
    row_header = "person"

    class Meta:
        order_by = ("person",)

    def render_person(self, record: CohortMember) -> SafeString:
        return format_html('<span class="person">{}{}</span>', avatar(str(record.person)), record.person)

    def render_id_number(self, value: str) -> str:
        return str(or_dash(value))

    def render_account(self, record: CohortMember) -> SafeString:
        person = record.person
        tone = {"active": "ok", "suspended": "wait"}.get(person.account_state, "quiet")
        icon_name = {"active": "", "suspended": "lock"}.get(person.account_state, "slash-circle")
        return state(tone, person.get_account_state_display(), icon_name)

    def render_since(self, record: CohortMember) -> str:
        return moment(record.since)


class ChosenMemberTable(MemberTable):
    """The same for whoever may take people out of the cohort: a box to tick stands before each."""

    tick = Column(
        verbose_name=_("Selection"),
        accessor="person_id",
        orderable=False,
        attrs={"th": {"class": "tick-column"}, "td": {"class": "plain tick-column"}},
    )

    class Meta(MemberTable.Meta):
        sequence = ("tick", "...")

    def render_tick(self, record: CohortMember) -> SafeString:
        return format_html(
            '<label class="tick-cell"><input class="tick" type="checkbox" form="{}" name="person" value="{}"'
            ' autocomplete="off"><span class="visually-hidden">{}</span></label>',
            LEAVING_FORM,
            record.person_id,
            gettext("Select %(name)s") % {"name": record.person},
        )


class MemberFilters(FilterSet):
    q = KeywordFilter(
        label=_("Search"), placeholder=_("Name, username, number or e-mail"), field_name="person__search_key"
    )

    class Meta:
        model = CohortMember
        fields: list[str] = []
