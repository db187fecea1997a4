"""import_last_access: FORMATS.md §4."""

from datetime import UTC, datetime

import pytest

from courses.models import Participation
from tests.bulk_files import Load
from tests.factories import CourseFactory, ParticipationFactory, PersonFactory

pytestmark = pytest.mark.django_db
COMMAND = "import_last_access"
HEADER = "cours;identifiant;dernier_acces\n"
MORNING, NOON = datetime(2026, 11, 20, 7, tzinfo=UTC), datetime(2026, 11, 20, 11, tzinfo=UTC)


def accesses() -> list[tuple[object, ...]]:
    return list(Participation.objects.order_by("person__username").values_list("person__username", "last_access"))


def test_loads_accesses(load: Load) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    PersonFactory(username="u2")
    text = HEADER + "C1;u1;2026-11-20T08:00:00+01:00\nC1;u2;2026-11-20 12:00\n"
    assert load(COMMAND, text).result == (0, {"rows": 2, "accepted": 2, "arrivals": 2})
    assert accesses() == [("u1", MORNING), ("u2", NOON)]
    assert load(COMMAND, text).result == (0, {"rows": 2, "accepted": 2, "unchanged": 2})


def test_never_moves_an_access_back(load: Load) -> None:
    course = CourseFactory(code="C1")
    ParticipationFactory(course=course, person=PersonFactory(username="u1"), last_access=NOON)
    ParticipationFactory(course=course, person=PersonFactory(username="u2"), last_access=MORNING)
    ParticipationFactory(course=course, person=PersonFactory(username="u3"), last_access=None)
    rows = "".join(f"C1;{username};2026-11-20T08:30:00+01:00\n" for username in ("u1", "u2", "u3"))
    figures = {"rows": 3, "accepted": 3, "alterations": 2, "unchanged": 1}
    assert load(COMMAND, HEADER + rows, "--dry-run").result == (0, figures)
    assert accesses() == [("u1", NOON), ("u2", MORNING), ("u3", None)]
    assert load(COMMAND, HEADER + rows).result == (0, figures)
    later = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert accesses() == [("u1", NOON), ("u2", later), ("u3", later)]


@pytest.mark.parametrize(
    "row", ["C9;u1;2026-11-20", "C1;u9;2026-11-20", "C1;u1;hier", "C1;u1;", "C1;u1;2026-11-20T25:00"]
)
def test_a_bad_row_is_rejected(load: Load, row: str) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    assert load(COMMAND, HEADER + row + "\n").result == (3, {"rows": 1, "rejected": 1})
    assert accesses() == []


def test_rows_that_contradict_each_other_are_all_rejected(load: Load) -> None:
    CourseFactory(code="C1")
    PersonFactory(username="u1")
    text = HEADER + "C1;u1;2026-11-20\nC1;u1;2026-11-21\n"
    assert load(COMMAND, text).result == (3, {"rows": 2, "rejected": 2})
