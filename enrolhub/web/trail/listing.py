"""The list of events: its columns and its filters."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, DateFilter, FilterSet
from django_tables2 import Column, Table

from enrolhub.access.models import Event
from enrolhub.web.filters import LONGEST_KEYWORDS, PickFilter
from enrolhub.web.templatetags.enrolhub import exactly, number, state
from enrolhub.web.trail.wording import OUTCOMES, Outcome, action_words, actions_that_ended, known_actions, say_target

#: Beyond them a day has no midnight in UTC.
DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9998, 12, 31))]
NUMBER = {"th": {"class": "num"}, "td": {"class": "num"}}


class EventTable(Table):
    """Events, newest first: when, who, what, on what, how many."""

    at = Column(verbose_name=_("When"), attrs={"td": {"class": "date"}})
    actor = Column(verbose_name=_("Who"), empty_values=())
    action = Column(verbose_name=_("What"), attrs={"td": {"class": "plain"}}, orderable=False)
    target = Column(verbose_name=_("On what"), empty_values=(), attrs={"td": {"class": "wide"}})
    count = Column(verbose_name=_("How many"), attrs=NUMBER, orderable=False)
    address = Column(verbose_name=_("From where"), empty_values=(), orderable=False)

    caption = _("Events of the audit trail")
    row_header = "at"

    class Meta:
        order_by = ("-at",)

    def render_at(self, record: Event) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("trail:event", args=[record.pk]), exactly(record.at))

    def render_actor(self, value: str) -> str:
        return value or "—"

    def render_action(self, record: Event) -> SafeString | str:
        words = action_words(record)
        return state("bad", str(words.label)) if words.outcome == Outcome.REFUSED else str(words.label)

    def render_target(self, record: Event) -> SafeString | str:
        words = action_words(record)
        url = words.url_of(record) if words.url_of else None
        if url:
            return format_html('<a href="{}">{}</a>', url, say_target(record))
        return say_target(record)

    def render_count(self, value: int) -> str:
        return number(value)

    def render_address(self, value: str) -> str:
        return value or "—"


def _text(label: Any, placeholder: Any, name: str) -> CharFilter:
    attrs = {"class": "form-control", "type": "search", "placeholder": placeholder, "autocomplete": "off"}
    widget = forms.TextInput(attrs=attrs)
    return CharFilter(label=label, field_name=name, lookup_expr="icontains", widget=widget, max_length=LONGEST_KEYWORDS)


def _day(label: Any, method: str) -> DateFilter:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"})
    return DateFilter(label=label, method=method, widget=widget, input_formats=["%Y-%m-%d"], validators=DAYS)


def _actions() -> list[tuple[str, str]]:
    return sorted(((code, str(words.label)) for code, words in known_actions().items()), key=lambda pair: pair[1])


def midnight(day: Any, days: int = 0) -> datetime:
    """The beginning of that day, or of one so many days later, on the clocks of the site."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))


class EventFilters(FilterSet):
    actor = _text(_("Who"), _("User name"), "actor")
    target = _text(_("On what"), _("Course, run, file…"), "target")
    action = PickFilter(label=_("What"), everything=_("All"), choices=_actions)
    outcome = PickFilter(label=_("Outcome"), everything=_("All"), choices=list(OUTCOMES.items()), method="keep_outcome")
    since = _day(_("From"), "keep_since")
    until = _day(_("To"), "keep_until")

    class Meta:
        model = Event
        fields: list[str] = []

    def keep_outcome(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(action__in=actions_that_ended(value))

    def keep_since(self, rows: QuerySet[Event], name: str, value: Any) -> QuerySet[Event]:
        return rows.filter(at__gte=midnight(value))

    def keep_until(self, rows: QuerySet[Event], name: str, value: Any) -> QuerySet[Event]:
        return rows.filter(at__lt=midnight(value, days=1))
