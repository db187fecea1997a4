"""The list of runs and the ledger of one, with their filters."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, FilterSet
from django_tables2 import Column, Table

from enrolhub.sync.models import Change, Run
from enrolhub.sync.queries import APPLIED, CHANGES_BY_EFFECT, COUNTED, HELD, PLANNED
from enrolhub.sync.states import author_words, badge_of, marks_of
from enrolhub.sync.wording import (
    Named,
    counted_relations,
    known_kinds,
    known_reasons,
    known_relations,
    people_found_by,
    run_name,
)
from enrolhub.web.filters import LONGEST_KEYWORDS, KeywordFilter, PickFilter
from enrolhub.web.templatetags.enrolhub import duration, moment, number, state

NUMBER = {"th": {"class": "num"}, "td": {"class": "num"}}
DATE = {"td": {"class": "date"}}


class RunTable(Table):  # type: ignore[misc]  # the library has no types
    """Runs, newest first: what, when, by whom, what it did, how it ended."""

    name = Column(verbose_name=_("Run"), empty_values=(), orderable=False)
    requested_at = Column(verbose_name=_("When"), attrs=DATE)
    author = Column(verbose_name=_("By"), empty_values=(), orderable=False)
    arrivals = Column(verbose_name=_("Arrivals"), attrs=NUMBER)
    departures = Column(verbose_name=_("Departures"), attrs=NUMBER)
    alterations = Column(verbose_name=_("Alterations"), attrs=NUMBER)
    length = Column(verbose_name=_("Duration"), empty_values=(), orderable=False, attrs=NUMBER)
    state = Column(verbose_name=_("State"), attrs={"td": {"class": "plain"}})

    caption = _("Runs: what each one did and how it ended")
    row_header = "name"

    class Meta:
        order_by = ("-requested_at",)

    def render_name(self, record: Run) -> SafeString:
        link = format_html('<a href="{}">{}</a>', reverse("sync:run", args=[record.pk]), run_name(record))
        return format_html("{} {}", link, state("quiet", gettext("Dry run"), "eye")) if record.dry_run else link

    def render_requested_at(self, record: Run) -> str:
        return moment(record.started_at or record.requested_at)

    def render_author(self, record: Run) -> str:
        return author_words(record)

    def render_arrivals(self, value: int) -> str:
        return number(value)

    def render_departures(self, value: int) -> str:
        return number(value)

    def render_alterations(self, value: int) -> str:
        return number(value)

    def render_length(self, record: Run) -> str:
        if not record.started_at or not record.finished_at:
            return duration(None)
        return duration(record.finished_at - record.started_at)

    def render_state(self, record: Run) -> SafeString:
        badge = badge_of(record)
        shown = state(badge.tone, badge.word, badge.icon)
        marks = ", ".join(marks_of(record))
        return format_html('{} <span class="second">{}</span>', shown, marks) if marks else shown


def _kinds() -> list[tuple[str, str]]:
    return list(known_kinds().items())


def _run_states() -> list[tuple[str, str]]:
    return [(run_state.value, badge_of(Run(state=run_state)).word) for run_state in Run.State]


class RunFilters(FilterSet):  # type: ignore[misc]
    kind = PickFilter(label=_("Kind"), everything=_("All"), choices=_kinds)
    state = PickFilter(label=_("State"), everything=_("All"), choices=_run_states)

    class Meta:
        model = Run
        fields: list[str] = []


class ToldChanges(Table):  # type: ignore[misc]
    """Changes, wherever they are listed; each record carries its ``line``, made for the whole page at once."""

    person = Column(verbose_name=_("Person"), orderable=False, empty_values=())
    action = Column(verbose_name=_("Change"), orderable=False)
    facts = Column(
        verbose_name=_("Before and after"), empty_values=(), orderable=False, attrs={"td": {"class": "wide"}}
    )
    reason = Column(verbose_name=_("Reason"), empty_values=(), orderable=False)

    row_header = "person"

    def render_action(self, record: Any) -> SafeString:
        badge = record.line.action
        return state(badge.tone, badge.word, badge.icon)

    def render_facts(self, record: Any) -> str:
        return facts_list(record)

    def render_reason(self, record: Any) -> SafeString | str:
        line = record.line
        if line.reason and line.source:
            return format_html('{} <span class="second">{}</span>', line.reason, line.source)
        return line.reason or line.source or "—"


class ChangeTable(ToldChanges):
    """The ledger of a run; a ``line`` is a ``ledger.LedgerLine``."""

    scope = Column(verbose_name=_("Where"), orderable=False)
    effect = Column(verbose_name=_("Effect"), empty_values=(), orderable=False, attrs={"td": {"class": "plain"}})

    caption = _("Changes of this run, one by one")

    class Meta:
        sequence = ("person", "action", "scope", "...")

    def render_person(self, record: Any) -> SafeString:
        line = record.line
        return format_html('{} <span class="second">{}</span>', line.person.name, line.username)

    def render_scope(self, record: Any) -> SafeString:
        line = record.line
        name = linked(line.scope)
        code = line.code if line.scope.name != line.code else ""
        item = f" · {line.item}" if line.item else ""
        return format_html(
            '{} <span class="second">{}{}{}</span>', name, f"{code} · " if code else "", line.relation, item
        )

    def render_effect(self, record: Any) -> SafeString:
        badge = record.line.effect
        return state(badge.tone, badge.word, badge.icon)


def linked(named: Named) -> str:
    """A name that leads to its page when it has one."""
    return format_html('<a href="{}">{}</a>', named.url, named.name) if named.url else format_html("{}", named.name)


def facts_list(record: Any) -> str:
    """« Rôle : Étudiant → Tuteur », one fact a line."""
    lines = [
        format_html("<li>{}</li>", _fact_words(fact.label, fact.before, fact.after, record.action))
        for fact in record.line.facts
    ]
    return format_html("<ul>{}</ul>", mark_safe("".join(lines))) if lines else "—"  # noqa: S308  # safe strings


def _fact_words(label: str, before: str, after: str, action: str) -> SafeString:
    labelled = gettext("%(label)s: ") % {"label": label}
    if before == after or (not (before and after) and action != Change.Action.ALTERATION):
        return format_html('<span class="quiet">{}</span>{}', labelled, after or before)
    nothing = gettext("nothing")
    return format_html(
        '<span class="quiet">{}</span>{} <span aria-hidden="true">→</span><span class="visually-hidden">{}</span> {}',
        labelled,
        before or nothing,
        gettext("then"),
        after or nothing,
    )


def _relations() -> list[tuple[str, str]]:
    every = [(COUNTED, gettext("What the totals count"))]
    return every + [(name, str(words.label)) for name, words in known_relations().items() if words.facts]


def _reasons() -> list[tuple[str, str]]:
    return list(known_reasons().items())


ACTIONS = [("A", _("Arrivals")), ("D", _("Departures")), ("M", _("Alterations"))]
EFFECTS = [(APPLIED, _("Applied")), (HELD, _("Held")), (PLANNED, _("Not applied"))]


class ChangeFilters(FilterSet):  # type: ignore[misc]
    """Filters of a ledger; the code of a scope that the run did not touch is an error."""

    person = KeywordFilter(label=_("Person"), placeholder=_("Name, username or number"), method="keep_person")
    relation = PickFilter(label=_("List"), everything=_("All"), choices=_relations, method="keep_relation")
    action = PickFilter(label=_("Change"), everything=_("All"), choices=ACTIONS)
    effect = PickFilter(label=_("Effect"), everything=_("All"), choices=EFFECTS, method="keep_effect")
    scope = CharFilter(label=_("Course or cohort code"), method="keep_scope", max_length=LONGEST_KEYWORDS)
    reason = PickFilter(label=_("Reason"), everything=_("All"), choices=_reasons)

    class Meta:
        model = Change
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.form.fields["scope"]
        field.widget.attrs.update({"class": "form-control", "autocomplete": "off"})
        field.validators.append(self.check_scope)

    def check_scope(self, value: str) -> None:
        """A code that the run did not touch is a mistake, not an innocent empty list."""
        # Every check of a field is made, whatever the others say: some databases cannot be asked for a null character.
        if "\x00" in value or not self.keep_scope(self.queryset, "scope", value).exists():
            raise ValidationError(gettext("this run did not touch it"), code="unknown")

    def keep_person(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(Q(person__in=people_found_by(value)) | Q(person=value))

    def keep_relation(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(scope__phase__relation__in=counted_relations() if value == COUNTED else [value])

    def keep_effect(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(CHANGES_BY_EFFECT[value])

    def keep_scope(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(scope__code__in=[value, value.upper()])
