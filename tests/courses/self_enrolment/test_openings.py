"""Who may enrol by themselves and which key opens what: pure questions, without a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cohorts.models import Person
from courses.models import Course, Enrolment, Method
from courses.self_enrolment.keeping import Obstacle, obstacle_to_renewing, obstacle_to_withdrawing
from courses.self_enrolment.keys import buckets_of, matching
from courses.self_enrolment.openings import Refusal, is_full, refusal_of
from courses.terms import as_typed, end_after

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOON, LATELY = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


def method(**fields: Any) -> Method:
    return Method(course=Course(code="C", visible=fields.pop("visible", True)), kind="self", **fields)


@dataclass(frozen=True)
class Case:
    refusal: Refusal | None
    fields: dict[str, Any]
    state: str = "active"
    is_enrolled: bool = False
    is_member: bool = False


CASES = [
    Case(None, {}),
    Case(None, {"starts_at": NOW}),
    Case(None, {"ends_at": SOON}),
    Case(None, {"admits_cohort_id": 1}, is_member=True),
    Case(None, {}, state="suspended"),
    Case(Refusal.ACCOUNT, {"enabled": False}, state="closed"),
    Case(Refusal.GONE, {"enabled": False}),
    Case(Refusal.GONE, {"visible": False}),
    Case(Refusal.ENROLLED, {"ends_at": LATELY}, is_enrolled=True),
    Case(Refusal.EARLY, {"starts_at": SOON}),
    Case(Refusal.LATE, {"ends_at": NOW}),
    Case(Refusal.COHORT, {"admits_cohort_id": 1}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.refusal}-{'-'.join(case.fields)}-{case.state}")
def test_why_somebody_may_not_enrol(case: Case) -> None:
    person = Person(account_state=case.state)
    found = refusal_of(method(**case.fields), person, NOW, is_enrolled=case.is_enrolled, is_member=case.is_member)
    assert found == case.refusal


@pytest.mark.parametrize(
    ("capacity", "taken", "full"), [(None, 10**6, False), (1, 0, False), (1, 1, True), (3, 4, True)]
)
def test_places(capacity: int | None, taken: int, full: bool) -> None:
    assert is_full(method(capacity=capacity), taken) is full


KEYS = {"": "Printemps-2027", "12": "groupe-un", "13": "Groupe-Un", "14": "clé·été"}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Printemps-2027", ""),
        (" Printemps-2027\t", ""),
        ("groupe-un", "12"),
        ("Groupe-Un", "13"),
        ("clé·été", "14"),
        ("printemps-2027", None),
        ("", None),
        ("Printemps-2027 x", None),
        ("\udcff", None),
        ("x" * 100_000, None),
    ],
)
def test_a_key_opens_what_it_is_of(given: str, name: str | None) -> None:
    assert matching(KEYS, given) == name


def test_every_key_is_compared_whichever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def count(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("courses.self_enrolment.keys.compare_digest", count)
    for given in ("Printemps-2027", "clé·été", "x", "y" * 500):
        matching(KEYS, given)
    # As often, and as long, whatever was given.
    assert compared == [(32, 32)] * 4 * len(KEYS)


def test_attempts_count_for_the_person_the_address_and_the_course(settings: Any) -> None:
    settings.KEY_ATTEMPTS = 3
    found = {bucket.name: bucket.limit for bucket in buckets_of(Person(pk=7), Course(pk=9), "192.0.2.1")}
    assert found == {"key:9:person:7": 3, "key:person:7": 12, "key:9:address:192.0.2.1": 60, "key:9": 300}


def held(**fields: Any) -> Enrolment:
    own = {name: fields.pop(name) for name in ("suspended_by", "ends_at") if name in fields}
    terms = {"duration_days": 30, "may_renew": True, "enabled": True, **fields}
    return Enrolment(method=method(**terms), person=Person(), **{"ends_at": SOON, **own})


def renewals() -> Iterator[tuple[Obstacle | None, dict[str, Any]]]:
    yield None, {}
    yield None, {"suspended_by": "end", "ends_at": LATELY}
    yield Obstacle.SUSPENDED, {"suspended_by": "hand"}
    yield Obstacle.NOT_ALLOWED, {"may_renew": False}
    yield Obstacle.NOT_ALLOWED, {"duration_days": None}
    yield Obstacle.NOT_ALLOWED, {"ends_at": None}
    yield Obstacle.CLOSED, {"enabled": False}
    yield Obstacle.CLOSED, {"starts_at": SOON}
    yield Obstacle.NOT_YET, {"ends_at": NOW + timedelta(days=90)}


@pytest.mark.parametrize(("obstacle", "fields"), list(renewals()))
def test_why_an_enrolment_is_not_renewed(obstacle: Obstacle | None, fields: dict[str, Any]) -> None:
    assert obstacle_to_renewing(held(**fields), NOW) == obstacle


@pytest.mark.parametrize(
    ("obstacle", "fields"),
    [
        (None, {}),
        (None, {"suspended_by": "end"}),
        (Obstacle.SUSPENDED, {"suspended_by": "hand"}),
        (Obstacle.NOT_ALLOWED, {"may_withdraw": False}),
    ],
)
def test_why_an_enrolment_is_not_withdrawn(obstacle: Obstacle | None, fields: dict[str, Any]) -> None:
    assert obstacle_to_withdrawing(held(**fields)) == obstacle


@pytest.mark.parametrize(
    ("begins", "days", "typed"),
    [
        (datetime(2026, 11, 26, 12, tzinfo=UTC), 1, "2026-11-28T00:00"),
        # 23:30 in Paris: the whole days are those of Paris.
        (datetime(2026, 11, 26, 22, 30, tzinfo=UTC), 1, "2026-11-28T00:00"),
        (datetime(2026, 11, 26, 23, 30, tzinfo=UTC), 1, "2026-11-29T00:00"),
        # Over both changes of the clocks it is midnight all the same.
        (datetime(2027, 3, 27, 12, tzinfo=UTC), 1, "2027-03-29T00:00"),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), 1, "2026-10-26T00:00"),
        (datetime(2026, 11, 26, 12, tzinfo=UTC), 365, "2027-11-27T00:00"),
    ],
)
def test_a_duration_ends_at_midnight_in_paris(begins: datetime, days: int, typed: str) -> None:
    assert as_typed(end_after(begins, days)) == typed
