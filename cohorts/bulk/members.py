"""The members that a file adds to or removes from hand-kept cohorts, told to the engine."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import CharField, Count, DateTimeField, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from cohorts.changed import tell_changed
from cohorts.models import AskedRow, Cohort, CohortMember
from cohorts.relations import usernames
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons
from enrolhub.sync.select_into import delete_matching, insert_from

NAME = "cohort_members.hand"
#: A membership has no other fact than that it is, said as the night says it.
IS_MEMBER = "yes"


def cohorts_of(changes: QuerySet[Change]) -> list[int]:
    """The ids of the cohorts that these changes are about."""
    return list(changes.order_by().values_list("scope__ref", flat=True).distinct())


class HandMembers:
    """Members of the cohorts a file names, for the people it names and nobody else."""

    name = NAME
    model: type[models.Model] = CohortMember
    fact_names: tuple[str, ...] = ("member",)
    is_judged = False  # the person who loads the file has seen its preview
    is_counted = True

    def __init__(self, asked: QuerySet[AskedRow] | None = None) -> None:
        self.asked = AskedRow.objects.none() if asked is None else asked

    def rows(self) -> QuerySet[AskedRow]:
        return self.asked.filter(relation=NAME)

    def people(self) -> QuerySet[Any, Any]:
        return usernames()

    def prepare(self) -> None:
        """The cohorts were created with the run."""

    def scopes(self) -> QuerySet[Any, Any]:
        size = CohortMember.objects.filter(cohort=OuterRef("pk")).order_by().values("cohort")
        count = Coalesce(Subquery(size.annotate(number=Count("pk")).values("number")), 0, output_field=IntegerField())
        return Cohort.objects.filter(keeper=Cohort.Keeper.HAND).order_by().values_list("pk", "code", count)

    def desired(self) -> QuerySet[Any, Any]:
        columns = ("ref", "member", "item", "facts", "stays", "source")
        return self.rows().filter(stays=1).values_list(*columns, Value(0, IntegerField()))

    def current(self) -> QuerySet[Any, Any]:
        named = self.rows().filter(ref=OuterRef("cohort_id"), member=OuterRef("person_id"))
        nothing, facts = Value("", CharField()), Value(IS_MEMBER, CharField())
        members = CohortMember.objects.filter(Exists(named), cohort__in=self.rows().order_by().values("ref"))
        members = members.annotate(item=nothing, facts=facts, leaving=nothing)
        return members.values_list("cohort_id", "person_id", "item", "facts", "facts", "leaving")

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.values_list("scope__ref", "member", Value(at, DateTimeField()))
        insert_from(CohortMember, ["cohort", "person", "since"], rows, skip_present=True)
        tell_changed(cohorts_of(changes))

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership is or is not: nothing of it changes."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        delete_matching(CohortMember, ["cohort", "person"], changes.values_list("scope__ref", "member"))
        tell_changed(cohorts_of(changes))

    def departure_reasons(self) -> Reasons:
        return [("removed_by_file", None)]

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        here = CohortMember.objects.filter(cohort=OuterRef(ref), person=OuterRef("member"))
        return Subquery(here.annotate(facts=Value(IS_MEMBER, CharField())).values("facts")[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        self.alter(changes, at)
