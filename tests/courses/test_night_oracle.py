"""Generated registers, night after night: the database says what plain loops over the files say, and then rests."""

from random import Random
from typing import Any

import pytest
from django.conf import settings as site
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.models import Cohort, CohortMember, Person
from courses.actions import add_methods
from courses.models import Course, Enrolment, GroupMember, Method
from enrolhub.sync.models import Change
from tests.courses.night_oracle import (
    BY_HAND,
    COHORT_COURSE,
    EXCLUDED,
    LINK_SOURCE,
    LINKED_COURSE,
    UNITS,
    Expected,
    expected_of,
)
from tests.factories import role
from tests.registers import Registers, course, method_of, student_number

pytestmark = pytest.mark.django_db
#: Students whose registers are drawn; 1 and 2 are always everywhere, so that nothing is ever emptied.
DRAWN = range(3, 11)

versions = st.sampled_from(["1", "1", "001", "2"])
programmes = st.sampled_from(["L1INF", "l1inf", "L2INF"])
registrations = st.fixed_dictionaries(
    {
        "cod_etp": programmes,
        "cod_vrs_vet": versions,
        "eta_iae": st.sampled_from(["E", "E", "E", "A"]),
        "eta_pmt_iae": st.sampled_from(["P", "P", "P", "N"]),
    }
)
followings = st.fixed_dictionaries(
    {
        "cod_etp": programmes,
        "cod_vrs_vet": versions,
        "cod_elp": st.sampled_from(["INF101", "INF101", "INF201", "inf101"]),
        "tem_prc_ice": st.sampled_from(["N", "N", "N", "O"]),
    }
)
students = st.fixed_dictionaries(
    {
        "account": st.sampled_from(["A", "A", "A", "A", "S", "I", "", None]),
        "registrations": st.lists(registrations, max_size=3),
        "followings": st.lists(followings, max_size=3),
        "groups": st.sets(st.sampled_from(["10", "11", "12"])),
        "has_zeros": st.booleans(),
    }
)
nights = st.lists(
    st.fixed_dictionaries({"students": st.tuples(*[students] * len(DRAWN)), "order": st.integers(0, 1000)}),
    min_size=2,
    max_size=2,
)


def lay_out(registers: Registers, night: dict[str, Any]) -> None:
    """Fill the lists anew with what was drawn, in the order that was drawn."""
    fresh = Registers(registers.folder, crowd=2)
    fresh.extracted_at = registers.extracted_at
    for anchor in (1, 2):
        fresh.register(anchor, programme="L2INF")
        fresh.follow(anchor, "INF201", programme="L2INF")
    fresh.group("10", 1, 2, code="TD1")
    fresh.group("11", 1)
    fresh.group("12", 2, unit="INF201", code="TP1")
    fresh.person("prof", supannEmpId="1234")
    for number, student in zip(DRAWN, night["students"], strict=True):
        add_student(fresh, number, student)
    for rows in fresh.lists.values():
        Random(night["order"]).shuffle(rows)
    registers.lists = fresh.lists


def add_student(registers: Registers, number: int, student: dict[str, Any]) -> None:
    written = student_number(number) if student["has_zeros"] else str(number)
    if student["account"] is not None:
        registers.person(f"e{number}", number=written, state=student["account"])
    for cells in student["registrations"]:
        registers.add("inscriptions_administratives", cod_anu="2026", cod_etu=written, **cells)
    for cells in student["followings"]:
        registers.add("inscriptions_pedagogiques", cod_anu="2026", cod_etu=written, **cells)
    for group in student["groups"]:
        registers.add("affectations_groupes", cod_anu="2026", cod_etu=written, cod_gpe=group)


def found() -> Expected:
    """What the database says, in the oracle's words."""
    said = Expected()
    said.courses = {code: set() for code in (*UNITS, COHORT_COURSE, LINKED_COURSE)}
    synced = Enrolment.objects.filter(method__kind__in=Method.SYNCED)
    for code, name in synced.values_list("method__course__code", "person__username"):
        said.courses[code].add(name)
    said.cohorts = {code: set() for code in Cohort.objects.values_list("code", flat=True)}
    for code, name in CohortMember.objects.values_list("cohort__code", "person__username"):
        said.cohorts[code].add(name)
    said.places = set(GroupMember.objects.values_list("group__course__code", "group__code", "person__username"))
    return said


@pytest.fixture
def university(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> Registers:
    """Courses of every feeding, before anybody is in them but who is enrolled by hand; limits that hold nobody back."""
    for limit in ("SMALL_COUNT", "MEDIUM_PERCENT", "LARGE_PERCENT"):
        monkeypatch.setattr(site, f"GUARD_SCOPE_{limit}", 100)
    lay_out(registers, {"students": [absent()] * len(DRAWN), "order": 0})
    registers.add("annuaire", **registers.lists["annuaire"][0] | {"supannAliasLogin": "e3", "supannEtuId": "3"})
    registers.night()
    spaces = {code: course(code, *sorted(units)) for code, units in UNITS.items()}
    spaces["TD1"].units.update(group_code="TD1")
    health, linked = course(COHORT_COURSE, feeding="collegium"), course(LINKED_COURSE)
    cohort = Cohort.objects.get(code="2026-L1INF")
    add_methods(
        [
            Method(course=health, kind=Method.Kind.COHORT_SYNC, source_cohort=cohort, role=role()),
            Method(course=linked, kind=Method.Kind.META_LINK, source_course=spaces[LINK_SOURCE], role=role()),
        ]
    )
    method_of(spaces[EXCLUDED[0]]).exclusions.create(person=Person.objects.get(username=EXCLUDED[1]))
    professor = Person.objects.get(username=BY_HAND[1])
    by_hand = method_of(Course.objects.get(code=BY_HAND[0]), "manual")
    Enrolment.objects.create(method=by_hand, person=professor, role=role("teacher"))
    return registers


def absent() -> dict[str, Any]:
    return {"account": None, "registrations": [], "followings": [], "groups": [], "has_zeros": True}


def check_nights(registers: Registers, drawn: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        for night in drawn:
            lay_out(registers, night)
            run = registers.night()
            if run.held or run.phases.filter(held__gt=0).exists():
                # The loops know no guards: from a hold on, the database rightly says something else.
                transaction.set_rollback(True)
                return
            assert (run.state, found()) == ("applied", expected_of(registers.folder))
        again = registers.night()
        assert not Change.objects.filter(scope__phase__run=again).exists()
        transaction.set_rollback(True)


@pytest.mark.slow
@settings(max_examples=2, suppress_health_check=list(HealthCheck), deadline=None)
@given(drawn=nights)
def test_nights_say_what_plain_loops_say(university: Registers, drawn: list[dict[str, Any]]) -> None:
    check_nights(university, drawn)


@pytest.mark.long
@pytest.mark.timeout(1200)
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(drawn=nights)
def test_many_nights_say_what_plain_loops_say(university: Registers, drawn: list[dict[str, Any]]) -> None:
    check_nights(university, drawn)


def test_the_oracle_is_not_blind(university: Registers) -> None:
    """Someone taken out, put in or moved by hand is a difference that it sees."""
    registers = university
    registers.night()
    expected = expected_of(registers.folder)
    assert found() == expected
    Enrolment.objects.filter(method__course__code="A", person__username="e1").delete()
    assert found() != expected
