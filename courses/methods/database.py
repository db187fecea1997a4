"""« Base de données »: pedagogical registrations of APOGÉE, through the elements a course is linked to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from cohorts.departure_reasons import account_reasons, registration_reasons, student_number_of_change, vanishing
from cohorts.models import StagedGroup, StagedRegistration
from cohorts.register import Register, vanishes_tonight
from cohorts.relations import ELIGIBLE, source_of
from courses.methods.database_form import DatabaseForm
from courses.methods.expressions import EMPTY, is_admitted, is_excluded, plain_facts
from courses.models import CourseUnit, Exclusion, Method
from enrolhub.sync.relation import Reasons

#: From a method to the staged pedagogical registrations of its course's elements, and to their students.
ROWS = "course__units__registrations"
STUDENT = f"{ROWS}__student"


def in_group(register: Register) -> Exists:
    """Whether the (outer) registration's student is assigned to the (outer) link's group."""
    groups = StagedGroup.objects.filter(
        file=register.file("groupes"),
        academic_year=OuterRef(f"{ROWS}__academic_year"),
        unit_code=OuterRef(f"{ROWS}__unit_code"),
        group_code=OuterRef("course__units__group_code"),
        assignments__file=register.file("affectations_groupes"),
        assignments__student_number=OuterRef(f"{ROWS}__student_number"),
    )
    return Exists(groups)


class Database:
    kind = Method.Kind.DATABASE
    icon = "database"
    form = DatabaseForm
    comes_by_hand = False
    is_single = True
    manages_dates = False

    def problems(self, method: Method) -> Mapping[str, str]:
        return {}

    def desired(
        self, methods: QuerySet[Method], register: Register, *, lifted: Sequence[int] = ()
    ) -> QuerySet[Any, Any]:
        # One filter: conditions of a second one would join the registrations a second time.
        rows = methods.filter(
            *self.conditions(register, lifted),
            course__academic_year=F(f"{ROWS}__academic_year"),
            course__units__registrations__file=register.file("inscriptions_pedagogiques"),
            course__units__registrations__followed="N",
            course__units__registrations__student__account_state__in=ELIGIBLE,
        )
        source = source_of("inscriptions_pedagogiques")
        keys = ("pk", f"{STUDENT}__id", EMPTY)
        return rows.order_by().values_list(*keys, plain_facts(), is_admitted(), source, f"{ROWS}__line")

    def conditions(self, register: Register, lifted: Sequence[int]) -> Iterator[Q]:
        yield self.of_programme()
        yield Q(register.covering(f"{ROWS}__"))
        if CourseUnit.objects.exclude(group_code="").exists():
            yield Q(course__units__group_code="") | Q(in_group(register))
        if Exclusion.objects.filter(method__kind=self.kind).exists():
            yield ~Q(is_excluded("pk", f"{STUDENT}__id", lifted))
        if vanishing(register.run_id):
            yield ~Q(vanishes_tonight(register.run_id, f"{STUDENT}__username"))

    def of_programme(self) -> Q:
        """Links restricted to an étape, or to one version of it, admit its students only."""
        programme = Q(course__units__programme_code="") | Q(course__units__programme_code=F(f"{ROWS}__programme_code"))
        version = Q(course__units__version_code="") | Q(course__units__version_code=F(f"{ROWS}__version_code"))
        return programme & version

    def is_suspended_tonight(self, register: Register) -> Q:
        return Q(pk__in=[])

    def departure_reasons(self, register: Register) -> Reasons:
        method = Method.objects.filter(pk=OuterRef(OuterRef("scope__ref"))).order_by()
        administrative = StagedRegistration.objects.filter(
            file=register.file("inscriptions_administratives"),
            student_number=Subquery(student_number_of_change()),
            academic_year=Subquery(method.values("course__academic_year")[:1]),
        )
        excluded = is_excluded("scope__ref", "member")
        return [*account_reasons(register), ("excluded", excluded), *registration_reasons(administrative)]
