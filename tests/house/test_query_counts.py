"""A list of fifty rows costs as many queries as a list of one."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cohorts.models import (
    Cohort,
    Snapshot,
    StagedGroup,
    StagedGroupAssignment,
    StagedRegistration,
    StagedUnitRegistration,
)
from courses.models import Course, Exclusion, Group, ImportFile, Message, Method
from courses.participants.kept_seats import forget_seats
from enrolhub.access.models import SavedView, SiteRole, User
from enrolhub.access.trail import record_event
from enrolhub.sync.models import LimitRaise, Run
from tests.factories import (
    ChangeFactory,
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    CourseUnitFactory,
    DeliveryFactory,
    EnrolmentFactory,
    ExtractFileFactory,
    FindingFactory,
    GroupFactory,
    GroupMemberFactory,
    HandCohortFactory,
    HoldFactory,
    MessageFactory,
    MethodFactory,
    ParticipationFactory,
    PersonFactory,
    PhaseFactory,
    RunFactory,
    ScopeFactory,
    SiteRoleFactory,
    SnapshotFactory,
    SnapshotFileFactory,
    UserFactory,
    role,
)
from tests.house.test_urls import ROUTES, ROWS, VISITORS

TEACHER = "teacher"
numbers = count(1)


def the_course() -> Course:
    return Course.objects.get(code="LIST1")


def the_cohort() -> Cohort:
    return Cohort.objects.get(code="LIST1")


def the_run() -> Run:
    return Run.objects.earliest("pk")


def add_course() -> None:
    """A course that the teacher teaches, with a method, a group and a student."""
    course = CourseFactory(with_database=True)
    EnrolmentFactory(course=course)
    GroupFactory(course=course)
    teacher = EnrolmentFactory._meta.model.objects.get(method__course=the_course(), person__username=TEACHER).person
    EnrolmentFactory(course=course, person=teacher, role=role("editingteacher"))


def add_participant() -> None:
    """Someone with two enrolments, two groups and a last access."""
    course, person = the_course(), PersonFactory()
    for method in course.methods.all()[:2]:
        EnrolmentFactory(method=method, course=course, person=person)
    for _ in range(2):
        GroupMemberFactory(group=GroupFactory(course=course), person=person)
    ParticipationFactory(course=course, person=person)


def add_method() -> None:
    cohort = CohortFactory()
    method = MethodFactory(course=the_course(), kind=Method.Kind.COHORT_SYNC, source_cohort=cohort)
    EnrolmentFactory(course=the_course(), method=method)


def add_unit() -> None:
    CourseUnitFactory(course=the_course())


def add_group_member() -> None:
    """Someone in the group by hand, for which a run answers, and by a method."""
    course, person = the_course(), PersonFactory()
    group = Group.objects.filter(course=course, code="LIST1").first() or GroupFactory(course=course, code="LIST1")
    for method in (None, course.methods.earliest("pk")):
        GroupMemberFactory(group=group, person=person, method=method)
    phase = PhaseFactory(run=RunFactory(author=UserFactory()), relation="group_members.hand")
    ChangeFactory(scope=ScopeFactory(phase=phase, code="LIST1"), item="LIST1", member=person.pk)


def add_course_change() -> None:
    """A change of somebody's enrolment, and one of a place in a group, by runs of their own."""
    for relation in ("manual", "group_members.hand"):
        phase = PhaseFactory(run=RunFactory(author=UserFactory()), relation=relation)
        ChangeFactory(scope=ScopeFactory(phase=phase, code="LIST1"), person=PersonFactory().username)


def add_registered() -> None:
    """A student of the register who follows an element of the course in a group, and is not in the course."""
    lists = ("inscriptions_administratives", "inscriptions_pedagogiques", "groupes", "affectations_groupes")
    if not Snapshot.objects.exists():
        CourseUnitFactory(course=the_course(), unit_code="ELP1")
        snapshot = SnapshotFactory()
        for name in lists:
            SnapshotFileFactory(snapshot=snapshot, file=ExtractFileFactory(list_name=name))
    files = {file.list_name: file for file in Snapshot.objects.earliest("pk").files.all()}
    line, person = next(numbers), PersonFactory()
    row = {"line": line, "academic_year": "2026", "student_number": person.student_number}
    registered = {**row, "programme_code": f"ETP{line}", "version_code": "1"}
    StagedRegistration.objects.create(file=files[lists[0]], state="E", payment_state="P", **registered)
    StagedUnitRegistration.objects.create(file=files[lists[1]], unit_code="ELP1", followed="N", **registered)
    group = {"line": line, "academic_year": "2026", "group_number": str(line)}
    StagedGroup.objects.create(file=files[lists[2]], unit_code="ELP1", **group)
    StagedGroupAssignment.objects.create(file=files[lists[3]], student_number=person.student_number, **group)


def add_exclusion() -> None:
    """Someone excluded by someone else."""
    method, author = the_course().methods.get(kind=Method.Kind.DATABASE), UserFactory()
    Exclusion.objects.create(method=method, person=PersonFactory(), created_by=author)


