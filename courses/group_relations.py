"""Group memberships: those a method gives leave with its enrolments, those given by hand with the last enrolment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf

from cohorts.register import Register, is_held_tonight, leaves_tonight, leaving_scopes
from cohorts.relations import MEMBER, NOTHING, YES, source_of, usernames
from courses.course_groups import refresh_register_groups, remake_groups
from courses.deletion import hold_courses, hold_courses_of_methods
from courses.methods.expressions import EMPTY, NO_LINE
from courses.models import Course, Enrolment, Group, GroupMember, Method
from courses.relations import is_enrolled
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons
from enrolhub.sync.select_into import delete_matching, insert_from

ZERO = Value(0, output_field=IntegerField())
ONE = Value(1, output_field=IntegerField())
SYNCED = Method.SYNCED
GROUPS = "course__units__staged_groups"
ASSIGNED = f"{GROUPS}__assignments"
STUDENT = f"{ASSIGNED}__student"
#: From a change: the group it names, its person, its method.
NAMED = ("scope__methods__course__groups__id", "member", "scope__ref")


class GroupMembers:
    """The memberships that one kind of method gives: its own group, or the groups of APOGÉE."""

    model = GroupMember
    fact_names = (MEMBER,)
    is_judged = False
    is_counted = False

    def __init__(
        self,
        kind: str,
        register: Register | None = None,
        only: QuerySet[Method] | None = None,
        *,
        remakes_groups: bool = False,
    ) -> None:
        """A run that is taken back ``remakes_groups``: one that is gone is made again for those who come back to it."""
        self.kind = kind
        self._register = register
        self.only = only
        self.remakes_groups = remakes_groups
        self.name = f"group_members.{kind}"

    @property
    def register(self) -> Register:
        assert self._register is not None, "only a night reads the register"
        return self._register

    @property
    def proves_absence(self) -> bool:
        return self.register.proves_any

    def people(self) -> QuerySet[Any, Any]:
        return usernames()

    def prepare(self) -> None:
        if self.kind == Method.Kind.DATABASE and self.only is None:
            refresh_register_groups(self.register)

    def methods(self) -> QuerySet[Method]:
        methods = Method.objects.filter(kind=self.kind, course__academic_year__in=["", *self.register.years])
        return methods.filter(pk__in=self.only.order_by().values("pk")) if self.only is not None else methods

    def scopes(self) -> QuerySet[Any, Any]:
        rows = GroupMember.objects.filter(method=OuterRef("pk")).order_by().values("method")
        size = Coalesce(Subquery(rows.annotate(size=Count("pk")).values("size")), ZERO)
        return Method.objects.filter(kind=self.kind).order_by().values_list("pk", "course__code", size)

    def desired(self) -> QuerySet[Any, Any]:
        return self.assigned() if self.kind == Method.Kind.DATABASE else self.of_method_group()

    def of_method_group(self) -> QuerySet[Any, Any]:
        """Everyone the method enrols, in the method's group."""
        rows = Enrolment.objects.filter(method__in=self.methods().order_by().values("pk"), method__group__isnull=False)
        if leaving_scopes(self.register.run_id, self.kind).exists():
            gone = leaves_tonight(self.register.run_id, (self.kind,), "method_id", "person_id", for_good=True)
            rows = rows.exclude(gone)
        keys = ("method_id", "person_id", F("method__group__code"))
        return rows.order_by().values_list(*keys, YES, ONE, EMPTY, NO_LINE)

    def assigned(self) -> QuerySet[Any, Any]:
        """Group assignments of APOGÉE, for those whom the method enrols and who follow the group's own element."""
        register = self.register
        rows = self.methods().filter(
            *self.conditions(),
            course__units__staged_groups__file=register.file("groupes"),
            course__units__staged_groups__academic_year=F("course__academic_year"),
            course__units__staged_groups__assignments__file=register.file("affectations_groupes"),
        )
        code = Coalesce(NullIf(F(f"{GROUPS}__group_code"), EMPTY), F(f"{GROUPS}__group_number"))
        keys = ("pk", f"{STUDENT}__id", code)
        return rows.order_by().values_list(*keys, YES, ONE, source_of("affectations_groupes"), f"{ASSIGNED}__line")

    def conditions(self) -> Iterator[Q]:
        yield Q(course__units__group_code="") | Q(course__units__group_code=F(f"{GROUPS}__group_code"))
        yield Q(self.follows_element())
        yield Q(is_enrolled("pk", f"{STUDENT}__id"))
        if leaving_scopes(self.register.run_id, self.kind).exists():
            yield ~Q(leaves_tonight(self.register.run_id, (self.kind,), "pk", f"{STUDENT}__id", for_good=True))

    def follows_element(self) -> Exists:
        """Whether the (outer) student has a pedagogical registration that counts on the (outer) group's element."""
        rows = self.register.unit_registrations().filter(
            academic_year=OuterRef(f"{GROUPS}__academic_year"),
            unit_code=OuterRef(f"{GROUPS}__unit_code"),
            student_number=OuterRef(f"{ASSIGNED}__student_number"),
        )
        return Exists(rows)

    def current(self) -> QuerySet[Any, Any]:
        """Whoever's enrolment is held, or whom a row that cannot be used names, keeps their groups as well."""
        rows = GroupMember.objects.filter(method__in=self.methods().order_by().values("pk")).order_by()
        held = is_held_tonight(self.register.run_id, self.kind, "method_id", "person_id")
        stays = self.register.is_protected() | (Q(held) if held else Q(pk__in=[]))
        if self.kind == Method.Kind.DATABASE:
            stays |= self.in_doubt()
        leaving = Case(When(stays, then=NOTHING), default=EMPTY, output_field=CharField())
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, leaving)

    def in_doubt(self) -> Q:
        """Whom the register puts in a group that it does not list, or whose cohort it may have lost."""
        misplaced, doubted = self.register.misplaced(), self.register.doubted_people()
        named = Q(pk__in=[]) if misplaced is None else Q(person__student_number__in=misplaced.values("student_number"))
        return named if doubted is None else named | doubted

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        since = Value(at, output_field=DateTimeField())
        rows = self.named(self.with_groups(hold_courses_of_methods(changes))).order_by("id")
        fields = ["group", "person", "method", "since"]
        insert_from(GroupMember, fields, rows.values_list(*NAMED, since), skip_present=True)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to alter."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = self.named(changes).order_by()
        delete_matching(GroupMember, ["group", "person", "method"], rows.values_list(*NAMED))

    def with_groups(self, changes: QuerySet[Change]) -> QuerySet[Change]:
        """The same arrivals, once the groups that they name stand."""
        if self.remakes_groups:
            remake_groups(changes)
        return changes

    def named(self, changes: QuerySet[Change]) -> QuerySet[Change]:
        """The changes joined to the groups that they name, in the courses of their methods."""
        return changes.filter(scope__methods__course__groups__code=F("item"))

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        rows = GroupMember.objects.filter(method=OuterRef(ref), person=OuterRef("member"), group__code=OuterRef("item"))
        return Subquery(rows.values_list(YES)[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to restore but itself."""

    def departure_reasons(self) -> Reasons:
        gone = leaves_tonight(self.register.run_id, (self.kind,), "scope__ref", "member")
        return [("enrolment_left", gone), ("group_changed", None)]


class HandGroupMembers(GroupMembers):
    """Memberships given by hand: they end with the person's last enrolment in the course."""

    def __init__(self, register: Register | None = None, *, remakes_groups: bool = False) -> None:
        super().__init__("hand", register, remakes_groups=remakes_groups)

    def prepare(self) -> None:
        """Groups made by hand stand."""

    def memberships(self) -> QuerySet[GroupMember]:
        return GroupMember.objects.filter(
            method__isnull=True, group__course__academic_year__in=["", *self.register.years]
        ).order_by()

    def scopes(self) -> QuerySet[Any, Any]:
        rows = GroupMember.objects.filter(method__isnull=True, group__course=OuterRef("pk")).order_by()
        size = Coalesce(Subquery(rows.values("group__course").annotate(size=Count("pk")).values("size")), ZERO)
        return Course.objects.order_by().values_list("pk", "code", size)

    def desired(self) -> QuerySet[Any, Any]:
        enrolments = Enrolment.objects.filter(
            method__course=OuterRef("group__course"), person=OuterRef("person")
        ).exclude(leaves_tonight(self.register.run_id, SYNCED, "method_id", "person_id", for_good=True))
        rows = self.memberships().filter(Exists(enrolments))
        return rows.values_list(*self.keys(), YES, ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        return self.memberships().values_list(*self.keys(), YES, YES, EMPTY)

    def keys(self) -> tuple[Any, ...]:
        return ("group__course_id", "person_id", F("group__code"))

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        hold_courses(Course.objects.filter(pk__in=changes.order_by().values("scope__ref")))
        rows = self.with_groups(changes).annotate(group=group_in_course()).filter(group__isnull=False).order_by("id")
        since = Value(at, output_field=DateTimeField())
        insert_from(
            GroupMember, ["group", "person", "since"], rows.values_list("group", "member", since), skip_present=True
        )

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.annotate(group=group_in_course()).filter(group__isnull=False).order_by()
        delete_matching(GroupMember, ["group", "person"], rows.values_list("group", "member"), null=["method"])

    def facts_now(self, ref: str = "scope__ref") -> Combinable:
        rows = GroupMember.objects.filter(
            method__isnull=True,
            group__course=OuterRef(ref),
            person=OuterRef("member"),
            group__code=OuterRef("item"),
        )
        return Subquery(rows.values_list(YES)[:1])

    def departure_reasons(self) -> Reasons:
        return [("last_enrolment_left", None)]


def group_in_course() -> Subquery:
    """The group that a change's item names, in the course that is the change's scope."""
    groups = Group.objects.filter(course=OuterRef("scope__ref"), code=OuterRef("item"))
    return Subquery(groups.order_by().values("pk")[:1])
