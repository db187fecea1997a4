"""The enrolments that follow the methods a file adds, changes or deletes, told to the engine."""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from cohorts.bulk.file_run import FileRow
from cohorts.register import Register, register_of
from cohorts.relations import YES
from cohorts.snapshots import snapshot_in_force
from courses.group_relations import GroupMembers
from courses.methods.expressions import EMPTY, full_facts, synced_facts
from courses.methods.registry import SYNCED_KINDS
from courses.models import Enrolment, GroupMember, Method
from courses.relations import NOTHING, EnrolmentRows, SyncedEnrolments
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Reasons, Relation

#: Rows about methods: those whose people are to be brought up to date, and those that go with all their people.
REFRESHED, DELETED = "refreshed", "deleted"
KINDS = (Method.Kind.COHORT_SYNC, Method.Kind.META_LINK)


def methods_in(*relations: str) -> QuerySet[Any, Any]:
    """The ids of the methods of these rows."""
    return FileRow.objects.filter(relation__in=relations).values("ref")


class FileMethods(SyncedEnrolments):
    """People of the file's methods. Those of a deleted method leave; otherwise leaving is the business of the night."""

    is_judged = False  # the person who loads the file has seen its preview

    def scopes(self) -> QuerySet[Any, Any]:
        return EnrolmentRows(self.name).scopes()

    def methods(self) -> QuerySet[Method]:
        return super().methods().filter(pk__in=methods_in(REFRESHED))

    def current(self) -> QuerySet[Any, Any]:
        facts = synced_facts(manages_dates=self.manages_dates)
        rows = Enrolment.objects.filter(method__in=methods_in(REFRESHED, DELETED), method__kind=self.kind.kind)
        return rows.order_by().values_list("method_id", "person_id", EMPTY, facts, full_facts(), self.leaving())

    def leaving(self) -> Case:
        return Case(When(method__in=methods_in(DELETED), then=EMPTY), default=NOTHING)

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", None)]


class FileMethodGroups(GroupMembers):
    """The groups that the file's methods give."""

    def methods(self) -> QuerySet[Method]:
        return super().methods().filter(pk__in=methods_in(REFRESHED))

    def current(self) -> QuerySet[Any, Any]:
        touched = Q(method__in=methods_in(REFRESHED, DELETED), method__kind=self.kind)
        rows = GroupMember.objects.filter(touched).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        deleted = FileRow.objects.filter(relation=DELETED, ref=OuterRef("scope__ref"))
        return [("method_deleted", Exists(deleted)), ("group_changed", None)]


def relations_of(run: Run) -> list[Relation]:
    """The chain of a file of methods: what cohorts give, then what other courses give."""
    register = register_for(run)
    relations: list[Relation] = []
    for kind in SYNCED_KINDS:
        if kind.kind in KINDS:
            relations += [FileMethods(kind, register), FileMethodGroups(str(kind.kind.value), register)]
    return relations


def register_for(run: Run) -> Register:
    """The register in force; before the first extract every year counts, for only hand-kept cohorts have people then."""
    snapshot = snapshot_in_force()
    if snapshot:
        return register_of(snapshot, run.pk)
    years = Method.objects.filter(pk__in=methods_in(REFRESHED)).values_list("course__academic_year", flat=True)
    return Register(run.pk, {}, tuple(sorted(set(years))))