def add_cohort() -> None:
    CohortMemberFactory(cohort=CohortFactory())


def add_cohort_member() -> None:
    CohortMemberFactory(cohort=the_cohort())
    MethodFactory(course=CourseFactory(), kind=Method.Kind.COHORT_SYNC, source_cohort=the_cohort())


def add_cohort_change() -> None:
    """Somebody who joined the cohort, by a run of somebody."""
    phase = PhaseFactory(run=RunFactory(author=UserFactory()), relation="cohort_members.hand")
    ChangeFactory(scope=ScopeFactory(phase=phase, code="LIST1"), person=PersonFactory().username)


def add_run() -> None:
    FindingFactory(run=RunFactory())


def add_to_run() -> None:
    """A touched scope, a held one, a finding."""
    phase = the_run().phases.first() or PhaseFactory(run=the_run())
    ChangeFactory(scope=ScopeFactory(phase=phase))
    HoldFactory(scope__phase=phase)
    FindingFactory(run=the_run(), code=f"code{next(numbers) % 3}")


def add_change() -> None:
    phase = the_run().phases.first() or PhaseFactory(run=the_run())
    ChangeFactory(scope=ScopeFactory(phase=phase), person=PersonFactory().username)


def the_message() -> Message:
    return Message.objects.filter(course=the_course()).earliest("pk")


def add_message() -> None:
    DeliveryFactory(message=MessageFactory(course=the_course()))


def add_delivery() -> None:
    """One that waits after an attempt, and one that failed."""
    message = Message.objects.filter(course=the_course()).first() or MessageFactory(course=the_course())
    DeliveryFactory(message=message, attempts=1, reason="postponed", answer="450 Later")
    DeliveryFactory(message=message, state="failed", reason="refused", answer="550 No")


def add_chain() -> None:
    """A method that the teacher's account could come by, with a departure in its ledger, and another course of theirs."""
    method = MethodFactory(course=the_course(), kind=Method.Kind.COHORT_SYNC, source_cohort=CohortFactory())
    phase = PhaseFactory(run=RunFactory(), relation="cohort_sync")
    scope = ScopeFactory(phase=phase, ref=method.pk)
    ChangeFactory(scope=scope, action="D", person=TEACHER)
    add_course()


def add_view() -> None:
    """A view kept by each account, whichever visits."""
    for user in User.objects.all():
        name = f"View {next(numbers)}"
        SavedView.objects.create(user=user, view="participants", place="LIST1", name=name, query="role=student")


def add_open_course() -> None:
    """A course in which whoever has the key may enrol, while there are places."""
    MethodFactory(course=CourseFactory(), kind=Method.Kind.SELF, key="Printemps", capacity=3)


def add_raise() -> None:
    """A limit that was raised, by somebody."""
    begun = timezone.now() - timedelta(days=1)
    LimitRaise.objects.create(
        limit="GUARD_RUN_COUNT", value=99, starts_at=begun, ends_at=begun, author=UserFactory(), reason="a reason"
    )


def add_extract() -> None:
    """An accepted extract with a list of its own, and a refused one."""
    SnapshotFileFactory(snapshot=SnapshotFactory(run=RunFactory()))
    SnapshotFactory(verdict="refused", accepted=False, run=RunFactory(), problems=[{"code": "list_empty", "file": "a"}])


def add_import() -> None:
    """A file that each account loads into the course, whichever visits."""
    for user in User.objects.all():
        ImportFile.objects.create(
            author=user,
            kind="enrolments",
            course=the_course(),
            name="a.csv",
            data=b"identifiant",
            expires_at=timezone.now() + timedelta(days=1),
        )


def add_event() -> None:
    """What somebody did in a course, and what they were refused."""
    record_event(f"account{next(numbers)}", "addresses_copied", f"CRS{next(numbers)}", count=3)
    record_event(f"account{next(numbers)}", "access_refused", "/courses/LIST1/", method="GET")


def add_traces() -> None:
    """A course of the teacher's, a change of theirs, a mail to them, what they did, and what was done about them."""
    add_course()
    person = PersonFactory._meta.model.objects.get(username=TEACHER)
    ChangeFactory(scope=ScopeFactory(code="LIST1"), person=TEACHER, member=person.pk)
    DeliveryFactory(person=person)
    record_event(TEACHER, "export", f"CRS{next(numbers)}", count=3)
    record_event("cemu", "personal_data_shown", TEACHER)
    for user in User.objects.all():
        RunFactory(author=user, kind="hand")
        MessageFactory(sender=user)


