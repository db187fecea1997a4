"""« Lien méta-cours »: a source course's own enrolments, whatever gave them but another meta link, so chains cannot form.

Someone suspended everywhere in the source is suspended here; dates are the widest of the source's. Of several roles
that someone has in the source the first that becomes one here counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from cohorts.departure_reasons import account_reasons, vanishing
from cohorts.register import Register, departures_tonight, leaves_tonight, leaving_scopes, vanishes_tonight
from cohorts.relations import ELIGIBLE
from courses.methods.expressions import EMPTY, NO_LINE, SYNC, is_admitted, is_excluded
from courses.methods.meta_link_form import MetaLinkForm
from courses.methods.role_map import mapped_position, role_at
from courses.models import Exclusion, Method
from enrolhub.sync.facts import JoinedFacts, TimeText
from enrolhub.sync.relation import Reasons

SOURCE = "source_course__methods"
ROWS = f"{SOURCE}__enrolments"
FEEDING = ("database", "cohort_sync")


class MetaLink:
    kind = Method.Kind.META_LINK
    icon = "link-45deg"
    form = MetaLinkForm
    comes_by_hand = True
    is_single = False
    manages_dates = True

    def problems(self, method: Method) -> Mapping[str, str]:
        assert method.source_course is not None
        if method.source_course_id == method.course_id:
            return {"source": _("A course cannot be its own source. Take it away.")}
        twins = Method.objects.filter(course=method.course, source_course=method.source_course).exclude(pk=method.pk)
        if twins.exists():
            words = _("“%(course)s” feeds this course already. Take it away, or change the method there is.")
            return {"source": words % {"course": method.source_course.title}}
        return {}

    def desired(
        self, methods: QuerySet[Method], register: Register, *, lifted: Sequence[int] = ()
    ) -> QuerySet[Any, Any]:
        rows = methods.filter(
            *self.conditions(register, lifted),
            source_course__methods__kind__in=[kind for kind in Method.KINDS if kind != Method.Kind.META_LINK],
            source_course__methods__enrolments__person__account_state__in=ELIGIBLE,
        )
        counted: QuerySet[Any, Any] = (
            rows.order_by()
            .values("pk", f"{ROWS}__person_id")
            .annotate(
                **widest_dates(),
                **suspensions(),
                first_role=Min(mapped_position(methods, f"{ROWS}__role")),
                admitted=Min(is_admitted()),
                source_code=Min("source_course__code"),
            )
        )
        # Whose roles of the source all become nothing does not come along.
        counted = counted.filter(first_role__isnull=False).annotate(given_role=role_at("first_role"))
        facts = JoinedFacts(F("given_role"), suspension(), *dates())
        source = Concat(Value("course:"), F("source_code"), output_field=CharField())
        return counted.values_list("pk", f"{ROWS}__person_id", EMPTY, facts, "admitted", source, NO_LINE)

    def conditions(self, register: Register, lifted: Sequence[int]) -> Iterator[Q]:
        """Without the enrolments and people that leave tonight or were removed by hand."""
        person = f"{ROWS}__person_id"
        if leaving_scopes(register.run_id, *FEEDING).exists():
            yield ~Q(leaves_tonight(register.run_id, FEEDING, f"{SOURCE}__id", person))
        if vanishing(register.run_id):
            yield ~Q(vanishes_tonight(register.run_id, f"{ROWS}__person__username"))
        if Exclusion.objects.filter(method__kind=self.kind).exists():
            yield ~Q(is_excluded("pk", person, lifted))

    def is_suspended_tonight(self, register: Register) -> Q:
        suspended = departures_tonight(register.run_id, *FEEDING).exclude(after="")
        if not suspended.exists():
            return Q(pk__in=[])
        methods = Method.objects.filter(course=OuterRef(OuterRef("method__source_course"))).order_by().values("pk")
        return Q(Exists(suspended.filter(member=OuterRef("person"), scope__ref__in=methods)))

    def departure_reasons(self, register: Register) -> Reasons:
        excluded = is_excluded("scope__ref", "member")
        return [*account_reasons(register), ("excluded", excluded), ("left_source_course", None)]


def suspensions() -> dict[str, Count]:
    """How many source enrolments a person has, and how many of them let them in."""
    working = Q(**{f"{ROWS}__suspended_by": "", f"{SOURCE}__enabled": True})
    return {"row_count": Count(f"{ROWS}__pk"), "working_count": Count(f"{ROWS}__pk", filter=working)}


def suspension() -> Case:
    return Case(When(working_count=0, then=SYNC), default=EMPTY, output_field=CharField())


def widest_dates() -> dict[str, Any]:
    """The earliest start and latest end; one enrolment without a date has it open, so the whole has."""
    return {
        "first_start": Min(f"{ROWS}__starts_at"),
        "start_count": Count(f"{ROWS}__starts_at"),
        "last_end": Max(f"{ROWS}__ends_at"),
        "end_count": Count(f"{ROWS}__ends_at"),
    }


def dates() -> tuple[TimeText, TimeText]:
    return TimeText(bounded("start_count", "first_start")), TimeText(bounded("end_count", "last_end"))


def bounded(count: str, date: str) -> Case:
    return Case(When(**{count: F("row_count")}, then=F(date)), default=None, output_field=DateTimeField())
