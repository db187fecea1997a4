"""A file's run on methods: the methods themselves, as pages change them, and whoever follows or leaves with them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from cohorts.bulk.file_run import FileKind, FileRow, keep_rows
from cohorts.models import AskedRow
from cohorts.register import Register
from cohorts.relations import YES
from courses.bulk.rights import Rights
from courses.group_relations import ONE, GroupMembers
from courses.methods.expressions import EMPTY, NO_LINE, full_facts, synced_facts
from courses.methods.protocol import SyncedKind
from courses.methods.registry import SYNCED_KINDS
from courses.models import AskedSetup, Course, Enrolment, GroupMember, Method
from courses.relations import NOTHING, EnrolmentRows, SyncedEnrolments
from courses.setup.facts import FACTS
from courses.setup.followers import LastPlaces, LeavingExclusions, register_for
from courses.setup.relations import MethodRows
from courses.setup.rows import SetupRow
from enrolhub.access.models import User
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Reasons, Relation

#: Rows about methods: those whose people are brought up to date, and those that go with all their people.
REFRESHED, DELETED = "refreshed", "deleted"
KINDS = (Method.Kind.COHORT_SYNC, Method.Kind.META_LINK)
DELETED_METHODS = "methods.deleted"


class FileMethodRows(MethodRows):
    """Methods that a file adds or changes, each with its line."""

    def desired(self) -> QuerySet[Any, Any]:
        lines = AskedRow.objects.filter(run=OuterRef("run"), relation=REFRESHED, ref=OuterRef("member"))
        source = Subquery(lines.order_by().values("source")[:1])
        return self.asked.exclude(facts="").values_list("ref", "member", "item", "facts", ONE, source, NO_LINE)


class DeletedMethods(MethodRows):
    """Methods that a file deletes. They go after their people, and are the first that an undo brings back."""

    name = DELETED_METHODS


class FileMethods(SyncedEnrolments):
    """People of the file's methods. Those of a deleted method leave; otherwise leaving is the business of the night."""

    is_judged = False  # the person who loads the file has seen its preview

    def __init__(self, kind: SyncedKind, register: Register, asked: QuerySet[AskedRow]) -> None:
        super().__init__(kind, register)
        self.refreshed = asked.filter(relation=REFRESHED).order_by().values("ref")
        self.deleted = asked.filter(relation=DELETED).order_by().values("ref")

    def scopes(self) -> QuerySet[Any, Any]:
        return EnrolmentRows(self.name).scopes()

    def methods(self) -> QuerySet[Method]:
        return super().methods().filter(pk__in=self.refreshed)

    def current(self) -> QuerySet[Any, Any]:
        facts = synced_facts(manages_dates=self.manages_dates)
        touched = Q(method__in=self.refreshed) | Q(method__in=self.deleted)
        rows = Enrolment.objects.filter(touched, method__kind=self.kind.kind)
        return rows.order_by().values_list("method_id", "person_id", EMPTY, facts, full_facts(), self.leaving())

    def leaving(self) -> Case:
        return Case(When(method__in=self.deleted, then=EMPTY), default=NOTHING)

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", None)]


class FileMethodGroups(GroupMembers):
    """The groups that the file's methods give."""

    def __init__(self, kind: str, register: Register, asked: QuerySet[AskedRow]) -> None:
        super().__init__(kind, register)
        self.refreshed = asked.filter(relation=REFRESHED).order_by().values("ref")
        self.deleted = asked.filter(relation=DELETED).order_by()

    def methods(self) -> QuerySet[Method]:
        return super().methods().filter(pk__in=self.refreshed)

    def current(self) -> QuerySet[Any, Any]:
        touched = Q(method__in=self.refreshed) | Q(method__in=self.deleted.values("ref"))
        rows = GroupMember.objects.filter(touched, method__kind=self.kind).order_by()
        return rows.values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", Exists(self.deleted.filter(ref=OuterRef("scope__ref")))), ("group_changed", None)]


class MethodsKind(FileKind):
    """Runs of files of methods: first the methods, then who follows what cohorts give, then what other courses give."""

    name = "methods"

    def relations(self, run: Run) -> list[Relation]:
        asked, setups = AskedRow.objects.filter(run=run), AskedSetup.objects.filter(run=run)
        courses = list(Course.objects.filter(pk__in=setups.order_by().values("ref")).order_by("code"))
        register, _is_complete = register_for(run.pk, courses)
        deleted = list(asked.filter(relation=DELETED).order_by("ref").values_list("ref", flat=True))
        relations: list[Relation] = [FileMethodRows(setups)]
        for kind in SYNCED_KINDS:
            if kind.kind in KINDS:
                relations += [
                    FileMethods(kind, register, asked),
                    FileMethodGroups(str(kind.kind.value), register, asked),
                ]
        if not deleted:
            return relations
        emptied = Course.objects.filter(methods__in=deleted).order_by("pk").values_list("pk", flat=True).distinct()
        places = LastPlaces(run.pk, list(emptied))
        return [LeavingExclusions(deleted), *relations, places, DeletedMethods(setups)]

    def still_may(self, account: User, run: Run) -> bool:
        setups = AskedSetup.objects.filter(run=run).order_by()
        courses = {course.pk: course for course in Course.objects.filter(pk__in=setups.values("ref"))}
        rights = Rights(account, courses)
        roles = {(ref, split_facts(facts, FACTS).get("role", "")) for ref, facts in setups.values_list("ref", "facts")}
        may_edit = all(rights.may_edit(course) for course in courses.values())
        return may_edit and all(not role or rights.may_give(courses[ref], role) for ref, role in roles)

    def has_moved(self, run: Run, relations: Sequence[Relation]) -> bool:
        setups = AskedSetup.objects.filter(run=run)
        return any(relation(setups).moved().exists() for relation in (FileMethodRows, DeletedMethods))

    def finish(self, run: Run) -> None:
        """The methods whose people came with the file are as fresh as after a night."""
        asked = AskedRow.objects.filter(run=run, relation=REFRESHED).order_by()
        methods = Method.objects.filter(pk__in=asked.values("ref"), enabled=True)
        methods.update(refreshed_at=timezone.now())

    def forget(self, run: Run) -> None:
        super().forget(run)
        AskedSetup.objects.filter(run=run).delete()


def keep_methods(run: Run, rows: Sequence[tuple[SetupRow, str]]) -> int:
    """Keep with a run the methods that are asked for, each with where the wish comes from."""
    lines = []
    for row, source in rows:
        relation = REFRESHED if row.facts else DELETED
        lines.append(FileRow(relation, row.member, "", 0, "", "", "", "yes" if row.facts else "", source))
    named = [row if row.facts else row._replace(relation=DELETED_METHODS) for row, _source in rows]
    AskedSetup.objects.bulk_create([AskedSetup(run=run, **row._asdict()) for row in named], batch_size=500)
    return keep_rows(run, lines)
