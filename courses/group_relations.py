"""Group memberships: those a method gives leave with its enrolments, those given by hand with the last enrolment."""

from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf

from cohorts.models import StagedUnitRegistration
from cohorts.register import Register, leaves_tonight, leaving_scopes
from cohorts.relations import MEMBER, YES, source_line
from courses.course_groups import refresh_register_groups
from courses.methods.expressions import EMPTY
from courses.models import Course, Enrolment, Group, GroupMember, Method
from courses.relations import is_enrolled
from enrolhub.sync.models import Change
from enrolhub.sync.select_into import delete_matching, insert_from

ZERO = Value(0, output_field=IntegerField())
ONE = Value(1, output_field=IntegerField())
SYNCED = tuple(str(kind.value) for kind in Method.SYNCED)
ASSIGNED = "course__units__staged_groups__assignments"
STUDENT = f"{ASSIGNED}__student"


class GroupMembers:
    """The memberships that one kind of method gives: its own group, or the groups of APOGÉE."""

    model = GroupMember
    fact_names = (MEMBER,)
    is_judged = False
    is_counted = False

    def __init__(self, kind: str, register: Register | None = None, only: QuerySet[Method] | None = None) -> None:
        self.kind = kind
        self._register = register
        self.only = only
        self.name = f"group_members.{kind}"

    @property
    def register(self) -> Register:
        assert self._register is not None, "only a night reads the register"
        return self._register

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
        person, group = F("person__username"), F("method__group__code")
        return rows.order_by().values_list("method_id", "person_id", group, person, YES, ONE, EMPTY)

    def assigned(self) -> QuerySet[Any, Any]:
        """Group assignments of APOGÉE, for those whom the method enrols by the group's own element."""
        register = self.register
        conditions = [Q(is_enrolled("pk", f"{STUDENT}__id")), Q(self.follows_unit())]
        if leaving_scopes(register.run_id, self.kind).exists():
            gone = leaves_tonight(register.run_id, (self.kind,), "pk", f"{STUDENT}__id", for_good=True)
            conditions.append(~Q(gone))
        linked = Q(course__units__group_code="") | Q(
            course__units__group_code=F("course__units__staged_groups__group_code")
        )
        rows = self.methods().filter(
            linked,
            *conditions,
            course__units__staged_groups__file=register.file("groupes"),
            course__units__staged_groups__academic_year=F("course__academic_year"),
            course__units__staged_groups__assignments__file=register.file("affectations_groupes"),
        )
        code = Coalesce(
            NullIf(F("course__units__staged_groups__group_code"), EMPTY),
            F("course__units__staged_groups__group_number"),
        )
        keys = ("pk", f"{STUDENT}__id", f"{STUDENT}__username")
        counted = rows.order_by().annotate(code=code).values(*keys, "code").annotate(line=Min(f"{ASSIGNED}__line"))
        source = source_line("affectations_groupes", F("line"))
        return counted.values_list(keys[0], keys[1], "code", keys[2], YES, ONE, source)

    def follows_unit(self) -> Exists:
        """Whether the (outer) assignment's student has a counting registration on the group's element."""
        rows = StagedUnitRegistration.objects.filter(
            self.register.covering(),
            file=self.register.file("inscriptions_pedagogiques"),
            followed="N",
            academic_year=OuterRef("course__units__staged_groups__academic_year"),
            unit_code=OuterRef("course__units__staged_groups__unit_code"),
            student_number=OuterRef(f"{ASSIGNED}__student_number"),
        )
        return Exists(rows)

    def current(self) -> QuerySet[Any, Any]:
        rows = GroupMember.objects.filter(method__in=self.methods().order_by().values("pk")).order_by()
        group = F("group__code")
        return rows.values_list("method_id", "person_id", group, F("person__username"), YES, YES, EMPTY)

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.annotate(group=group_of_change()).filter(group__isnull=False).order_by("id")
        since = Value(at, output_field=DateTimeField())
        insert_from(
            GroupMember,
            ["group", "person", "method", "since"],
            rows.values_list("group", "member", "scope__ref", since),
            skip_present=True,
        )

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to alter."""

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.annotate(group=group_of_change()).filter(group__isnull=False).order_by()
        delete_matching(GroupMember, ["group", "person", "method"], rows.values_list("group", "member", "scope__ref"))

    def facts_now(self) -> Combinable:
        rows = GroupMember.objects.filter(
            method=OuterRef("scope__ref"), person=OuterRef("member"), group__code=OuterRef("item")
        )
        return Subquery(rows.values_list(YES)[:1])

    def restore(self, changes: QuerySet[Change], at: datetime) -> None:
        """A membership has nothing to restore but itself."""

    def word_departures(self, changes: QuerySet[Change]) -> None:
        gone = leaves_tonight(self.register.run_id, (self.kind,), "scope__ref", "member")
        changes.filter(gone).update(reason="enrolment_left")
        changes.filter(reason="").update(reason="group_changed")


def group_of_change() -> Subquery:
    """The group that a change's item names, in the course of the change's method."""
    groups = Group.objects.filter(course__methods=OuterRef("scope__ref"), code=OuterRef("item"))
    return Subquery(groups.order_by().values("pk")[:1])


class HandGroupMembers(GroupMembers):
    """Memberships given by hand: they end with the person's last enrolment in the course."""

    def __init__(self, register: Register | None = None) -> None:
        super().__init__("hand", register)

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
        return rows.values_list(*self.keys(), YES, ONE, EMPTY)

    def current(self) -> QuerySet[Any, Any]:
        return self.memberships().values_list(*self.keys(), YES, YES, EMPTY)

    def keys(self) -> tuple[Any, ...]:
        return ("group__course_id", "person_id", F("group__code"), F("person__username"))

    def arrive(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.annotate(group=group_in_course()).filter(group__isnull=False).order_by("id")
        since = Value(at, output_field=DateTimeField())
        insert_from(
            GroupMember, ["group", "person", "since"], rows.values_list("group", "member", since), skip_present=True
        )

    def depart(self, changes: QuerySet[Change], at: datetime) -> None:
        rows = changes.annotate(group=group_in_course()).filter(group__isnull=False).order_by()
        delete_matching(GroupMember, ["group", "person"], rows.values_list("group", "member"), null=["method"])

    def facts_now(self) -> Combinable:
        rows = GroupMember.objects.filter(
            method__isnull=True,
            group__course=OuterRef("scope__ref"),
            person=OuterRef("member"),
            group__code=OuterRef("item"),
        )
        return Subquery(rows.values_list(YES)[:1])

    def word_departures(self, changes: QuerySet[Change]) -> None:
        changes.update(reason="last_enrolment_left")


def group_in_course() -> Subquery:
    """The group that a change's item names, in the course that is the change's scope."""
    groups = Group.objects.filter(course=OuterRef("scope__ref"), code=OuterRef("item"))
    return Subquery(groups.order_by().values("pk")[:1])