GROW: dict[str, Callable[[], None]] = {
    "cohorts:changes": add_cohort_change,
    "cohorts:cohort": add_cohort_member,
    "cohorts:delete": add_cohort_member,
    "cohorts:list": add_cohort,
    "cohorts:people_search": add_cohort_member,
    "courses:assistant": add_course,
    "courses:assistant_anywhere": add_course,
    "cohorts:sources": add_extract,
    "courses:attendance": add_participant,
    "courses:cohorts_search": add_cohort,
    "courses:course_import": add_import,
    "courses:digest": add_course,
    "courses:enrol": add_participant,
    "courses:exclusions": add_exclusion,
    "courses:export": add_participant,
    "courses:explain": add_chain,
    "courses:group": add_group_member,
    "courses:group_delete": add_group_member,
    "courses:groups": add_participant,
    "courses:history": add_course_change,
    "courses:explain_search": add_participant,
    "courses:home": add_course,
    "courses:imports": add_import,
    "courses:list": add_course,
    "courses:message_progress": add_delivery,
    "courses:message_sent": add_delivery,
    "courses:messages": add_message,
    "courses:many_cohorts": add_cohort,
    "courses:many_courses": add_course,
    "courses:many_sources": add_course,
    "courses:method_cohorts": add_cohort,
    "courses:method_edit": add_participant,
    "courses:method_sources": add_course,
    "courses:method_state": add_participant,
    "courses:method_units": add_unit,
    "courses:methods": add_method,
    "courses:my_courses": add_course,
    "courses:open_courses": add_open_course,
    "courses:participants": add_participant,
    "courses:people_search": add_participant,
    "courses:removable": add_participant,
    "courses:people": add_participant,
    "courses:person": add_course,
    "courses:person_data": add_traces,
    "courses:person_data_file": add_traces,
    "courses:own_data": add_traces,
    "courses:own_data_file": add_traces,
    "courses:verification": add_registered,
    "courses:verification_export": add_registered,
    "courses:views": add_view,
    "trail:events": add_event,
    "trail:export": add_event,
    "sync:changes": add_change,
    "sync:progress": add_to_run,
    "sync:run": add_to_run,
    "sync:runs": add_run,
    "sync:holds": add_to_run,
    "sync:limits": add_raise,
    "sync:undo": add_to_run,
}
# Pages whose length no data change.
NO_LIST = {
    "access:account",
    "access:accessibility",
    "access:sign_in",
    "probes:alive",
    "probes:ready",
    "cohorts:fill",
    "cohorts:new",
    "cohorts:rename",
    "courses:group_add",
    "courses:group_name",
    "courses:privacy_notice",
    "trail:event",
}


@pytest.fixture
def visitor(request: pytest.FixtureRequest, db: None) -> Client:
    """A member of the CEMU's staff, the teacher of the course, or an operator."""
    user = UserFactory.create(username=request.param)
    HandCohortFactory(code="LIST1")
    person = PersonFactory(username=TEACHER)
    EnrolmentFactory(course=CourseFactory(code="LIST1", with_database=True), person=person, role=role("editingteacher"))
    RunFactory()
    if request.param in ("staff", "operator"):
        SiteRoleFactory(user=user, kind=SiteRole.Kind(request.param))
    client = Client()
    client.force_login(user)
    return client


def queries_of(client: Client, name: str) -> tuple[int, str]:
    """How many queries a page costs when nothing is kept from an earlier one, and which."""
    cache.clear()
    forget_seats()
    parts: dict[str, object] = {"code": "LIST1"} if "<code" in ROUTES[name] or ":code>" in ROUTES[name] else {}
    parts |= {"username": TEACHER} if ":username>" in ROUTES[name] else {}
    parts |= {"kind": "csv"} if ":kind>" in ROUTES[name] else {}
    parts |= {"run_id": the_run().pk} if "run_id" in ROUTES[name] else {}
    parts |= {"message_id": the_message().pk} if "message_id" in ROUTES[name] else {}
    parts |= {"method_id": the_course().methods.get(kind="database").pk} if "method_id" in ROUTES[name] else {}
    parts |= {"group_id": the_course().groups.get(code="LIST1").pk} if "group_id" in ROUTES[name] else {}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(reverse(name, kwargs=parts), {"per_page": 100})
        assert b"".join(response)  # a file is read while it is sent
    assert response.status_code == 200
    return len(queries), "\n".join(query["sql"] for query in queries.captured_queries)


def visits() -> Iterator[Any]:
    """Each list with each kind of visitor who may open it, the least of them daily; the operator opens what nobody else of them does."""
    kinds = {kind: VISITORS.index(kind) for kind in (TEACHER, "staff", "operator")}
    for name in GROW:
        least, *others = [kind for kind, column in kinds.items() if ROWS[name][column] == 200]
        yield pytest.param(least, name)
        if "staff" in others:
            yield pytest.param("staff", name, marks=pytest.mark.slow)


@pytest.mark.parametrize(("visitor", "name"), list(visits()), indirect=["visitor"])
def test_fifty_rows_cost_what_one_row_costs(visitor: Client, name: str) -> None:
    GROW[name]()
    queries_of(visitor, name)  # what is read once and kept: content types, the session's language
    few, few_words = queries_of(visitor, name)
    for _ in range(49):
        GROW[name]()
    many, many_words = queries_of(visitor, name)
    assert many == few, f"{few_words}\n\n--- with fifty rows ---\n\n{many_words}"


def test_every_page_is_measured_or_has_no_list() -> None:
    pages = {name for name, row in ROWS.items() if 200 in row}
    assert sorted(pages - NO_LIST) == sorted(GROW)
