"""Attendance sheets: who is on the sheet of which group."""

import pytest
from django.http import QueryDict

from courses.models import Course, Group, GroupMember
from courses.participants.attendance import groups_offered, sheets_of
from courses.participants.conditions import read_conditions
from courses.participants.queries import Scope
from courses.participants.vocabulary import vocabulary_of
from tests.courses.participants.world import NOW
from tests.factories import CourseFactory, EnrolmentFactory, GroupFactory, PersonFactory, role

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    """Zoé and Ann in TD 1, Ann also in TP 1, Max in no group here, Prof the teacher in TP 1; TD 2 has nobody."""
    made: Course = CourseFactory()
    groups = {
        name: GroupFactory(course=made, code=name.replace(" ", ""), name=name) for name in ("TP 1", "TD 1", "TD 2")
    }
    for name, places in {"Zoé": ["TD 1"], "Ann": ["TD 1", "TP 1"], "Max": [], "Prof": ["TP 1"]}.items():
        person = PersonFactory(username=name.lower(), last_name=name, first_name="", id_number=f"N{name}")
        enrolment = EnrolmentFactory(course=made, person=person, role=role("teacher" if name == "Prof" else "student"))
        for place in places:
            GroupMember.objects.create(group=groups[place], person=person)
            GroupMember.objects.create(group=groups[place], person=person, method=enrolment.method)
    elsewhere = GroupFactory(course=CourseFactory(), code="TD1", name="TD 1")
    GroupMember.objects.create(group=elsewhere, person=PersonFactory._meta.model.objects.get(username="max"))
    return made


def sheets(course: Course, query: str = "", seen_groups: list[int] | None = None) -> dict[str, list[str]]:
    """Names by sheet."""
    scope = Scope(vocabulary_of(course), NOW, seen_groups)
    conditions = read_conditions(QueryDict(query), scope.vocabulary)
    assert conditions.complaints == ()
    found = sheets_of(scope, conditions)
    return {sheet.group.name if sheet.group else "": [person.name for person in sheet.people] for sheet in found}


def test_each_group_with_people_and_those_in_none(course: Course) -> None:
    assert sheets(course) == {"TD 1": ["Ann", "Zoé"], "TP 1": ["Ann", "Prof"], "": ["Max"]}
    assert list(sheets(course)) == ["TD 1", "TP 1", ""]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("group=TD1", {"TD 1": ["Ann", "Zoé"]}),
        ("group=TD1&group=none", {"TD 1": ["Ann", "Zoé"], "": ["Max"]}),
        ("group=TD2", {"TD 2": []}),
        ("group=TD1&group=TP1&group_match=all", {"TD 1": ["Ann"], "TP 1": ["Ann"]}),
        ("group=TP1&group_match=none", {"TD 1": ["Zoé"], "": ["Max"]}),
        ("group=TP1&match=none", {"TD 1": ["Zoé"], "": ["Max"]}),
        ("role=student&group=TP1", {"TP 1": ["Ann"]}),
        ("role=student&sort=-last_name", {"TD 1": ["Ann", "Zoé"], "TP 1": ["Ann"], "": ["Max"]}),
        ("q=prof", {"TP 1": ["Prof"]}),
        ("q=nobodyatall", {}),
    ],
)
def test_the_filter_says_who_and_which_groups(course: Course, query: str, expected: dict[str, list[str]]) -> None:
    assert sheets(course, query) == expected


def test_a_viewer_in_separate_groups_has_the_sheets_of_theirs(course: Course) -> None:
    seen = [Group.objects.get(course=course, code="TD1").pk]
    assert sheets(course, seen_groups=seen) == {"TD 1": ["Ann", "Zoé"]}
    assert sheets(course, "group=TP1", seen_groups=seen) == {}
    assert sheets(course, "group=none", seen_groups=seen) == {}
    offered = groups_offered(Scope(vocabulary_of(course), NOW, seen))
    assert [group.name for group in offered] == ["TD 1"]


def test_whoever_has_no_name_is_called_by_their_account(course: Course) -> None:
    EnrolmentFactory(course=course, person=PersonFactory(username="x1", last_name="", first_name="", id_number=""))
    assert sheets(course, "group=none") == {"": ["x1", "Max"]}
