"""The manual enrolments and groups that a file asks for, told to the engine: its own pairs of course and person, nobody else's."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cohorts.bulk.file_run import FileRow
from courses.group_relations import HandGroupMembers
from courses.methods.expressions import EMPTY, NO_LINE, full_facts
from courses.models import Enrolment, GroupMember, Method
from courses.relations import EnrolmentRows
from enrolhub.sync.models import Change
from enrolhub.sync.relation import Reasons

ENROLMENTS = "manual"
GROUPS = "group_members.hand"
#: Rows about (course, person) whose manual enrolment is to leave: what the groups must know of it.
LEAVING = "leaving"
#: The one fact of a membership, as the relation of groups says it.
IS_MEMBER = "yes"
COLUMNS = ("ref", "member", "item", "facts", "stays", "source", NO_LINE)


class FileEnrolments(EnrolmentRows):
    """Manual enrolments named by a file. What it states is stated by hand: it may suspend, and lift a suspension."""

    is_judged = False  # the person who loads the file has seen its preview

    def __init__(self) -> None:
        super().__init__(ENROLMENTS)

    def methods(self) -> QuerySet[Method]:
        return Method.objects.filter(kind=Method.Kind.MANUAL)

    def desired(self) -> QuerySet[Any, Any]:
        return FileRow.objects.filter(relation=ENROLMENTS, stays=1).values_list(*COLUMNS)

    def current(self) -> QuerySet[Any, Any]:
        named = FileRow.objects.filter(relation=ENROLMENTS, ref=OuterRef("method_id"), member=OuterRef("person_id"))
        facts = full_facts()
        rows = Enrolment.objects.filter(Exists(named)).order_by()
        return rows.values_list("method_id", "person_id", EMPTY, facts, facts, EMPTY)

    def alter(self, changes: QuerySet[Change], at: datetime) -> None:
        self.restore(changes, at)

    def departure_reasons(self) -> Reasons:
        return [("removed_by_file", None)]


class FileGroupMembers(HandGroupMembers):
    """Memberships by hand that a file asks for, and those that end with the last enrolment of whom it removes."""

    def desired(self) -> QuerySet[Any, Any]:
        return FileRow.objects.filter(relation=GROUPS).values_list(*COLUMNS)

    def memberships(self) -> QuerySet[GroupMember]:
        place = {"ref": OuterRef("group__course_id"), "member": OuterRef("person_id")}
        asked_for = FileRow.objects.filter(relation=GROUPS, item=OuterRef("group__code"), **place)
        leaving = FileRow.objects.filter(relation=LEAVING, **place)
        others = Enrolment.objects.filter(
            ~Q(method__kind=Method.Kind.MANUAL),
            method__course=OuterRef("group__course_id"),
            person=OuterRef("person_id"),
        )
        ends = Q(Exists(leaving)) & ~Q(Exists(others))
        return GroupMember.objects.filter(Q(Exists(asked_for)) | ends, method__isnull=True).order_by()
