"""The list of courses, with its filters."""

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

from courses.models import Course, Platform
from courses.queries import overdue_courses, without_participants
from enrolhub.sync.tables import NUMBER
from enrolhub.web.filters import NONE, OVERDUE, KeywordFilter, PickFilter, keywords_in, offer_values
from enrolhub.web.templatetags.enrolhub import icon, number, or_dash, state
from enrolhub.web.templatetags.filters import academic_year

AUTOMATIC, BY_HAND = "auto", "manual"


class CourseTable(Table):
    title = Column(verbose_name=_("Course"), order_by=("title_key",))
    platform = Column(verbose_name=_("Platform"), accessor="platform__name")
    component = Column(verbose_name=_("Component"), empty_values=())
    academic_year = Column(verbose_name=_("Year"), empty_values=())
    creation = Column(verbose_name=_("Creation"), accessor="created_automatically")
    participant_count = Column(verbose_name=_("Participants"), attrs=NUMBER)

    caption = _("Courses")
    row_header = "title"

    class Meta:
        order_by = ("title",)

    def render_title(self, record: Course) -> SafeString:
        address = reverse("courses:participants", args=[record.code])
        hidden = format_html(" {}", state("off", gettext("Hidden"), "eye-slash")) if not record.visible else ""
        return format_html(
            '<a href="{}">{}</a>{}<span class="second code">{}</span>', address, record.title, hidden, record.code
        )

    def render_component(self, record: Course) -> str:
        return str(or_dash(record.component))

    def render_academic_year(self, record: Course) -> str:
        return academic_year(record.academic_year) or "—"

    def render_creation(self, value: bool) -> SafeString:
        if value:
            return format_html("{} {}", icon("database"), gettext("Automatic"))
        return format_html("{} {}", icon("pencil"), gettext("By hand"))

    def render_participant_count(self, value: int) -> SafeString | str:
        return number(value) if value else state("wait", gettext("Nobody"), "person-x")


def _platforms() -> list[tuple[str, str]]:
    return list(Platform.objects.values_list("code", "name"))


CREATIONS = [(AUTOMATIC, _("Automatic")), (BY_HAND, _("By hand"))]


class CourseFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Title or code"), method="keep_keywords")
    platform = PickFilter(label=_("Platform"), everything=_("All"), choices=_platforms, field_name="platform__code")
    component = PickFilter(label=_("Component"), everything=_("All"), choices=(), method="keep_text")
    year = PickFilter(label=_("Year"), everything=_("All"), choices=(), field_name="academic_year", method="keep_text")
    creation = PickFilter(label=_("Creation"), everything=_("All"), choices=CREATIONS, method="keep_creation")
    participants = PickFilter(
        label=_("Participants"), everything=_("All"), choices=[(NONE, _("Nobody"))], method="keep_empty"
    )
    refresh = PickFilter(
        label=_("Freshness"), everything=_("All"), choices=[(OVERDUE, _("More than 24 h ago"))], method="keep_overdue"
    )

    class Meta:
        model = Course
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_values(self, "component", "component", gettext("No component"))
        offer_values(self, "year", "academic_year", gettext("No year"))

    def keep_keywords(self, rows: QuerySet[Course], name: str, value: str) -> QuerySet[Course]:
        return rows.filter(keywords_in(value, "search_key__contains"))

    def keep_text(self, rows: QuerySet[Course], name: str, value: str) -> QuerySet[Course]:
        return rows.filter(**{name: "" if value == NONE else value})

    def keep_creation(self, rows: QuerySet[Course], name: str, value: str) -> QuerySet[Course]:
        return rows.filter(created_automatically=value == AUTOMATIC)

    def keep_empty(self, rows: QuerySet[Course], name: str, value: str) -> QuerySet[Course]:
        return without_participants(rows)

    def keep_overdue(self, rows: QuerySet[Course], name: str, value: str) -> QuerySet[Course]:
        return overdue_courses(rows, timezone.now())
