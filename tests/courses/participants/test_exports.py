"""The exported rows are those of the page, whole, in its order, with its words as codes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cohorts.models import Person
from courses.models import Enrolment, Group, GroupMember, Participation
from courses.participants.conditions import Conditions, read_conditions
from courses.participants.exports import HEADINGS, exported_list, record_export, rows_of
from courses.participants.queries import Scope, find_people, in_order
from courses.participants.rows import Row, rows_for
from courses.participants.seats import seats_of
from courses.participants.vocabulary import vocabulary_of
from enrolhub.access.models import Event
from tests.courses.participants.conftest import World
from tests.courses.participants.world import NOW
from tests.factories import CourseFactory, EnrolmentFactory, GroupFactory, GroupMemberFactory

pytestmark = pytest.mark.django_db

FILTERS = ["", "sort=-status", "sort=groups&sort=-email", "sort=roles", "role=student&status=active", "q=ete", "group=none",
           "match=none&role=tutor&inactive=7d", "sort=-last_access", "method=database&method=self&method_match=all"]  # fmt: skip


def conditions_of(scope: Scope, query: str) -> Conditions:
    conditions = read_conditions(QueryDict(query), scope.vocabulary)
    assert conditions.complaints == ()
    return conditions


def cells_of(row: Row) -> tuple[str, ...]:
    """One row of the page as FORMATS.md §5 writes it."""
    person = row.person
    return (
        person.last_name,
        person.first_name,
        person.username,
        person.id_number,
        person.email,
        "|".join(row.roles),
        "|".join(group.name for group in row.groups),
        "|".join(row.kinds),
        row.last_access.isoformat() if row.last_access else "",
        row.status,
    )


@pytest.mark.parametrize("query", FILTERS)
def test_rows_are_those_of_the_page(world: World, query: str) -> None:
    scope = Scope(vocabulary_of(world.course), NOW)
    conditions = conditions_of(scope, query)
    listed = exported_list(scope, conditions)
    people = in_order(find_people(scope, conditions), scope, conditions.sort)
    shown = rows_for(scope, seats_of(scope), list(people))
    rows = list(listed.rows)
    assert rows == [cells_of(row) for row in shown]
    assert listed.count == len(rows) > 0


def test_a_viewer_in_separate_groups_exports_their_people(world: World) -> None:
    words = vocabulary_of(world.course)
    scope = Scope(words, NOW, seen_groups=[words.groups["TD10"].pk])
    rows = list(exported_list(scope, Conditions()).rows)
    assert [row[2] for row in rows] == [row[2] for row in exported_list(scope, conditions_of(scope, "group=TD10")).rows]
    assert 0 < len(rows) < exported_list(replace(scope, seen_groups=None), Conditions()).count


def test_some_people_of_the_list_only(world: World) -> None:
    scope = Scope(vocabulary_of(world.course), NOW)
    some = Person.objects.filter(username__startswith="z")
    listed = exported_list(scope, conditions_of(scope, "sort=-username"), some)
    names = [row[2] for row in listed.rows]
    assert names == sorted(names, reverse=True)
    assert names == [name for name in names if name.startswith("z")] != []


def test_lists_in_a_cell_are_in_alphabetical_order() -> None:
    course = CourseFactory()
    enrolment = EnrolmentFactory(course=course)
    groups = [
        GroupFactory(course=course, code=code, name=name)
        for code, name in (("b", "Ébène"), ("a", "zinc"), ("c", "fer"))
    ]
    for group in groups:
        GroupMember.objects.create(group=group, person=enrolment.person)
    GroupMember.objects.create(group=groups[0], person=enrolment.person, method=enrolment.method)
    GroupMemberFactory(group=GroupFactory(course=CourseFactory(), name="elsewhere"), person=enrolment.person)
    Participation.objects.create(
        course=course, person=enrolment.person, last_access=datetime(2026, 11, 3, 8, 5, 1, tzinfo=UTC)
    )
    (row,) = exported_list(Scope(vocabulary_of(course), NOW), Conditions()).rows
    assert row[5:] == ("student", "Ébène|fer|zinc", "manual", "2026-11-03T08:05:01+00:00", "active")


def test_who_leaves_while_the_list_is_read_has_no_row() -> None:
    course = CourseFactory()
    stays, leaves = EnrolmentFactory(course=course).person, EnrolmentFactory(course=course).person
    listed = exported_list(Scope(vocabulary_of(course), NOW), Conditions())
    Enrolment.objects.filter(person=leaves).delete()
    assert (listed.count, [row[2] for row in listed.rows]) == (2, [stays.username])


def test_queries_follow_the_chunks_not_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    course = CourseFactory()
    people = [EnrolmentFactory(course=course).person for _ in range(12)]
    scope = Scope(vocabulary_of(course), NOW)
    ids = [person.pk for person in reversed(people)]
    monkeypatch.setattr("courses.participants.exports.CHUNK", 5)
    with CaptureQueriesContext(connection) as queries:
        assert [row[2] for row in rows_of(scope, ids)] == [person.username for person in reversed(people)]
    assert len(queries) == 3 * 4


def test_headings_are_those_of_the_contract_and_french_in_french() -> None:
    with translation.override("en"):
        assert [str(heading) for heading in HEADINGS.values()] == list(HEADINGS)
    with translation.override("fr"):
        assert [str(heading) for heading in HEADINGS.values()] == [
            "Nom", "Prénom", "Compte numérique", "Numéro d’identification", "Adresse de courriel",
            "Rôles", "Groupes", "Méthodes", "Dernier accès au cours", "Statut",
        ]  # fmt: skip


def test_the_trace_says_who_what_and_how_many() -> None:
    scope = Scope(vocabulary_of(CourseFactory(code="TRACE1")), NOW)
    record_export("zoe", scope, "role=student", "ods", 12, ticked=3)
    event = Event.objects.get()
    assert (event.actor, event.action, event.target, event.count) == ("zoe", "export", "TRACE1", 12)
    assert event.detail == {"filter": "role=student", "format": "ods", "ticked": 3}


def test_a_group_that_has_come_since_does_not_stop_the_export() -> None:
    course = CourseFactory()
    person = EnrolmentFactory(course=course).person
    listed = exported_list(Scope(vocabulary_of(course), NOW), Conditions())
    GroupMember.objects.create(group=Group.objects.create(course=course, code="NEW", name="New"), person=person)
    assert [row[6] for row in listed.rows] == [""]
