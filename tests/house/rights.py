"""The world in which the matrix of rights is tried: what each visitor owns, what is another's, what is of a closed year."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from cohorts.models import Person
from courses.models import Course, ImportFile, Method
from enrolhub.access.models import SavedView, SiteRole, User
from enrolhub.access.trail import record_event
from enrolhub.sync.models import LimitRaise, Run
from tests.factories import (
    CohortFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    HandCohortFactory,
    MessageFactory,
    MethodFactory,
    PersonFactory,
    RunFactory,
    SiteRoleFactory,
    UserFactory,
    manual_method,
    role,
)
from tests.house.test_urls import ROUTES

OWN, BEYOND, OTHER, MIXED, CLOSED, ANYWHERE = "own", "beyond", "other", "mixed", "closed", "-"
#: The visitors' course and component; the component of the manager who has nothing to say there.
COMPONENT, STRANGE_COMPONENT, OTHER_COMPONENT = "DRO", "SCI", "LET"
#: Roles in the course. One of « own_groups » is a non-editing teacher of separate groups.
COURSE_ROLES = {
    "student": "student",
    "observer": "observer",
    "tutor": "tutor",
    "own_groups": "teacher",
    "teacher": "teacher",
    "editing": "editingteacher",
}
SITE_ROLES = {
    "staff": (SiteRole.Kind.STAFF, ""),
    "operator": (SiteRole.Kind.OPERATOR, ""),
    "approver": (SiteRole.Kind.APPROVER, ""),
    "auditor": (SiteRole.Kind.AUDITOR, ""),
    "manager": (SiteRole.Kind.COMPONENT_MANAGER, COMPONENT),
    "manager_of_another": (SiteRole.Kind.COMPONENT_MANAGER, STRANGE_COMPONENT),
}
NOBODY = "nobody"
VISITORS = (NOBODY, *COURSE_ROLES, *SITE_ROLES)
#: What a part of an address stands for where it is no row of the database.
CHOICES = {
    "courses:action": {"verb": "suspend"},
    "courses:import": {"kind": "enrolments"},
    "courses:import_template": {"kind": "enrolments"},
    "courses:many_change": {"verb": "add", "kind": "cohort_sync"},
    "courses:method_add": {"kind": "cohort_sync"},
}
FILE = {"kind": "csv"}
#: The kind of the method that an address is about.
METHODS = {
    "courses:method_units": "database",
    "courses:self_withdraw": "self",
    "courses:self_renew": "self",
}
#: The kind of the run that an address is about; a night is nobody's own.
RUNS = {"courses:action_run": "hand", "courses:method_run": "method"}


def parts_of(name: str) -> list[str]:
    """The names of the parts that the address has."""
    return re.findall(r"<(?:\w+:)?(\w+)>", ROUTES[name])


def places_of(name: str) -> tuple[str, ...]:
    """Where an address is tried: nowhere in particular, or in one's own place and in those that are not.

    « beyond » is the own course with what belongs to somebody else or to another group there; « mixed » the own course with a
    row of another course.
    """
    rows = set(parts_of(name)) - {"kind", "verb"}
    if not rows:
        return (ANYWHERE,)
    within = (BEYOND, MIXED) if "code" in rows and len(rows) > 1 else ()
    return (OWN, *within, OTHER, CLOSED)


@dataclass
class Place:
    """A course with everything in it that an address may name."""

    course: Course
    methods: dict[str, Method]
    group: int
    message: int
    person: str
    view: int
    file: int
    runs: dict[str, int]


class World:
    """The places as one visitor has them: own and closed are the visitor's, beyond, mixed and other are not."""

    def __init__(self, visitor: str) -> None:
        self.visitor = visitor
        self.someone: User = UserFactory.create(username="someone")
        self.account: User = UserFactory.create(username=visitor)
        self.person: Person = PersonFactory.create(username=visitor)
        self.raise_id = raised_by(self.someone)
        self.event_id = record_event(self.someone.username, "sign_in").pk
        own = self._course("OWN1", COMPONENT, "2026")
        self.places = {OWN: self._place(own, self.account)}
        self.places[BEYOND] = self._place(own, self.someone)
        self.places[OTHER] = self._place(self._course("OTHER1", OTHER_COMPONENT, "2026"), self.someone)
        self.places[CLOSED] = self._place(self._course("CLOSED1", COMPONENT, "2025"), self.account)
        if visitor in SITE_ROLES:
            kind, component = SITE_ROLES[visitor]
            SiteRoleFactory(user=self.account, kind=kind, component=component)

    def _course(self, code: str, component: str, year: str) -> Course:
        separate = self.visitor == "own_groups"
        course: Course = CourseFactory.create(
            code=code, component=component, academic_year=year, with_database=True, separate_groups=separate
        )
        HandCohortFactory(code=code)
        MethodFactory(course=course, kind=Method.Kind.COHORT_SYNC, source_cohort=CohortFactory(academic_year=year))
        MethodFactory(course=course, kind=Method.Kind.SELF, may_renew=True, duration_days=90)
        if code != "OTHER1" and self.visitor in COURSE_ROLES:
            EnrolmentFactory(method=manual_method(course), person=self.person, role=role(COURSE_ROLES[self.visitor]))
        return course

    def _place(self, course: Course, owner: User) -> Place:
        """What is in the course and belongs to `owner`: a group, a person of it, a message, a file, a view, runs."""
        methods = {str(method.kind): method for method in course.methods.all()}
        group, person = GroupFactory.create(course=course), PersonFactory.create()
        EnrolmentFactory(method=manual_method(course), person=person)
        GroupMemberFactory(group=group, person=person)
        if owner == self.account:
            GroupMemberFactory(group=group, person=self.person)
            EnrolmentFactory(method=methods["self"], person=self.person)
        message = MessageFactory.create(course=course, sender=owner)
        runs = {kind: run_of(course, owner, kind) for kind in ("hand", "method")}
        parts = (group.pk, message.pk, person.username, view_of(course, owner), file_of(course, owner))
        return Place(course, methods, *parts, runs)

    def address(self, name: str, place: str) -> str:
        """The address of this name in this place."""
        here = self.places[OWN if place in (ANYWHERE, MIXED) else place]
        there = self.places[OTHER] if place == MIXED else here
        told: dict[str, object] = {
            "code": here.course.code,
            "method_id": there.methods[METHODS.get(name, "cohort_sync")].pk,
            "group_id": there.group,
            "message_id": there.message,
            "username": there.person,
            "view_id": there.view,
            "file_id": there.file,
            "run_id": there.runs[RUNS.get(name, "hand")],
            "raise_id": self.raise_id,
            "event_id": self.event_id,
            **CHOICES.get(name, FILE),
        }
        return reverse(name, kwargs={part: told[part] for part in parts_of(name)})


def raised_by(account: User) -> int:
    now = timezone.now()
    raised = LimitRaise.objects.create(
        limit="GUARD_RUN_COUNT",
        value=99,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        author=account,
        reason="a reason",
    )
    return int(raised.pk)


def view_of(course: Course, owner: User) -> int:
    named = f"View {SavedView.objects.count()}"
    return int(SavedView.objects.create(user=owner, view="participants", place=course.code, name=named).pk)


def file_of(course: Course, owner: User) -> int:
    """A file that `owner` loads into the course; it waits to be read."""
    ends = timezone.now() + timedelta(days=1)
    file = ImportFile.objects.create(
        author=owner, kind="enrolments", course=course, name="a.csv", data=b"identifiant", expires_at=ends
    )
    return int(file.pk)


def run_of(course: Course, owner: User, kind: str) -> int:
    """A run by hand of `owner` in the course, applied."""
    options = {
        "course": course.code,
        "courses": [course.pk],
        "verb": "suspend" if kind == "hand" else "add",
        "people": 1,
    }
    run: Run = RunFactory.create(kind=kind, author=owner, options=options | {"method_kind": "cohort_sync"})
    return int(run.pk)
