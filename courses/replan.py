"""A night's relations asked again, and who follows whom: a cohort's member leaves the courses that sync it, an enrolment
takes its groups and its meta-course links with it."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cohorts.models import Cohort
from cohorts.register import PEOPLE, Register, leaves_tonight, leaving_scopes, register_of
from cohorts.relations import CohortMembers, People
from cohorts.snapshots import snapshot_in_force
from courses.group_relations import GroupMembers, HandGroupMembers
from courses.methods.registry import SYNCED_KINDS
from courses.models import Course, Enrolment, GroupMember, Method
from courses.relations import SyncedEnrolments
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

MEMBERS = CohortMembers.name
DATABASE, COHORT_SYNC = str(Method.Kind.DATABASE.value), str(Method.Kind.COHORT_SYNC.value)
META_LINK, SYNCED = str(Method.Kind.META_LINK.value), Method.SYNCED
#: Kinds of the site's own, which follow a source of theirs.
OTHERS = tuple(name for name in SYNCED if name not in (DATABASE, COHORT_SYNC, META_LINK))
#: What a meta-course link follows.
FEEDING = (DATABASE, COHORT_SYNC)
GROUPS = "group_members."
HAND_GROUPS = f"{GROUPS}hand"


class CourseHandGroups(HandGroupMembers):
    """Memberships by hand of some courses alone."""

    def __init__(self, register: Register, courses: QuerySet[Course]) -> None:
        super().__init__(register)
        self.courses = courses

    def memberships(self) -> QuerySet[GroupMember]:
        return super().memberships().filter(group__course__in=self.courses.order_by().values("pk"))


class NightReplan:
    """The relations of one night, as its own extract has them."""

    upstream: Mapping[str, Collection[str]] = {
        PEOPLE: (),
        MEMBERS: (),
        DATABASE: (),
        GROUPS + DATABASE: (DATABASE,),
        COHORT_SYNC: (MEMBERS,),
        GROUPS + COHORT_SYNC: (COHORT_SYNC,),
        META_LINK: FEEDING,
        GROUPS + META_LINK: (META_LINK,),
        **dict.fromkeys(OTHERS, ()),
        **{GROUPS + name: (name,) for name in OTHERS},
        HAND_GROUPS: SYNCED,
    }

    def __init__(self, run: Run) -> None:
        """Raises RunRefused when the extract that the run read is no longer the one in force."""
        snapshot = run.snapshots.filter(accepted=True, is_whole=True).first()
        if snapshot is None or snapshot != snapshot_in_force():
            raise RunRefused("hold_superseded", run=run.pk)
        self.snapshot = snapshot

    @cached_property
    def kinds(self) -> Mapping[str, Any]:
        return {str(kind.kind.value): kind for kind in SYNCED_KINDS}

    def register(self, run_id: int) -> Register:
        return register_of(self.snapshot, run_id)

    def relation(self, name: str, run_id: int, refs: Collection[int] | None = None) -> Relation:
        register = self.register(run_id)
        if name == PEOPLE:
            return People(register, self.snapshot)
        if name == MEMBERS:
            return CohortMembers(register, None if refs is None else Cohort.objects.filter(pk__in=refs))
        if name == HAND_GROUPS:
            courses = Course.objects.all() if refs is None else Course.objects.filter(pk__in=refs)
            return CourseHandGroups(register, courses)
        methods = None if refs is None else Method.objects.filter(pk__in=refs)
        if name.startswith(GROUPS):
            return GroupMembers(name.removeprefix(GROUPS), register, methods)
        return SyncedEnrolments(self.kinds[name], register, methods)

    def following(self, name: str, run_id: int) -> QuerySet[Any, Any] | None:
        follow = {COHORT_SYNC: self.of_cohorts, META_LINK: self.of_source_courses, HAND_GROUPS: self.of_last_enrolments}
        if name in follow:
            return follow[name](run_id)
        return self.of_enrolments(name, run_id) if name.startswith(GROUPS) else None

    def of_cohorts(self, run_id: int) -> QuerySet[Any, Any]:
        """Enrolments by the cohorts that people leave."""
        cohorts = leaving_scopes(run_id, MEMBERS).order_by().values("ref")
        rows = self.current(COHORT_SYNC, run_id, Method.objects.filter(source_cohort__in=cohorts))
        return rows.filter(leaves_tonight(run_id, (MEMBERS,), "method__source_cohort_id", "person_id"))

    def of_source_courses(self, run_id: int) -> QuerySet[Any, Any]:
        """Enrolments by links to courses in which nothing is left of the person that a link follows."""
        methods = leaving_scopes(run_id, *FEEDING).order_by().values("ref")
        rows = self.current(META_LINK, run_id, Method.objects.filter(source_course__methods__in=methods))
        gone = leaves_tonight(run_id, FEEDING, "method_id", "person_id")
        there = Enrolment.objects.filter(method__course=OuterRef("method__source_course"), person=OuterRef("person"))
        there = there.exclude(method__kind=META_LINK)
        return rows.filter(Exists(there.filter(gone)), ~Exists(there.filter(~gone)))

    def of_enrolments(self, name: str, run_id: int) -> QuerySet[Any, Any]:
        """Groups that the enrolments gave which go for good."""
        kind = name.removeprefix(GROUPS)
        methods = Method.objects.filter(pk__in=leaving_scopes(run_id, kind).order_by().values("ref"))
        rows = self.current(name, run_id, methods)
        return rows.filter(leaves_tonight(run_id, (kind,), "method_id", "person_id", for_good=True))

    def of_last_enrolments(self, run_id: int) -> QuerySet[Any, Any]:
        """Groups given by hand, in courses where the last enrolment goes for good."""
        methods = leaving_scopes(run_id, *SYNCED).order_by().values("ref")
        relation = CourseHandGroups(self.register(run_id), Course.objects.filter(methods__in=methods))
        gone = leaves_tonight(run_id, SYNCED, "method_id", "person_id", for_good=True)
        there = Enrolment.objects.filter(method__course=OuterRef("group__course"), person=OuterRef("person"))
        return relation.current().filter(Exists(there.filter(gone)), ~Exists(there.filter(~Q(gone))))

    def current(self, name: str, run_id: int, methods: QuerySet[Method]) -> QuerySet[Any, Any]:
        relation = self.relation(name, run_id, list(methods.order_by().values_list("pk", flat=True)))
        return relation.current()
