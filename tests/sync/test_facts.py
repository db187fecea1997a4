"""Facts are the same text on every database: the expected texts here are written out, whichever database runs the test."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import F, Value

from cohorts.models import Person
from courses.methods.expressions import full_facts
from courses.models import Enrolment
from enrolhub.sync.facts import FactPart, JoinedFacts, TimeOfText, TimeText, join_facts, split_facts, split_part
from tests.factories import EnrolmentFactory, PersonFactory, role

pytestmark = pytest.mark.django_db


def test_texts_are_joined_in_order() -> None:
    PersonFactory(username="e1", last_name="D’Été; \"É\" \\ 'x' %s", first_name="", email="a@b.fr")
    rows = Person.objects.annotate(text=JoinedFacts("last_name", "first_name", "email", Value("1")))
    text = rows.values_list("text", flat=True).get()
    assert text == "D’Été; \"É\" \\ 'x' %s\x1f\x1fa@b.fr\x1f1"
    assert text == join_facts(["D’Été; \"É\" \\ 'x' %s", "", "a@b.fr", "1"])
    assert split_facts(text, ["a", "b", "c", "d"]) == {"a": "D’Été; \"É\" \\ 'x' %s", "b": "", "c": "a@b.fr", "d": "1"}
    assert split_facts("", ["a"]) == {}


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (None, ""),
        (datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01T00:00:00Z"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026-12-31T23:59:59Z"),
        (datetime(2026, 9, 1, 1, 2, 3, 456789, tzinfo=UTC), "2026-09-01T01:02:03Z"),
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00Z"),
    ],
)
def test_times_are_utc_seconds_and_come_back(time: datetime | None, text: str) -> None:
    EnrolmentFactory(starts_at=time)
    rows = Enrolment.objects.annotate(text=TimeText(F("starts_at")))
    assert rows.values_list("text", flat=True).get() == text
    back = rows.annotate(back=TimeOfText(F("text"))).values_list("back", flat=True).get()
    assert back == (time.replace(microsecond=0) if time else None)
    Enrolment.objects.update(starts_at=TimeOfText(Value(text)))
    assert Enrolment.objects.get().starts_at == back


def test_all_facts_of_an_enrolment() -> None:
    end = datetime(2027, 6, 30, 22, tzinfo=UTC)
    EnrolmentFactory(role=role("tutor"), suspended_by="hand", ends_at=end)
    text = Enrolment.objects.annotate(text=full_facts()).values_list("text", flat=True).get()
    assert text == "tutor\x1fhand\x1f\x1f2027-06-30T22:00:00Z"


@pytest.mark.parametrize(("position", "part"), [(1, "tutor"), (2, ""), (3, "é"), (4, "")])
def test_parts_of_facts(position: int, part: str) -> None:
    PersonFactory(last_name=join_facts(["tutor", "", "é"]))
    found: Any = Person.objects.annotate(part=FactPart("last_name", position)).values_list("part", flat=True).get()
    assert found == part == split_part(join_facts(["tutor", "", "é"]), "\x1f", position)
    assert split_part(None, "\x1f", position) is None
