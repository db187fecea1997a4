"""The history as a list, with its filters."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, FilterSet
from django_tables2 import Column

from courses.history.changes import HAND, took_effect
from courses.history.days import end_of, read_day, start_of
from enrolhub.sync.guards import Reason
from enrolhub.sync.models import Change
from enrolhub.sync.tables import ACTIONS, ToldChanges, linked
from enrolhub.sync.wording import known_kinds, known_reasons, people_found_by
from enrolhub.web.filters import KeywordFilter, PickFilter
from enrolhub.web.templatetags.enrolhub import moment, state

#: What the address says for « given by hand » and for « by a method that is gone ».
BY_HAND, GONE = "hand", "gone"


class HistoryTable(ToldChanges):
    """Changes, newest first; a ``line`` is a ``lines.HistoryLine``."""

    at = Column(verbose_name=_("When"), attrs={"td": {"class": "date last"}})
    run = Column(verbose_name=_("By"), empty_values=(), orderable=False)

    caption = _("Changes of this course, one by one")

    class Meta:
        order_by = ("-at",)
        sequence = ("at", "...", "run")

    def render_at(self, record: Any) -> str | SafeString:
        return moment(record.at)

    def render_person(self, record: Any) -> SafeString:
        line = record.line
        return format_html('{} <span class="second">{}</span>', linked(line.person), line.username)

    def render_action(self, record: Any) -> SafeString:
        line = record.line
        badge = state(line.action.tone, line.action.word, line.action.icon)
        return format_html('{} <span class="second">{} · {}</span>', badge, line.what, line.method)

    def render_run(self, record: Any) -> SafeString:
        line = record.line
        name = format_html('<a href="{}">{}</a>', line.run_url, line.run) if line.run_url else line.run
        back = format_html(' · <a href="{}">{}</a>', line.undo_url, gettext("Take it back…")) if line.undo_url else ""
        return format_html('{} <span class="second">{}{}</span>', name, line.author, back)


def _reasons() -> list[tuple[str, str]]:
    """Why a change happened; why a departure is held is another matter."""
    return [(code, words) for code, words in known_reasons().items() if code not in list(Reason)]


def _kinds() -> list[tuple[str, str]]:
    return list(known_kinds().items())


class DayFilter(CharFilter):
    """One day, written ``YYYY-MM-DD`` whatever the language; anything else is an error of the form."""

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"})
        super().__init__(label=label, widget=widget, validators=[check_day], **kwargs)


def check_day(value: str) -> None:
    """Raises ValidationError for what is no day of a history."""
    try:
        read_day(value)
    except ValueError:
        raise ValidationError(gettext("write a date as YYYY-MM-DD."), code="invalid") from None


class HistoryForm(forms.Form):
    """The filters as a form: what only makes sense together is checked here."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and read_day(until) < read_day(since):
            self.add_error("until", gettext("it is before the first day."))
        return cleaned


class HistoryFilters(FilterSet):
    """Filters of the history; ``methods`` are the choices of the course (``filters_of``)."""

    methods: Sequence[tuple[str, str]] = ()

    person = KeywordFilter(label=_("Person"), placeholder=_("Name, username or number"), method="keep_person")
    action = PickFilter(label=_("Change"), everything=_("All"), choices=ACTIONS)
    method = PickFilter(label=_("Method"), everything=_("All"), choices=(), method="keep_method")
    reason = PickFilter(label=_("Reason"), everything=_("All"), choices=_reasons)
    run = PickFilter(label=_("Kind of run"), everything=_("All"), choices=_kinds, field_name="scope__phase__run__kind")
    since = DayFilter(label=_("From"), method="keep_since")
    until = DayFilter(label=_("Until"), method="keep_until")

    class Meta:
        model = Change
        fields: list[str] = []
        form = HistoryForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_hand, gone = gettext("Groups given by hand"), gettext("Methods deleted since")
        self.filters["method"].extra["choices"] = [*self.methods, (BY_HAND, by_hand), (GONE, gone)]

    def keep_person(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(Q(person__in=people_found_by(value)) | Q(person=value))

    def keep_method(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        # The scope of a membership by hand is the course: its number says nothing of methods.
        of_hand = Q(scope__phase__relation=HAND)
        if value == BY_HAND:
            return rows.filter(of_hand)
        if value == GONE:
            return rows.exclude(of_hand).exclude(scope__ref__in=[int(pk) for pk, _label in self.methods])
        return rows.exclude(of_hand).filter(scope__ref=int(value))

    def keep_since(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(took_effect("gte", start_of(read_day(value))))

    def keep_until(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return rows.filter(took_effect("lte", end_of(read_day(value))))


def filters_of(methods: Sequence[tuple[int, str]]) -> type[HistoryFilters]:
    """The filters of a course that has these methods."""
    return type("HistoryFiltersOfCourse", (HistoryFilters,), {"methods": [(str(pk), label) for pk, label in methods]})
