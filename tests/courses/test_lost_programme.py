"""An étape lost from the registers: too few of the list to be seen there, and of the courses that many étapes share."""

import pytest
from django.utils import timezone

from cohorts.models import Person
from courses.explain.chain import Place
from courses.explain.explaining import explain
from courses.models import Course
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.decide import Decider, request_approval, waiting_holds
from enrolhub.sync.models import Hold
from tests.registers import ADMINISTRATIVE, PEDAGOGICAL, Registers, course, enrolled, figures, grouped, logins, members
from tests.worlds import once

pytestmark = pytest.mark.django_db
CROWD, LOST = 210, range(211, 233)
EVERYONE = logins([*range(1, CROWD + 1), *LOST])


@pytest.fixture
def registers(registers: Registers) -> Registers:
    """A crowd on L1INF, and 22 students on L2INF who follow the same element: 9.5 % of all."""
    for number in [*range(13, CROWD + 1), *LOST]:
        programme = "L2INF" if number in LOST else "L1INF"
        registers.student(number, programme=programme)
    registers.group("1", 1, *LOST, code="TD1")
    return registers


def filled(registers: Registers) -> Course:
    space = course("INF101-26", "INF101")
    registers.night()
    assert (enrolled(space), len(grouped(space))) == (EVERYONE, 23)
    return space


@pytest.fixture
def space(registers: Registers) -> Course:
    return once(filled, registers)


def lose(registers: Registers, *lists: str, programme: str = "L2INF") -> None:
    for name in lists:
        registers.remove(name, cod_etp=programme)


@pytest.mark.parametrize("lists", [(ADMINISTRATIVE,), (ADMINISTRATIVE, PEDAGOGICAL)])
def test_nobody_of_it_leaves_the_courses_before_somebody_decides(
    registers: Registers, space: Course, lists: tuple[str, ...]
) -> None:
    lose(registers, *lists)
    run = registers.night()
    assert list(Hold.objects.values_list("scope__code", "scope__departures", "reason")) == [
        ("2026-L2INF", 22, "scope_emptied")
    ]
    assert (run.state, figures(run).get("departures")) == ("applied_with_holds", None)
    assert (enrolled(space), len(grouped(space))) == (EVERYONE, 23)


@pytest.mark.slow
def test_why_says_so_and_who_decides(registers: Registers, space: Course) -> None:
    registers.register(1, programme="L2INF")
    registers.night()
    lose(registers, ADMINISTRATIVE, PEDAGOGICAL)
    run = registers.night()
    kept, named = (explain(space, Person.objects.get(username=name), timezone.now()) for name in ("e211", "e1"))
    assert (kept.conclusion.code, kept.conclusion.mender) == ("kept_held", "cemu")
    held = next(link for way in kept.ways for link in way.links if link.place == Place.DECISION)
    assert (held.code, held.params) == ("held", {"run": run.pk, "scope": "2026-L2INF", "hold": "scope_emptied"})
    # Whom another registration names goes by that one.
    assert {link.code for way in named.ways for link in way.links if link.place == Place.DECISION} == {"no_decision"}


def test_nor_of_a_small_one(registers: Registers, space: Course) -> None:
    registers.add("etapes", cod_etp="L3INF", lib_etp="L3 Informatique", cod_vrs_vet="1", cod_cmp="SCI")
    for number in (301, 302, 303, 304):
        registers.student(number, programme="L3INF")
    registers.night()
    lose(registers, ADMINISTRATIVE, PEDAGOGICAL, programme="L3INF")
    registers.night()
    assert list(Hold.objects.values_list("scope__code", "reason")) == [("2026-L3INF", "scope_emptied")]
    assert enrolled(space) == sorted([*EVERYONE, *logins((301, 302, 303, 304))])


def test_they_leave_the_night_after_their_cohort_was_let_go(registers: Registers, space: Course) -> None:
    lose(registers, ADMINISTRATIVE, PEDAGOGICAL)
    held = registers.night()
    attempt_run(request_approval(held, waiting_holds(held, ["2026-L2INF"]), Decider(None, "")))
    assert (members("2026-L2INF"), enrolled(space)) == ([], EVERYONE)
    registers.night()
    assert (members("2026-L2INF"), enrolled(space)) == ([], logins(range(1, CROWD + 1)))
    assert grouped(space) == [("TD1", "e1", "database")]


def test_a_cohort_that_loses_few_holds_nobody_elsewhere(registers: Registers, space: Course) -> None:
    """Below the limit of lost rows a held cohort is a matter of its own: the course judges for itself."""
    for number in list(LOST)[:8]:
        registers.leave(number)
    run = registers.night()
    assert list(Hold.objects.values_list("scope__code", flat=True)) == ["2026-L2INF"]
    assert (figures(run)["departures"], len(enrolled(space))) == (8, CROWD + 14)


def test_a_source_gone_wrong_takes_nobody_else_along(registers: Registers, space: Course) -> None:
    """Who stays only because of a held cohort counts with those who leave: the eight are too few for any limit of their own."""
    registers.add("etapes", cod_etp="L3INF", lib_etp="L3 Informatique", cod_vrs_vet="1", cod_cmp="SCI")
    registers.change(ADMINISTRATIVE, {"cod_etp": "L1INF"}, cod_etp="L3INF")
    for number in list(LOST)[:8]:
        registers.leave(number)
    run = registers.night()
    assert (run.state, run.partial, figures(run).get("departures")) == ("applied_with_holds", False, None)
    assert enrolled(space) == EVERYONE
    reasons = Hold.objects.filter(scope__code="INF101-26").values_list("scope__phase__relation", "reason")
    assert dict(reasons) == {"database": "run_limit", "group_members.database": "run_limit"}
