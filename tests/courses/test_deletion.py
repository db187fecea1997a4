"""Deleting a method while a night writes its rows: whoever comes second sees what the first has done."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.utils import timezone

from courses.deletion import delete_methods, hold_courses
from courses.models import Course, Enrolment, GroupMember, Method
from courses.relations import EnrolmentRows
from enrolhub.sync.apply import changes_of
from enrolhub.sync.facts import join_facts
from enrolhub.sync.models import Change, Scope
from tests.factories import (
    ChangeFactory,
    EnrolmentFactory,
    GroupFactory,
    GroupMemberFactory,
    MethodFactory,
    PersonFactory,
    ScopeFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def planned_arrival(method: Method) -> Scope:
    """The scope of a planned night in which somebody arrives by the method."""
    scope = ScopeFactory.create(ref=method.pk, arrivals=1, arrived_at=None)
    person = PersonFactory.create()
    ChangeFactory.create(
        scope=scope, member=person.pk, person=person.username, after=join_facts(["student", "", "", ""])
    )
    return scope


def write(scope: Scope) -> None:
    with transaction.atomic():
        EnrolmentRows(scope.phase.relation).arrive(changes_of([scope], Change.Action.ARRIVAL), timezone.now())


def test_a_deleted_method_takes_everything_along() -> None:
    kept, gone = MethodFactory.create(), MethodFactory.create()
    for method in (kept, gone):
        EnrolmentFactory.create(method=method)
        group = GroupFactory.create(course=method.course)
        GroupMemberFactory.create(group=group, method=method)
    delete_methods([gone.pk])
    assert set(Enrolment.objects.values_list("method", flat=True)) == {kept.pk}
    assert set(GroupMember.objects.values_list("method", flat=True)) == {kept.pk}
    assert not Method.objects.filter(pk=gone.pk).exists()


def test_nothing_is_written_for_a_method_that_is_gone() -> None:
    method = MethodFactory.create()
    scope = planned_arrival(method)
    delete_methods([method.pk])
    write(scope)
    assert Enrolment.objects.count() == 0


def meanwhile(work: Callable[[], object]) -> threading.Thread:
    """Do the work in another connection, which may have to wait for this one."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_deletion_waits_for_the_rows_being_written_and_takes_them_along() -> None:
    method = MethodFactory.create()
    scope = planned_arrival(method)
    with transaction.atomic():
        write(scope)
        thread = meanwhile(lambda: delete_methods([method.pk]))
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert (Method.objects.filter(pk=method.pk).count(), Enrolment.objects.count()) == (0, 0)


def test_writing_waits_for_a_deletion_and_then_writes_nothing() -> None:
    method = MethodFactory.create()
    scope = planned_arrival(method)

    with transaction.atomic():
        hold_courses(Course.objects.filter(pk=method.course_id))
        Method.objects.filter(pk=method.pk).delete()
        thread = meanwhile(lambda: write(scope))
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert Enrolment.objects.count() == 0
