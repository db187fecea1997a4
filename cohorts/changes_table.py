"""What changed in a cohort, newest first: who joined and left, by which run, and why; and what became of its name."""

from typing import Any

from django.db.models import Case, DateTimeField, F, Q, QuerySet, When
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column

from cohorts.bulk.members import NAME as BY_HAND
from cohorts.hand.cohort_rows import NAME as COHORTS
from cohorts.models import Cohort
from cohorts.relations import CohortMembers
from enrolhub.sync.models import Change
from enrolhub.sync.states import author_words
from enrolhub.sync.tables import ACTIONS, ToldChanges, linked
from enrolhub.sync.wording import Named, people_found_by, run_name
from enrolhub.web.filters import KeywordFilter, PickFilter
from enrolhub.web.navigation import url_or_none
from enrolhub.web.templatetags.enrolhub import moment

MEMBERS = (CohortMembers.name, BY_HAND)
IS_DEPARTURE = Q(action=Change.Action.DEPARTURE)
TOOK_EFFECT = (IS_DEPARTURE & Q(scope__departed_at__isnull=False)) | (
    ~IS_DEPARTURE & Q(scope__arrived_at__isnull=False)
)


class CohortChangeTable(ToldChanges):
    """Changes of one cohort; a ``line`` is one of ``enrolhub.sync.ledger``."""

    at = Column(verbose_name=_("When"), attrs={"td": {"class": "date last"}})
    run = Column(verbose_name=_("By"), empty_values=(), orderable=False)

    caption = _("Changes of this cohort, one by one")

    class Meta:
        order_by = ("-at",)
        sequence = ("at", "...", "run")

    def render_at(self, record: Any) -> str:
        return moment(record.at)

    def render_person(self, record: Any) -> SafeString | str:
        if not record.person:
            return format_html("{}", _("the cohort itself"))
        return format_html('{} <span class="second">{}</span>', linked(record.line.person), record.person)

    def render_run(self, record: Any) -> SafeString:
        run = record.scope.phase.run
        named = Named(run_name(run), url_or_none("sync:run", run.pk) or "")
        return format_html('{} <span class="second">{}</span>', linked(named), author_words(run))


class CohortChangeFilters(FilterSet):
    person = KeywordFilter(label=_("Person"), placeholder=_("Name, username or number"), method="keep_person")
    action = PickFilter(label=_("Change"), everything=_("All"), choices=ACTIONS)

    class Meta:
        model = Change
        fields: list[str] = []

    def keep_person(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(Q(person__in=people_found_by(value)) | Q(person=value))


def changes_of(cohort: Cohort) -> QuerySet[Change]:
    """What took effect in the cohort, each change with ``at`` (UTC)."""
    members = Q(scope__code=cohort.code, scope__phase__relation__in=MEMBERS)
    itself = Q(scope__phase__relation=COHORTS, item=cohort.code)
    at = Case(
        When(IS_DEPARTURE, then=F("scope__departed_at")), default=F("scope__arrived_at"), output_field=DateTimeField()
    )
    rows = Change.objects.filter(members | itself, TOOK_EFFECT, scope__phase__run__dry_run=False)
    related = ("scope__phase__run__author", "scope__phase__run__undoes")
    return rows.select_related(*related).annotate(at=at).order_by()
