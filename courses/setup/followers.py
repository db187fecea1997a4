"""The enrolments and groups that follow when methods are added, changed or deleted, told to the engine.

Those whom a changed method would not take any more leave with the night, whose guards judge that; only a change of the
elements that feed a course, and a deletion, let people leave.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet

from cohorts.models import AskedRow
from cohorts.register import Register, leaves_tonight, register_of
from cohorts.relations import YES
from cohorts.snapshots import snapshot_in_force
from courses.asked_relations import AskedExclusions, exclusion_facts
from courses.course_groups import refresh_register_groups
from courses.group_relations import ONE, GroupMembers, HandGroupMembers
from courses.methods.expressions import EMPTY, NO_LINE, full_facts
from courses.methods.protocol import SyncedKind
from courses.models import Course, Enrolment, Exclusion, GroupMember, Method
from courses.relations import NOTHING, EnrolmentRows, SyncedEnrolments
from courses.setup.rows import MANY_METHODS
from enrolhub.sync.relation import Reasons


def register_for(run_id: int, courses: Sequence[Course]) -> tuple[Register, bool]:
    """The extract in force as a run of this number reads it, and whether it proves that registrations are gone.

    Before the first extract every year counts, for only hand-kept cohorts and other courses have people then.
    """
    snapshot = snapshot_in_force()
    if snapshot:
        register = register_of(snapshot, run_id)
        return register, register.proves_registrations
    return Register(run_id, {}, tuple(sorted({course.academic_year for course in courses}))), False


def of_open_years(methods: Sequence[int], register: Register) -> QuerySet[Method]:
    """These methods, but for those of closed years: by their numbers alone, so that no planner begins anywhere else."""
    return Method.objects.filter(pk__in=methods, course__academic_year__in=["", *register.years])


class FollowingEnrolments(SyncedEnrolments):
    """Whom the methods of one kind bring and change; with ``may_leave`` those whom nothing names any more leave, too."""

    is_judged = False  # whoever asked has seen a preview

    def __init__(self, kind: SyncedKind, register: Register, methods: Sequence[int], *, may_leave: bool) -> None:
        super().__init__(kind, register)
        self.ids = methods
        self.may_leave = may_leave
        self.joins_large = len(methods) > MANY_METHODS

    def methods(self) -> QuerySet[Method]:
        return of_open_years(self.ids, self.register)

    def leaving(self) -> Case:
        return super().leaving() if self.may_leave else Case(default=NOTHING)


class FollowingGroups(GroupMembers):
    """The groups that these methods give to those whom they enrol."""

    def __init__(self, kind: str, register: Register, methods: Sequence[int], *, makes_groups: bool) -> None:
        super().__init__(kind, register)
        self.ids = methods
        self.makes_groups = makes_groups
        self.joins_large = len(methods) > MANY_METHODS

    def methods(self) -> QuerySet[Method]:
        return of_open_years(self.ids, self.register)

    def prepare(self) -> None:
        if self.makes_groups:
            refresh_register_groups(self.register)


class LeavingEnrolments(EnrolmentRows):
    """Everybody whom these methods, all of one kind, have enrolled: they are to go."""

    is_judged = False

    def __init__(self, kind: str, methods: Sequence[int]) -> None:
        super().__init__(kind)
        self.ids = methods
        self.joins_large = len(methods) > MANY_METHODS

    def rows(self) -> QuerySet[Enrolment]:
        return Enrolment.objects.filter(method__in=self.ids).order_by()

    def desired(self) -> QuerySet[Any, Any]:
        return nobody(self.rows()).values_list("method_id", "person_id", EMPTY, full_facts(), ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        return self.rows().values_list("method_id", "person_id", EMPTY, full_facts(), full_facts(), EMPTY)

    def alter(self, changes: Any, at: Any) -> None:
        """Whoever is to go is not altered."""

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", None)]


class LeavingGroups(GroupMembers):
    """Every place in a group that these methods, all of one kind, have given."""

    def __init__(self, kind: str, methods: Sequence[int]) -> None:
        super().__init__(kind)
        self.ids = methods
        self.joins_large = len(methods) > MANY_METHODS

    def prepare(self) -> None:
        """Nothing has to stand for somebody to leave."""

    def rows(self) -> QuerySet[GroupMember]:
        return GroupMember.objects.filter(method__in=self.ids).order_by()

    def desired(self) -> QuerySet[Any, Any]:
        keys = ("method_id", "person_id", F("group__code"))
        return nobody(self.rows()).values_list(*keys, YES, ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        return self.rows().values_list("method_id", "person_id", F("group__code"), YES, YES, EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", None)]


class LeavingExclusions(AskedExclusions):
    """The exclusions from these methods: without the method there is nothing to be kept out of."""

    joins_large = False

    def __init__(self, methods: Sequence[int]) -> None:
        super().__init__(AskedRow.objects.none())
        self.ids = methods

    def desired(self) -> QuerySet[Any, Any]:
        rows = nobody(Exclusion.objects.order_by())
        return rows.values_list("method_id", "person_id", EMPTY, exclusion_facts(), ONE, EMPTY, NO_LINE)

    def current(self) -> QuerySet[Any, Any]:
        rows = Exclusion.objects.filter(method__in=self.ids).order_by()
        return rows.values_list("method_id", "person_id", EMPTY, exclusion_facts(), exclusion_facts(), EMPTY)

    def departure_reasons(self) -> Reasons:
        return [("method_deleted", None)]


class LastPlaces(HandGroupMembers):
    """The groups given by hand in some courses, which end with somebody's last enrolment there."""

    joins_large = False

    def __init__(self, run_id: int, courses: Sequence[int]) -> None:
        super().__init__(Register(run_id, {}, ()))
        self.courses = courses

    def memberships(self) -> QuerySet[GroupMember]:
        return GroupMember.objects.filter(method__isnull=True, group__course__in=self.courses).order_by()

    def desired(self) -> QuerySet[Any, Any]:
        here = Enrolment.objects.filter(method__course=OuterRef("group__course"), person=OuterRef("person"))
        here = here.exclude(leaves_tonight(self.register.run_id, Method.KINDS, "method_id", "person_id", for_good=True))
        return self.memberships().filter(Exists(here)).values_list(*self.keys(), YES, ONE, EMPTY, NO_LINE)


def nobody(rows: QuerySet[Any]) -> QuerySet[Any]:
    """None of the rows, in columns that have their types."""
    return rows.filter(pk__lt=0)
