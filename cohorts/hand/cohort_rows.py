"""Cohorts kept by hand as rows of the engine: their creation, name and deletion are changes like any other."""

from datetime import datetime
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    ProtectedError,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable

from cohorts.models import AskedRow, Cohort, Person
from enrolhub.sync.models import Change, Run
from enrolhub.sync.refusal import RunRefused
from enrolhub.sync.relation import Reasons
from enrolhub.web.folding import fold

NAME = "cohorts"
#: The one scope of all cohorts, as the ledger calls it.
SCOPE = "cohortes"
EMPTY = Value("", output_field=CharField())
ZERO = Value(0, output_field=IntegerField())
#: What ``people`` selects: a cohort is nobody, its code is the item of its row.
NOBODY = Person.objects.filter(pk__lt=0)


class HandCohorts:
    """The cohorts that a run by hand names. The item is the code, the one fact the name.

    A row's member is the number of its cohort, so that a deleted one comes back under it with its members; 0 before it has one.
    """

    name = NAME
    model: type[Model] = Cohort
    fact_names: tuple[str, ...] = ("name",)
    is_judged = False  # whoever asked has seen what will happen
    is_counted = False

    def __init__(self, asked: QuerySet[AskedRow]) -> None:
        self.asked = asked.filter(relation=NAME)

    def people(self) -> QuerySet[Any, Any]:
        return NOBODY.order_by().values_list("pk", "username")

    def prepare(self) -> None:
        """Cohorts refer to nothing."""

    def cohorts(self) -> QuerySet[Cohort]:
        return Cohort.objects.filter(keeper=Cohort.Keeper.HAND)

    def scopes(self) -> QuerySet[Any, Any]:
        """One row, wherever it is read from: the scope of all cohorts stands before the first of them does, a run always."""
        size = Value(self.cohorts().count(), output_field=IntegerField())
        one = Subquery(Run.objects.order_by("-pk").values("pk")[:1])
        return Run.objects.filter(pk=one).order_by().values_list(ZERO, Value(SCOPE), size)

    def desired(self) -> QuerySet[Any, Any]:
        rows = self.asked.filter(stays=1)
        return rows.values_list("ref", "member", "item", "facts", "stays", "source", ZERO)

    def current(self) -> QuerySet[Any, Any]:
        named = self.asked.filter(item=OuterRef("code"), member=OuterRef("pk"))
        rows = self.cohorts().filter(Exists(named)).order_by()
        return rows.values_list(ZERO, "pk", "code", "name", "name", EMPTY)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        for number, code, name in changes.order_by("id").values_list("member", "item", "after"):
            if Cohort.objects.filter(code=code).exists():
                raise RunRefused("cohort_code_taken", cohort=code)
            Cohort.objects.create(
                pk=number or None, code=code, name=name, name_key=fold(name), keeper=Cohort.Keeper.HAND
            )

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        for code, name in changes.order_by("id").values_list("item", "after"):
            self.cohorts().filter(code=code).update(name=name, name_key=fold(name))

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        for code in changes.order_by("id").values_list("item", flat=True):
            delete_unused(code)

    def facts_now(self) -> Combinable:
        return Subquery(self.cohorts().filter(code=OuterRef("item")).order_by().values_list(F("name"))[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        self.alter(changes, at)

    def departure_reasons(self) -> Reasons:
        return [("cohort_deleted", None)]


def delete_unused(code: str) -> None:
    """Delete an empty cohort kept by hand that nothing follows. Raises RunRefused."""
    cohort = Cohort.objects.select_for_update().filter(code=code, keeper=Cohort.Keeper.HAND).first()
    if cohort is None:
        return
    if cohort.members.exists():
        raise RunRefused("cohort_not_empty", cohort=cohort.name)
    try:
        cohort.delete()
    except ProtectedError:
        raise RunRefused("cohort_used", cohort=cohort.name) from None
