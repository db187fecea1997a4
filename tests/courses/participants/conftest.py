import pytest
from django.http import QueryDict

from courses.models import Course
from courses.participants.conditions import read_conditions
from courses.participants.finding import find
from courses.participants.paging import people_of_page
from courses.participants.queries import Scope, find_people, in_order
from courses.participants.seats import seats_of
from courses.participants.vocabulary import vocabulary_of
from tests.courses.participants.world import NOW, build_course
from tests.worlds import once


class World:
    """The course as rows of the database and as plain rows."""

    def __init__(self) -> None:
        self.course, self.plain = build_course()

    def __repr__(self) -> str:
        return "the small course"


@pytest.fixture
def world(db: None) -> World:
    return once(World)


def listed(course: Course, query: str, seen_groups: list[int] | None = None) -> list[str]:
    """Who the code under test lists, in its order; its count is checked on the way."""
    scope = Scope(vocabulary_of(course), NOW, seen_groups)
    conditions = read_conditions(QueryDict(query), scope.vocabulary)
    assert conditions.complaints == ()
    people = in_order(find_people(scope, conditions), scope, conditions.sort)
    usernames = list(people.values_list("username", flat=True))
    pks = set(people.values_list("pk", flat=True))
    assert find(scope, conditions, seats_of(scope)).ids == pks
    return usernames


def paged(course: Course, query: str, start: int, size: int) -> list[str]:
    """Who is on the page that begins at that place."""
    scope = Scope(vocabulary_of(course), NOW)
    conditions = read_conditions(QueryDict(query), scope.vocabulary)
    people = people_of_page(find(scope, conditions, seats_of(scope)), start, size)
    return [person.username for person in people]


def complaints(course: Course, query: str) -> list[tuple[str, str]]:
    """What the code under test complains of: parameter and value."""
    conditions = read_conditions(QueryDict(query), vocabulary_of(course))
    return [(complaint.parameter, complaint.value) for complaint in conditions.complaints]
