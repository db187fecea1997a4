"""Enrolments and groups kept from page to page: always what would be read now, and not read while nothing changed.

Within a transaction, as most tests are, SQLite cannot tell that nothing changed.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.history.scopes import scope_on
from courses.models import Course, Enrolment, EnrolmentMark, GroupMember, Method
from courses.participants import kept_seats
from courses.participants.kept_seats import forget_seats, known_seats_of
from courses.participants.marks import MANY, join_marks, marks_of
from courses.participants.queries import Scope
from courses.participants.seats import Kind, seats_of
from courses.participants.vocabulary import vocabulary_of
from tests.factories import (
    CourseFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    manual_method,
    role,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MARKS = connection.vendor == "postgresql"
TOLD = ""  # the statement that asks for marks is not made by Django


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_seats()


@pytest.fixture
def course(db: None) -> Course:
    return large_enough()


def large_enough() -> Course:
    course = CourseFactory()
    one, *_others = EnrolmentFactory.create_batch(4, course=course)
    GroupMemberFactory(group=GroupFactory(course=course), person=one.person)
    MethodFactory(course=course, kind=Method.Kind.SELF)
    return course


def scope_of(course: Course, now: datetime = NOW) -> Scope:
    return Scope(vocabulary_of(course), now)


def own_method(course: Course) -> Method:
    return course.methods.exclude(pk=manual_method(course).pk).get()


def insert_by_hand(course: Course) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_enrolment (method_id, person_id, role_id, suspended_by, created_at) VALUES (%s, %s, %s, '', %s)",
            [own_method(course).pk, PersonFactory().pk, role("teacher").pk, NOW],
        )


def write_and_take_back(course: Course) -> None:
    with transaction.atomic():
        EnrolmentFactory(course=course)
        transaction.set_rollback(True)


def first(course: Course) -> Enrolment:
    return Enrolment.objects.filter(method__course=course).earliest("pk")


CHANGES: dict[str, Callable[[Course], object]] = {
    "one comes": lambda course: EnrolmentFactory(course=course),
    "several come": lambda course: Enrolment.objects.bulk_create(
        Enrolment(method=own_method(course), person=PersonFactory(), role=role()) for _ in range(3)
    ),
    "one comes by SQL": insert_by_hand,
    "one is suspended": lambda course: Enrolment.objects.filter(pk=first(course).pk).update(suspended_by="hand"),
    "all end": lambda course: Enrolment.objects.update(ends_at=NOW),
    "all get another role": lambda course: Enrolment.objects.update(role=role("tutor")),
    "all go to another method": lambda course: Enrolment.objects.update(method=own_method(course)),
    "one goes": lambda course: first(course).delete(),
    "all go": lambda course: Enrolment.objects.all().delete(),
    "one joins a group": lambda course: GroupMemberFactory(
        group=course.groups.get(), person=Enrolment.objects.filter(method__course=course).latest("pk").person
    ),
    "one leaves their group": lambda course: GroupMember.objects.filter(group__course=course).delete(),
    "the group goes": lambda course: course.groups.get().delete(),
    "the method goes": lambda course: manual_method(course).delete(),
    "the method is switched off": lambda course: course.methods.update(enabled=False),
    "what came is taken back": write_and_take_back,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_is_what_would_be_read(course: Course, change: str) -> None:
    before = known_seats_of(scope_of(course))
    assert before == seats_of(scope_of(course))
    CHANGES[change](course)
    assert known_seats_of(scope_of(course)) == seats_of(scope_of(course))
    assert (known_seats_of(scope_of(course)) != before) == (change != "what came is taken back")


def test_changes_one_after_the_other_and_back(course: Course) -> None:
    for suspended_by in ("hand", "", "hand", ""):
        Enrolment.objects.update(suspended_by=suspended_by)
        assert known_seats_of(scope_of(course)) == seats_of(scope_of(course))


def statements(scope: Scope) -> list[str]:
    """The statements that the enrolments of the scope take, each by the table that it reads."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        known_seats_of(scope)
    return [query["sql"].partition(' FROM "')[2].partition('"')[0] for query in captured]


def test_nothing_is_read_again_while_nothing_changed(course: Course) -> None:
    before = statements(scope_of(course))
    EnrolmentFactory()  # in another course
    again = statements(scope_of(course))
    EnrolmentFactory(course=course)
    changed = statements(scope_of(course))
    read = ["courses_enrolment", "courses_groupmember"]
    all_of_it = [TOLD, *read, "courses_enrolment"]
    expected = (all_of_it, [TOLD], all_of_it) if MARKS else (read,) * 3
    assert (before, again, changed) == expected


