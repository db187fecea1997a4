"""A sixth kind of method, as docs/methods.md tells to make one: whoever has ever opened the course is let in again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from cohorts.departure_reasons import account_reasons
from cohorts.register import Register
from cohorts.relations import ELIGIBLE
from courses.methods.expressions import EMPTY, NO_LINE, is_admitted, is_excluded, plain_facts
from courses.methods.form import MethodForm
from courses.models import Method
from enrolhub.sync.relation import Reasons

PERSON = "course__participations__person"


class Kind(TextChoices):
    VISITORS = "visitors", _("Participants")


class VisitorsForm(MethodForm):
    kind = Kind.VISITORS
    without = ("group", "new_group")


class Visitors:
    kind = Kind.VISITORS
    icon = "eye"
    form = VisitorsForm
    comes_by_hand = True
    is_single = True
    manages_dates = False

    def problems(self, method: Method) -> Mapping[str, str]:
        others = Method.objects.filter(course=method.course, kind=self.kind).exclude(pk=method.pk)
        return {"": "The course has this method already."} if others.exists() else {}

    def desired(
        self, methods: QuerySet[Method], register: Register, *, lifted: Sequence[int] = ()
    ) -> QuerySet[Any, Any]:
        rows = methods.filter(
            ~Q(is_excluded("pk", f"{PERSON}_id", lifted)), **{f"{PERSON}__account_state__in": ELIGIBLE}
        )
        keys = ("pk", f"{PERSON}_id", EMPTY)
        return rows.order_by().values_list(*keys, plain_facts(), is_admitted(), EMPTY, NO_LINE)

    def is_suspended_tonight(self, register: Register) -> Q:
        return Q(pk__in=[])

    def departure_reasons(self, register: Register) -> Reasons:
        return [*account_reasons(register), ("excluded", is_excluded("scope__ref", "member")), ("not_visiting", None)]
