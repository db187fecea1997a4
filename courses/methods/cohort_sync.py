"""« Synchronisation des cohortes »: the members of one cohort, whoever keeps it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from cohorts.departure_reasons import account_reasons, vanishing
from cohorts.models import Cohort
from cohorts.register import Register, leaves_tonight, leaving_scopes, vanishes_tonight
from cohorts.relations import ELIGIBLE
from courses.methods.cohort_sync_form import CohortSyncForm
from courses.methods.expressions import EMPTY, NO_LINE, is_admitted, is_excluded, plain_facts
from courses.models import Exclusion, Method
from enrolhub.sync.relation import Reasons

MEMBERS = "source_cohort__members"
MEMBERSHIPS = ("cohort_members",)


class CohortSync:
    kind = Method.Kind.COHORT_SYNC
    icon = "arrow-repeat"
    form = CohortSyncForm
    comes_by_hand = True
    is_single = False
    manages_dates = False

    def problems(self, method: Method) -> Mapping[str, str]:
        twins = Method.objects.filter(course=method.course, source_cohort=method.source_cohort, role=method.role)
        if twins.exclude(pk=method.pk).exists():
            words = _(
                "“%(cohort)s” feeds this course already with the role “%(role)s”. Choose another cohort or another role."
            )
            return {"cohort": words % {"cohort": method.source_cohort, "role": method.role}}
        return {}

    def desired(
        self, methods: QuerySet[Method], register: Register, *, lifted: Sequence[int] = ()
    ) -> QuerySet[Any, Any]:
        state = {f"{MEMBERS}__person__account_state__in": ELIGIBLE}
        rows = methods.filter(*self.conditions(register, lifted), **state)
        source = Concat(Value("cohort:"), F("source_cohort__code"), output_field=CharField())
        keys = ("pk", f"{MEMBERS}__person_id", EMPTY)
        return rows.order_by().values_list(*keys, plain_facts(), is_admitted(), source, NO_LINE)

    def conditions(self, register: Register, lifted: Sequence[int]) -> Iterator[Q]:
        person = f"{MEMBERS}__person_id"
        if leaving_scopes(register.run_id, *MEMBERSHIPS).exists():
            yield ~Q(leaves_tonight(register.run_id, MEMBERSHIPS, "source_cohort_id", person))
        if vanishing(register.run_id):
            yield ~Q(vanishes_tonight(register.run_id, f"{MEMBERS}__person__username"))
        if Exclusion.objects.filter(method__kind=self.kind).exists():
            yield ~Q(is_excluded("pk", person, lifted))

    def is_suspended_tonight(self, register: Register) -> Q:
        return Q(pk__in=[])

    def departure_reasons(self, register: Register) -> Reasons:
        excluded = is_excluded("scope__ref", "member")
        return [*account_reasons(register), ("excluded", excluded), ("left_cohort", None)]


def methods_of(cohort: Cohort) -> QuerySet[Method]:
    """The methods that follow a cohort."""
    return Method.objects.filter(kind=Method.Kind.COHORT_SYNC, source_cohort=cohort)