def test_enrolments_begin_and_end_by_themselves(course: Course) -> None:
    hour = timedelta(hours=1)
    EnrolmentFactory(course=course, starts_at=NOW + hour, ends_at=NOW + 3 * hour)
    told = {}
    for hours in (0, 0.5, 1, 2, 3, 4, 1.5, 0):  # some of them late: the clock of one process is behind
        scope = scope_of(course, NOW + hours * hour)
        seats = known_seats_of(scope)
        assert seats == seats_of(scope)
        told[hours] = sorted({kind.status for kind in seats.of_kind})
    later = ["active", "not_started"]
    assert told == {
        0: later,
        0.5: later,
        1: ["active"],
        1.5: ["active"],
        2: ["active"],
        3: ["active", "ended"],
        4: ["active", "ended"],
    }


def test_a_viewer_in_separate_groups_sees_who_joins_them(course: Course) -> None:
    group = GroupFactory(course=course)
    scope = Scope(vocabulary_of(course), NOW, seen_groups=[group.pk])
    assert known_seats_of(scope).everyone == frozenset()
    person = PersonFactory._meta.model.objects.filter(enrolments__method__course=course).first()
    GroupMemberFactory(group=group, person=person)
    assert known_seats_of(scope).everyone == {person.pk}


def test_a_day_that_is_over_is_not_the_list_of_now(course: Course) -> None:
    known_seats_of(scope_of(course, timezone.now()))
    with scope_on(course, timezone.localdate() - timedelta(days=1), None) as scope:
        assert statements(scope) == ["courses_enrolment", "courses_groupmember"]


def test_what_is_too_large_is_not_kept_and_leaves_nothing_old(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scope_of(course)
    known_seats_of(scope)
    size = seats_of(scope).size
    assert size == 5  # four enrolments, one membership
    monkeypatch.setattr(kept_seats, "MANY", size)
    EnrolmentFactory(course=course)
    assert len(statements(scope)) == len(statements(scope)) == (4 if MARKS else 2)
    Enrolment.objects.filter(method__course=course).latest("pk").delete()
    assert known_seats_of(scope) == seats_of(scope)


def test_marks_are_joined_into_new_ones(course: Course) -> None:
    methods = [method.pk for method in course.methods.all()]
    seen = {marks_of(methods, [])}
    for turn in range(MANY + 1):
        Enrolment.objects.update(suspended_by="hand" if turn % 2 else "")
        seen.add(marks_of(methods, []))
    crowded = EnrolmentMark.objects.count()
    kept = known_seats_of(scope_of(course))
    assert join_marks() == int(MARKS)
    if MARKS:
        assert len(seen) == MANY + 2
        assert (marks_of(methods, []) in seen, crowded > MANY, EnrolmentMark.objects.count()) == (False, True, 1)
    assert known_seats_of(scope_of(course)) == kept == seats_of(scope_of(course))
    assert join_marks() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_transactions_both_databases_tell() -> None:
    for name, change in CHANGES.items():
        course = large_enough()
        known_seats_of(scope_of(course))
        assert (name, statements(scope_of(course))) == (name, [TOLD])
        change(course)
        assert known_seats_of(scope_of(course)) == seats_of(scope_of(course))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reopened", [False, True])
def test_what_others_write_is_seen_once_it_is_committed(reopened: bool) -> None:
    course = CourseFactory()
    one, person = EnrolmentFactory(course=course), PersonFactory()
    kind = Kind(one.method_id, "student", "active")
    other = connection.copy()
    if reopened:
        connection.close()
    try:
        seen = [known_seats_of(scope_of(course)).of_kind]
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO courses_enrolment (method_id, person_id, role_id, suspended_by, created_at) VALUES (%s, %s, %s, '', %s)",
                [one.method_id, person.pk, one.role_id, NOW],
            )
        seen.append(known_seats_of(scope_of(course)).of_kind)
        other.commit()
        if reopened:
            connection.close()  # the new one, too, has seen no change of others yet, and written nothing
        seen.append(known_seats_of(scope_of(course)).of_kind)
    finally:
        other.close()
    assert seen == [{kind: {one.person_id}}] * 2 + [{kind: {one.person_id, person.pk}}]
