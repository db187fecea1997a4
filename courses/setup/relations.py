"""What the engine is told of methods themselves, and of the groups, elements and keys that belong to them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from cohorts.models import Person
from cohorts.relations import YES
from courses.methods.expressions import EMPTY, NO_LINE
from courses.models import AskedSetup, Course, CourseUnit, Group, GroupKey, Method
from courses.setup.facts import FACTS, method_facts
from courses.setup.rows import (
    GROUPS,
    KEYS,
    METHODS,
    UNIT_SEPARATOR,
    UNITS,
    UNLINKED,
    SetupRow,
    drop_keys,
    drop_methods,
    write_groups,
    write_keys,
    write_methods,
    write_units,
)
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons

ONE = Value(1, output_field=IntegerField())
ZERO = Value(0, output_field=IntegerField())
NO_ROWS = AskedSetup.objects.none()


class SetupRelation(ABC):
    """Rows that a run asks for by name; nobody else's are looked at."""

    name = ""
    model: type[Model] = Method
    fact_names: tuple[str, ...] = ()
    is_judged = False  # whoever asked has seen a preview
    is_counted = False
    joins_large = False

    def __init__(self, asked: QuerySet[AskedSetup] = NO_ROWS) -> None:
        self.asked = asked.filter(relation=self.name).order_by()

    def people(self) -> QuerySet[Any, Any]:
        """No row is about anybody."""
        return Person.objects.filter(pk__lt=0).order_by().values_list("pk", "username")

    def prepare(self) -> None:  # noqa: B027 - the engine asks every relation
        """Courses stand."""

    def scopes(self) -> QuerySet[Any, Any]:
        methods = Method.objects.filter(course=OuterRef("pk")).order_by().values("course")
        size = Coalesce(Subquery(methods.annotate(size=Count("pk")).values("size")), ZERO)
        return Course.objects.order_by().values_list("pk", "code", size)

    def desired(self) -> QuerySet[Any, Any]:
        return self.asked.exclude(facts="").values_list("ref", "member", "item", "facts", ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        now = self.asked.annotate(now=self.facts_now("ref")).filter(now__isnull=False)
        return now.values_list("ref", "member", "item", "now", F("now"), EMPTY)

    @abstractmethod
    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        """The facts of the row as it stands, null where there is none."""

    def moved(self) -> QuerySet[AskedSetup]:
        """What was asked of rows that no longer say what whoever asked has seen."""
        now = Coalesce(self.facts_now("ref"), Value(""), output_field=TextField())
        moved: QuerySet[AskedSetup] = self.asked.annotate(now=now).exclude(now=F("before"))
        return moved

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        self.write(rows_of(self.name, changes))

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        self.write(rows_of(self.name, changes))

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        self.write(rows_of(self.name, changes))

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        self.drop(rows_of(self.name, changes))

    @abstractmethod
    def write(self, rows: Sequence[SetupRow]) -> None:
        """Let the rows be as their facts say, those that are not there yet as well."""

    @abstractmethod
    def drop(self, rows: Sequence[SetupRow]) -> None:
        """Take the rows away."""

    def departure_reasons(self) -> Reasons:
        return [("setup_taken_away", None)]


def rows_of(relation: str, changes: QuerySet[Change]) -> list[SetupRow]:
    """The changes as rows to write."""
    values = changes.order_by("id").values_list("scope__ref", "member", "item", "before", "after")
    return [SetupRow(relation, *row) for row in values]


class MethodRows(SetupRelation):
    """Methods: ``ref`` is the course, ``member`` the method."""

    name = METHODS
    fact_names = FACTS

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        methods = Method.objects.filter(pk=OuterRef("member"), course=OuterRef(ref)).order_by()
        return Subquery(methods.values_list(method_facts())[:1])

    def write(self, rows: Sequence[SetupRow]) -> None:
        write_methods(rows)

    def drop(self, rows: Sequence[SetupRow]) -> None:
        drop_methods([row.member for row in rows])


class GroupRows(SetupRelation):
    """Groups that come with a method: ``ref`` is the course, ``item`` the code, the fact the name."""

    name = GROUPS
    model = Group
    fact_names = ("name",)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        groups = Group.objects.filter(course=OuterRef(ref), code=OuterRef("item")).order_by()
        return Subquery(groups.values("name")[:1])

    def write(self, rows: Sequence[SetupRow]) -> None:
        write_groups(rows)

    def drop(self, rows: Sequence[SetupRow]) -> None:
        """A group in which somebody was put by other ways stays, and so does one that another method gives."""
        named = Q(pk__in=[])
        for row in rows:
            named |= Q(course=row.ref, code=row.item)
        Group.objects.filter(named, members__isnull=True, given_by__isnull=True).delete()


class UnitRows(SetupRelation):
    """The elements that feed courses: ``ref`` is the course, ``item`` the element, étape, version and group.

    Whether one feeds the course is altered, one way or the other, before enrolments are compared: departures come after.
    """

    name = UNITS
    model = CourseUnit
    fact_names = ("linked",)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        codes = ("unit_code", "programme_code", "version_code", "group_code")
        joined: list[Any] = [F(codes[0])]
        for code in codes[1:]:
            joined += [Value(UNIT_SEPARATOR), F(code)]
        units = CourseUnit.objects.filter(course=OuterRef(ref)).order_by()
        units = units.annotate(item=Concat(*joined, output_field=TextField())).filter(item=OuterRef("item"))
        return Coalesce(Subquery(units.values_list(YES)[:1]), Value(UNLINKED), output_field=TextField())

    def write(self, rows: Sequence[SetupRow]) -> None:
        write_units(rows)

    def drop(self, rows: Sequence[SetupRow]) -> None:
        """A link is never without facts."""


class KeyRows(SetupRelation):
    """The keys that lead into groups by a method: ``ref`` is the method, ``item`` the code of the group, the fact the key."""

    name = KEYS
    model = GroupKey
    fact_names = ("key",)

    def scopes(self) -> QuerySet[Any, Any]:
        return Method.objects.order_by().values_list("pk", "course__code", ZERO)

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        keys = GroupKey.objects.filter(method=OuterRef(ref), group__code=OuterRef("item")).order_by()
        return Subquery(keys.values("key")[:1])

    def write(self, rows: Sequence[SetupRow]) -> None:
        write_keys(rows)

    def drop(self, rows: Sequence[SetupRow]) -> None:
        drop_keys(rows)


RELATIONS: tuple[type[SetupRelation], ...] = (GroupRows, MethodRows, KeyRows, UnitRows)


def has_moved(asked: QuerySet[AskedSetup]) -> bool:
    """Whether any row that is asked for no longer says what whoever asked has seen."""
    return any(relation(asked).moved().exists() for relation in RELATIONS)
