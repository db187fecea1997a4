"""A course with a method of every kind, as rows; and what can be done to its methods."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cohorts.models import Cohort
from courses.methods.form import Draft
from courses.models import Course, CourseUnit, Exclusion, GroupKey, Method
from courses.setup.asking import Setup, Verb
from courses.setup.confirming import carry_out
from courses.setup.facts import facts_of
from courses.setup.preview import SetupPreview, preview_setup
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Run
from enrolhub.sync.undo import request_undo
from tests.dumps import Rows, facts, values
from tests.factories import (
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    HandCohortFactory,
    MethodFactory,
    PersonFactory,
    SiteRoleFactory,
    role,
)


@dataclass
class Campus:
    """``here`` is in the course by hand and ``twice`` by hand and by the cohort that feeds it; ``kept`` by that cohort alone."""

    course: Course
    source: Course
    cohort: Cohort
    other: Cohort
    author: User

    def method(self, kind: str) -> Method:
        return Method.objects.select_related("role", "group", "source_cohort", "source_course", "course").get(
            course=self.course, kind=kind
        )

    def setup(self, verb: Verb, kind: str, *drafts: Draft, deleted: Sequence[Method] = (), **more: Any) -> Setup:
        return Setup(verb, kind, [self.course], self.author, drafts, deleted, **more)

    def new(self, kind: str, **fields: Any) -> Method:
        return Method(course=self.course, kind=kind, **{"role": role(), **fields})

    def changed(self, kind: str, **fields: Any) -> Draft:
        method = self.method(kind)
        for name, value in fields.items():
            setattr(method, name, value)
        return Draft(method)

    def case(self, name: str) -> Setup:
        """What each case asks for."""
        return CASES[name](self)


CASES: dict[str, Callable[[Campus], Setup]] = {
    "add cohort": lambda c: c.setup(
        Verb.ADD, "cohort_sync", Draft(c.new("cohort_sync", source_cohort=c.other), new_group="Tuteurs")
    ),
    "add disabled": lambda c: c.setup(
        Verb.ADD, "cohort_sync", Draft(c.new("cohort_sync", source_cohort=c.other, enabled=False))
    ),
    "add link": lambda c: c.setup(Verb.ADD, "meta_link", Draft(c.new("meta_link", source_course=c.source))),
    "change role": lambda c: c.setup(Verb.CHANGE, "cohort_sync", c.changed("cohort_sync", role=role("tutor"))),
    "change group": lambda c: c.setup(
        Verb.CHANGE, "cohort_sync", Draft(c.changed("cohort_sync").method, new_group="TD 9")
    ),
    "change name": lambda c: c.setup(Verb.CHANGE, "self", c.changed("self", name="Libre", capacity=3)),
    "change keys": lambda c: c.setup(Verb.CHANGE, "self", Draft(c.method("self"), group_keys={"td1": "sésame"})),
    "disable": lambda c: c.setup(Verb.DISABLE, "cohort_sync", c.changed("cohort_sync", enabled=False)),
    "order": lambda c: c.setup(Verb.ORDER, "self", c.changed("self", position=9), c.changed("manual", position=8)),
    "delete cohort": lambda c: c.setup(Verb.DELETE, "cohort_sync", deleted=[c.method("cohort_sync")]),
    "delete manual": lambda c: c.setup(Verb.DELETE, "manual", deleted=[c.method("manual")]),
    "delete self": lambda c: c.setup(Verb.DELETE, "self", deleted=[c.method("self")]),
    "units": lambda c: c.setup(
        Verb.UNITS, "database", units={c.course.pk: [CourseUnit(unit_code="INF201", programme_code="L2INF")]}
    ),
}


def make_campus() -> Campus:
    course, source = CourseFactory(code="SMTU101", with_database=True), CourseFactory(code="TUTORAT")
    cohort, other = HandCohortFactory(code="ALPHA"), HandCohortFactory(code="BETA")
    here, twice, kept, new, oneself = (
        PersonFactory(username=name) for name in ("here", "twice", "kept", "new", "oneself")
    )
    group = GroupFactory(course=course, code="td1", name="TD 1")
    CourseUnit.objects.create(course=course, unit_code="INF101")
    method = MethodFactory(course=course, kind="cohort_sync", source_cohort=cohort, group=group, position=2)
    own = MethodFactory(course=course, kind="self", key="ouvre-toi", position=3, welcome_message="Bonjour,\nà bientôt")
    GroupKey.objects.create(method=own, group=group, key="td")
    for person in (here, twice):
        EnrolmentFactory(course=course, person=person)
    for person in (twice, kept):
        CohortMemberFactory(cohort=cohort, person=person)
        EnrolmentFactory(method=method, person=person)
        GroupMemberFactory(group=group, person=person, method=method)
    EnrolmentFactory(method=own, person=oneself)
    GroupMemberFactory(group=group, person=kept)
    Exclusion.objects.create(method=method, person=here, reason="doublon")
    CohortMemberFactory(cohort=other, person=here)
    CohortMemberFactory(cohort=other, person=new)
    EnrolmentFactory(course=source, person=new, role=role("teacher"))
    EnrolmentFactory(course=source, person=kept, suspended_by="hand")
    author = SiteRoleFactory(user__username="cemu", kind=SiteRole.Kind.STAFF).user
    return Campus(course, source, cohort, other, author)


def confirm(setup: Setup) -> Run:
    """Confirm what a preview of now shows."""
    return carry_out(setup, preview_setup(setup).digest)


def undo(run: Run) -> Run:
    run.refresh_from_db()
    return attempt_run(request_undo(run))


def counts(preview: SetupPreview) -> dict[str, int]:
    return {count.name: count.people for count in preview.counts}


def state() -> dict[str, Rows]:
    """Everything that changes of methods touch."""
    found = facts()
    names = ("enrolments", "groups", "places")
    return {name: found[name] for name in names} | {
        "methods": sorted((method.pk, method.course.code, facts_of(method)) for method in Method.objects.all()),
        "units": values(CourseUnit, ("course__code", "unit_code", "programme_code", "version_code", "group_code")),
        "keys": values(GroupKey, ("method_id", "group__code", "key")),
        "exclusions": values(Exclusion, ("method_id", "person__username", "reason")),
    }
