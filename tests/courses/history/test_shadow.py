"""The mechanism by which a connection reads the rows of another day: nothing of it is left, and nothing is written."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from courses.bulk.enrolments_file import EnrolmentsFile
from courses.bulk.methods_file import MethodsFile
from courses.groups.deleting import digest_of, request_deletion
from courses.history.past import as_it_was
from courses.models import Course, Enrolment, Group, GroupMember, Method
from enrolhub.access.models import SiteRole
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.models import Scope
from tests.dumps import tables
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    PersonFactory,
    SiteRoleFactory,
)

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 17, 8, tzinfo=UTC)
NOON = MORNING + timedelta(hours=4)


@pytest.fixture
def course() -> Course:
    """Ann in Projet A since the morning, tutor since the afternoon and out of the group; Bob since the afternoon."""
    made: Course = CourseFactory(code="PAST1")
    for name in ("ann", "bob"):
        PersonFactory(username=name)
    load("ann;student;Projet A;;", at=MORNING)
    load("ann;tutor;;2027-06-30;", "bob;student;Projet A;;", at=NOON + timedelta(hours=2))
    return made


def load(*lines: str, at: datetime) -> None:
    data = "\n".join(["cours;identifiant;role;groupe;fin;operation", *(f"PAST1;{line}" for line in lines)])
    with time_machine.travel(at, tick=True):
        EnrolmentsFile(data.encode(), "mains.csv", creates_groups=True).carry_out(dry_run=False)


def enrolled() -> list[tuple[object, ...]]:
    rows = Enrolment.objects.filter(method__course__code="PAST1")
    return sorted(rows.values_list("person__username", "role__short_name", "method__kind", "ends_at"))


def placed() -> list[tuple[str, str, str | None]]:
    rows = GroupMember.objects.filter(group__course__code="PAST1")
    return sorted(rows.values_list("person__username", "group__name", "method__kind"))


def test_within_it_is_then_and_afterwards_it_is_now(course: Course) -> None:
    before = tables()
    with as_it_was(course, NOON):
        assert enrolled() == [("ann", "student", "manual", None)]
        assert placed() == [("ann", "Projet A", None)]
    assert tables() == before
    assert [row[:2] for row in enrolled()] == [("ann", "tutor"), ("bob", "student")]


@pytest.mark.parametrize("instant", [MORNING - timedelta(seconds=1), NOON + timedelta(days=1)])
def test_before_everything_and_after_everything(course: Course, instant: datetime) -> None:
    now = (enrolled(), placed())
    with as_it_was(course, instant):
        assert (enrolled(), placed()) == (([], []) if instant < MORNING else now)


def test_the_end_at_which_the_rows_are_seen_belongs_to_them(course: Course) -> None:
    at = Scope.objects.filter(code="PAST1", phase__relation="manual").earliest("arrived_at").arrived_at
    assert at is not None
    for instant, count in ((at, 1), (at - timedelta(microseconds=1), 0)):
        with as_it_was(course, instant):
            assert len(enrolled()) == count


def test_an_error_within_leaves_nothing_either(course: Course) -> None:
    before = tables()
    with pytest.raises(ZeroDivisionError), as_it_was(course, NOON):
        raise ZeroDivisionError
    assert tables() == before


def test_two_days_can_be_read_one_after_the_other(course: Course) -> None:
    for instant, count in ((NOON, 1), (MORNING - timedelta(days=1), 0), (NOON, 1)):
        with as_it_was(course, instant):
            assert len(enrolled()) == count


def test_nothing_is_written_meanwhile(course: Course) -> None:
    before = tables()
    with as_it_was(course, NOON):
        for write in (
            lambda: Enrolment.objects.all().delete(),
            lambda: Enrolment.objects.update(suspended_by="hand"),
            lambda: Course.objects.update(visible=False),
            lambda: GroupFactory(course=course),
        ):
            with pytest.raises(RuntimeError, match="written while the past is read"):
                write()
    assert tables() == before


def test_other_courses_are_not_touched(course: Course) -> None:
    other = CourseFactory(code="OTHER")
    EnrolmentFactory(course=other, person=PersonFactory(username="zed"))
    GroupMemberFactory(group=GroupFactory(course=other, code="projet-a"), person=PersonFactory())
    with as_it_was(course, NOON):
        assert placed() == [("ann", "Projet A", None)]
    with as_it_was(other, NOON):
        assert Enrolment.objects.count() == 1  # made without a run, so there from ever


@pytest.mark.slow
def test_a_method_and_a_group_deleted_since_are_there_again(course: Course) -> None:
    CohortMemberFactory(cohort=CohortFactory(code="C1"), person=PersonFactory(username="cyd"))
    head = "operation;methode;cours;source;role;groupe;active;nom\n"
    with time_machine.travel(NOON + timedelta(days=1), tick=True):
        MethodsFile(f"{head}ajout;cohorte;PAST1;C1;tutor;Projet A;oui;".encode(), "m.csv").carry_out(dry_run=False)
    with time_machine.travel(NOON + timedelta(days=3), tick=True):
        MethodsFile(f"{head}suppression;cohorte;PAST1;C1;;;;".encode(), "m.csv").carry_out(dry_run=False)
        group = Group.objects.get(course=course)
        assert (
            attempt_run(request_deletion(group, digest_of(group), SiteRoleFactory(kind=SiteRole.Kind.STAFF).user)).state
            == "applied"
        )
    assert (placed(), Method.objects.filter(kind="cohort_sync").count()) == ([], 0)
    with translation.override("fr"), as_it_was(course, NOON + timedelta(days=2)):
        assert [row[:3] for row in enrolled()] == [
            ("ann", "tutor", "manual"),
            ("bob", "student", "manual"),
            ("cyd", "tutor", "cohort_sync"),
        ]
        assert placed() == [("ann", "Projet A", None), ("bob", "Projet A", None), ("cyd", "Projet A", "cohort_sync")]
        assert Method.objects.get(kind="cohort_sync").name == "Synchronisation des cohortes (supprimée depuis)"
        assert Group.objects.get(course=course).code == "projet-a"


def test_it_costs_as_many_queries_whatever_was_touched(course: Course) -> None:
    costs = []
    for number in (1, 50):
        load(*(f"{PersonFactory().username};student;Projet B;;" for _ in range(number)), at=NOON + timedelta(days=1))
        with CaptureQueriesContext(connection) as queries, as_it_was(course, NOON):
            pass
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_no_table_of_the_past_outlives_it(course: Course) -> None:
    with as_it_was(course, NOON):
        pass
    for name in ("courses_enrolment", "courses_groupmember", "courses_method", "courses_group"):
        schema = "temp" if connection.vendor == "sqlite" else "pg_temp"
        with pytest.raises(DatabaseError, match=name), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {schema}.{name}")
    assert len(enrolled()) == 2
