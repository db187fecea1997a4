"""Pedagogical registrations with what follows from them: places in groups and last accesses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from courses.campus.accesses import Clock
from courses.campus.catalogue import Programme
from courses.campus.curriculum import Block, Unit
from courses.campus.plan import Plan
from courses.campus.students import Registration, Student
from courses.campus.writing import ListFile, Progress

_CHUNK = 500  # students written at a time


@dataclass(slots=True)
class Contracts:
    """Writes the registrations of one student after the other."""

    plan: Plan
    dice: Random
    clock: Clock
    elements: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    accesses: list[str] = field(default_factory=list)

    def add(self, student: Student) -> None:
        """Every registration of a student; an element is registered once on a programme and version."""
        held: set[str] = set()
        for registration in sorted(student.registrations, key=lambda each: not each.counts):
            if registration.follows != "none":
                self._follow(student, registration, held)

    def _follow(self, student: Student, registration: Registration, held: set[str]) -> None:
        plan, programme = self.plan, registration.programme
        start = f"{plan.year};{student.written};{programme.code};{registration.version};"
        usual = plan.day_between(self.dice, date(plan.year, 7, 15), date(plan.year, 9, 30))
        ends = {"N": f";N;{usual}", "O": f";O;{usual}"}
        late = f";N;{plan.day_between(self.dice, date(plan.year, 9, 25), date(plan.year, 11, 10))}"
        live = registration.counts and student.reads
        random = self.dice.random
        for block, whole in self._blocks(programme, registration.follows):
            kept = whole and student.repeats and random() < 0.4
            end = ends["O"] if kept else ends["N"]
            for unit in self._taken(block, whole):
                chosen = late if not kept and unit in block.options and random() < 0.3 else end
                self.elements.append(f"{start}{unit.code}{chosen}")
                if unit.courses and not kept and unit.code not in held:
                    held.add(unit.code)
                    self._attend(student, unit, live)

    def _blocks(self, programme: Programme, follows: str) -> Iterator[tuple[Block, bool]]:
        """The units of a year, the semester itself before them; of a part, the first unit of each semester."""
        for semester in programme.semesters:
            yield Block(semester.unit, ()), False
            for block in semester.blocks if follows == "all" else semester.blocks[:1]:
                yield block, True

    def _taken(self, block: Block, whole: bool) -> Sequence[Unit]:
        if not block.options:
            return (block.unit, *block.compulsory) if whole else (block.unit,)
        return (block.unit, *block.compulsory, block.options[int(self.dice.random() * len(block.options))])

    def _attend(self, student: Student, unit: Unit, live: bool) -> None:
        """Put a student in groups, and let them open the course when they are let in."""
        random = self.dice.random
        for numbers in unit.groups:
            if random() < 0.9:
                near = student.team if random() < 0.93 else int(random() * 60)
                place = (near * len(numbers)) // 60
                self.places.append(f"{self.plan.year};{student.written};{numbers[place]}")
        if live:
            even = int(unit.period[1:]) % 2 == 0
            for code in unit.courses:
                if self.clock.opened(student.zeal, even):
                    self.accesses.append(f"{code};{student.number};{self.clock.moment(student.zeal)}")


def write_registrations(
    plan: Plan, students: Sequence[Student], elements: ListFile, places: ListFile, progress: Progress
) -> list[str]:
    """Write the pedagogical registrations and the places in groups; returns the lines of the last accesses."""
    dice = plan.dice("contracts")
    contracts = Contracts(plan, dice, Clock(plan, dice))
    for start in range(0, len(students), _CHUNK):
        for student in students[start : start + _CHUNK]:
            contracts.add(student)
        elements.write(contracts.elements)
        places.write(contracts.places)
        contracts.elements.clear()
        contracts.places.clear()
        progress("registrations", min(start + _CHUNK, len(students)), len(students))
    return contracts.accesses
