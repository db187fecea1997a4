"""Rows that a file or a hand asks for, told to the engine: the pairs of course and person it names, nobody else's."""

from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from cohorts.relations import YES, usernames
from courses.deletion import hold_courses_of_methods
from courses.group_relations import GroupMembers, HandGroupMembers
from courses.methods.expressions import EMPTY, NO_LINE, full_facts
from courses.models import Enrolment, Exclusion, GroupMember, Method
from courses.relations import EnrolmentRows
from enrolhub.sync.facts import FactPart, JoinedFacts
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons
from enrolhub.sync.select_into import delete_matching, insert_from

ENROLMENTS = "manual"
GROUPS = "group_members.hand"
#: Rows about (course, person) whose manual enrolment is to leave: what the groups must know of it.
LEAVING = "leaving"
#: The one fact of a membership, as the relation of groups says it.
IS_MEMBER = "yes"
COLUMNS = ("ref", "member", "item", "facts", "stays", "source", NO_LINE)


class AskedEnrolments(EnrolmentRows):
    """Enrolments of one kind of method, asked for by name. What is stated by hand may suspend, and lift a suspension."""

    is_judged = False  # whoever asked has seen a preview

    def __init__(self, name: str, rows: QuerySet[Any], reason: str) -> None:
        super().__init__(name)
        self.rows = rows.filter(relation=name)
        self.reason = reason

    def methods(self) -> QuerySet[Method]:
        return Method.objects.filter(kind=self.name)

    def desired(self) -> QuerySet[Any, Any]:
        return self.rows.filter(stays=1).values_list(*COLUMNS)

    def current(self) -> QuerySet[Any, Any]:
        named = self.rows.filter(ref=OuterRef("method_id"), member=OuterRef("person_id"))
        facts = full_facts()
        # The methods named, so that not every enrolment there is must be asked whether it is.
        rows = Enrolment.objects.filter(Exists(named), method__in=self.rows.order_by().values("ref")).order_by()
        return rows.values_list("method_id", "person_id", EMPTY, facts, facts, EMPTY)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        self.restore(changes, at)

    def departure_reasons(self) -> Reasons:
        return [(self.reason, None)]


class AskedGroupMembers(HandGroupMembers):
    """Memberships by hand that are asked for, and those that end with the last enrolment of whoever is to leave."""

    def __init__(self, rows: QuerySet[Any], reason: str = "last_enrolment_left") -> None:
        super().__init__()
        self.rows = rows
        self.reason = reason

    def desired(self) -> QuerySet[Any, Any]:
        return self.rows.filter(relation=GROUPS, stays=1).values_list(*COLUMNS)

    def memberships(self) -> QuerySet[GroupMember]:
        place = {"ref": OuterRef("group__course_id"), "member": OuterRef("person_id")}
        asked_for = self.rows.filter(relation=GROUPS, item=OuterRef("group__code"), **place)
        leaving = self.rows.filter(relation=LEAVING, **place)
        others = Enrolment.objects.filter(
            ~Q(method__kind=Method.Kind.MANUAL),
            method__course=OuterRef("group__course_id"),
            person=OuterRef("person_id"),
        )
        ends = Q(Exists(leaving)) & ~Q(Exists(others))
        return GroupMember.objects.filter(Q(Exists(asked_for)) | ends, method__isnull=True).order_by()

    def departure_reasons(self) -> Reasons:
        return [(self.reason, None)]


class AskedMethodGroups(GroupMembers):
    """Memberships that a method gave and that are to leave with its enrolments."""

    def __init__(self, kind: str, rows: QuerySet[Any]) -> None:
        super().__init__(kind)
        self.rows = rows.filter(relation=self.name)

    def prepare(self) -> None:
        """The groups stand."""

    def desired(self) -> QuerySet[Any, Any]:
        return self.rows.filter(stays=1).values_list(*COLUMNS)

    def current(self) -> QuerySet[Any, Any]:
        place = {"ref": OuterRef("method_id"), "member": OuterRef("person_id"), "item": OuterRef("group__code")}
        rows = GroupMember.objects.filter(Exists(self.rows.filter(**place))).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("enrolment_left", None)]


def exclusion_facts() -> JoinedFacts:
    """What an exclusion says: that it is, and why."""
    return JoinedFacts(YES, F("reason"))


class AskedExclusions:
    """People kept out of synced methods by hand, and those let in again."""

    name = "exclusions"
    model: type[Model] = Exclusion
    fact_names: tuple[str, ...] = ("excluded", "reason")
    is_judged = False
    is_counted = False

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows.filter(relation=self.name)

    def people(self) -> QuerySet[Any, Any]:
        return usernames()

    def prepare(self) -> None:
        """Exclusions refer to methods and people, which stand."""

    def scopes(self) -> QuerySet[Any, Any]:
        rows = Exclusion.objects.filter(method=OuterRef("pk")).order_by().values("method")
        size = Coalesce(Subquery(rows.annotate(size=Count("pk")).values("size")), 0)
        return Method.objects.order_by().values_list("pk", "course__code", size)

    def desired(self) -> QuerySet[Any, Any]:
        return self.rows.filter(stays=1).values_list(*COLUMNS)

    def current(self) -> QuerySet[Any, Any]:
        named = self.rows.filter(ref=OuterRef("method_id"), member=OuterRef("person_id"))
        facts = exclusion_facts()
        rows = Exclusion.objects.filter(Exists(named)).order_by()
        return rows.values_list("method_id", "person_id", EMPTY, facts, facts, EMPTY)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        since = Value(at, output_field=DateTimeField())
        rows = hold_courses_of_methods(changes).order_by("id")
        columns = ("scope__ref", "member", FactPart("after", 2), "scope__phase__run__author_id", since)
        fields = ["method", "person", "reason", "created_by", "created_at"]
        insert_from(Exclusion, fields, rows.values_list(*columns), skip_present=True)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """An exclusion is made and lifted, never altered."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        delete_matching(Exclusion, ["method", "person"], changes.order_by().values_list("scope__ref", "member"))

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        rows = Exclusion.objects.filter(method=OuterRef(ref), person=OuterRef("member"))
        return Subquery(rows.values_list(exclusion_facts())[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """Nothing of an exclusion changes, so nothing is to be put back."""

    def departure_reasons(self) -> Reasons:
        return [("exclusion_lifted", None)]
