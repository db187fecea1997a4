"""The courses open to whoever looks at them, with a search."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_tables2 import Column, Table

from courses.models import Method
from courses.self_enrolment.keys import needs_key
from courses.self_enrolment.openings import is_full
from courses.self_enrolment.wording import say_moment, say_places
from enrolhub.web.filters import KeywordFilter, keywords_in
from enrolhub.web.templatetags.enrolhub import icon, state
from enrolhub.web.templatetags.filters import academic_year


class OpenCourseTable(Table):
    """One line for each way into a course; each record carries its places ``taken``."""

    course = Column(verbose_name=_("Course"), order_by=("course__title_key", "course__code"))
    platform = Column(verbose_name=_("Platform"), accessor="course__platform__name")
    year = Column(verbose_name=_("Year"), accessor="course__academic_year", empty_values=())
    key = Column(verbose_name=_("Key"), empty_values=(), orderable=False, attrs={"td": {"class": "plain"}})
    places = Column(verbose_name=_("Places left"), empty_values=(), orderable=False)
    ends_at = Column(verbose_name=_("Open until"), empty_values=(), attrs={"td": {"class": "date"}})

    caption = _("Courses in which you can enrol")
    row_header = "course"

    class Meta:
        order_by = ("course",)

    def render_course(self, record: Method) -> SafeString:
        address = reverse("courses:self_enrol", args=[record.course.code])
        name = format_html('<span class="second">{}</span>', record.name) if record.name else ""
        title = format_html('<a href="{}">{}</a>', address, record.course.title)
        return format_html('{}{}<span class="second code">{}</span>', title, name, record.course.code)

    def render_year(self, record: Method) -> str:
        return academic_year(record.course.academic_year) or "—"

    def render_key(self, record: Method) -> SafeString | str:
        if not needs_key(record):
            return gettext("without a key")
        return format_html("{} {}", icon("key"), gettext("with a key"))

    def render_places(self, record: Method) -> SafeString | str:
        taken: int = record.taken  # type: ignore[attr-defined]  # annotated by openings.with_taken
        words = say_places(record, taken)
        return state("wait", words, "person-x") if is_full(record, taken) else words or "—"

    def render_ends_at(self, record: Method) -> str:
        return say_moment(record.ends_at) or "—"


class OpenCourseFilters(FilterSet):
    q = KeywordFilter(label=_("Search"), placeholder=_("Title or code"), method="keep_keywords")

    class Meta:
        model = Method
        fields: list[str] = []

    def keep_keywords(self, rows: QuerySet[Method], name: str, value: str) -> QuerySet[Method]:
        return rows.filter(keywords_in(value, "course__search_key__contains"))
