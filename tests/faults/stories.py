"""What is interrupted: a university in a known state and a run that waits to be conducted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cohorts.models import Person
from courses.hand import confirming
from courses.hand.chosen import Chosen
from courses.hand.confirming import carry_out
from courses.hand.exclusion_verbs import propose_excluding
from courses.models import Course
from courses.night import request_night
from enrolhub.sync import apply, bulk_load, plan
from enrolhub.sync.decide import Decider, request_approval, waiting_holds
from enrolhub.sync.models import Run
from enrolhub.sync.undo import request_undo
from tests.factories import UserFactory
from tests.registers import PEDAGOGICAL, Registers, course, method_of
from tests.sync.universities import settle, stir, stir_courses

Story = Callable[[Registers], Run]


def write_in_small_parts() -> None:
    """Chunks and ranges of a few rows, so that a small university has many of them."""
    apply.CHUNK = 3
    bulk_load.SQLITE_RANGE = 8
    plan.SQLITE_RANGE = 6


def requested(registers: Registers) -> Run:
    run = request_night(folder=registers.write())
    assert run is not None
    return run


def stirred(registers: Registers) -> Registers:
    settle(registers)
    stir(registers)
    stir_courses()
    return registers


def an_ordinary_night(registers: Registers) -> Run:
    """Something of everything: arrivals, departures, alterations, moves, holds, findings."""
    return requested(stirred(registers))


def the_first_night(registers: Registers) -> Run:
    course("INF101-26", "INF101")
    registers.group("10", 1, 2, 3, code="TD1")
    return requested(registers)


def a_partial_night(registers: Registers) -> Run:
    run = requested(stirred(registers))
    (registers.folder / "elements.csv").unlink()
    return run


def a_refused_night(registers: Registers) -> Run:
    run = requested(stirred(registers))
    path = registers.folder / f"{PEDAGOGICAL}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("tem_prc_ice", "autre"), encoding="utf-8")
    return run


def an_approval(registers: Registers) -> Run:
    night = stirred(registers).night()
    return request_approval(night, waiting_holds(night), Decider())


def an_undo(registers: Registers) -> Run:
    return request_undo(stirred(registers).night())


def a_deed_by_hand(registers: Registers) -> Run:
    """Five people are excluded from a course by its database method, by a worker."""
    stirred(registers).night()
    space = Course.objects.get(code="INF101-26")
    people = list(Person.objects.filter(username__in=["e1", "e3", "e4", "e5", "e6"]).values_list("pk", flat=True))
    chosen = Chosen(space, people, UserFactory(username="cemu", is_superuser=True))
    proposal = propose_excluding(chosen, method_of(space))
    # However few they are; and who takes it up is the trial's to say.
    vars(confirming).update(AT_ONCE=0, wake_worker=lambda run: None)
    return carry_out(proposal, "exclude", proposal.digest())


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        an_ordinary_night,
        the_first_night,
        a_partial_night,
        a_refused_night,
        an_approval,
        an_undo,
        a_deed_by_hand,
    )
}


def build(name: str, folder: Path) -> int:
    """Tell the story in an empty, migrated database; the number of its run."""
    registers = Registers(folder)
    registers.extracted_at -= timedelta(hours=1)
    return STORIES[name](registers).pk
