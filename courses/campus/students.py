"""The students, their accounts and their administrative registrations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from courses.campus.catalogue import Programme
from courses.campus.names import Name, NameBook
from courses.campus.plan import Plan

ACTIVE, EARLY = "{COMPTE}A SupannActif", "{COMPTE}A SupannAnticipe"
CLOSED, LOCKED, GRACE = "{COMPTE}I SupannInactif", "{COMPTE}S SupannVerrouille", "{COMPTE}A SupannSursis"
ABSENT = ""
# Somebody must bear the names that programs trip over: a single letter, an apostrophe, a ligature, a particle.
_AWKWARD = (Name("O", "Min-jun"), Name("Y", "Sovann"), Name("Le Goff", "E"), Name("N'Diaye", "Aïssatou"), Name("Bœuf", "Philippine"),
            Name("d'Aubigny", "Éléonore"), Name("M’Barek", "Zoé"), Name("Łukasik", "Łukasz"), Name("Groß", "Jürgen"))  # fmt: skip
# How long ago students of a level first came to this university: years and their odds.
_ARRIVED = {1: (0, 0, 0, 0, 0, 0, 0, 1, 1, 2), 2: (1, 1, 1, 1, 1, 1, 2, 2, 0, 3), 3: (2, 2, 2, 2, 2, 3, 3, 0, 0, 4)}
_ARRIVED |= {4: (3, 3, 3, 3, 0, 0, 0, 4, 1, 5), 5: (4, 4, 4, 1, 1, 1, 1, 5, 2, 6), 6: (5, 5, 5, 5, 5, 6, 6, 4, 5, 7)}
_ARRIVED |= {7: (0, 0, 0, 0, 0, 0, 3, 5, 8, 12), 8: (5, 5, 6, 0, 0, 0, 1, 5, 5, 6)}


@dataclass(slots=True)
class Registration:
    """An administrative registration; ``follows`` says what was registered of its elements: all, part or none."""

    programme: Programme
    version: str
    on: str
    state: str = "E"
    paid: str = "P"
    follows: str = "all"

    @property
    def counts(self) -> bool:
        """Whether the registrar holds it as valid and paid."""
        return self.state == "E" and self.paid == "P"


@dataclass(slots=True, eq=False)
class Student:
    """A student; ``written`` is the number as APOGÉE's extract writes it, sometimes without its leading zero."""

    programme: Programme
    name: Name
    arrived: int
    repeats: bool
    account: str = ACTIVE
    number: str = ""
    teaches: str = ""
    zeal: float = 0.5
    team: int = 0
    registrations: list[Registration] = field(default_factory=list)

    @property
    def written(self) -> str:
        """The number as a number: APOGÉE keeps it in a numeric column."""
        return self.number.lstrip("0")

    @property
    def reads(self) -> bool:
        """Whether the account lets the student into a course."""
        return self.account not in (ABSENT, CLOSED)


def make_students(plan: Plan, programmes: list[Programme], names: NameBook) -> list[Student]:
    """All the students in the order of their numbers, registered."""
    dice = plan.dice("students")
    students = [enter(plan, programme, names, dice) for programme in programmes for _ in range(programme.size)]
    dice.shuffle(students)
    for rank, name in zip(
        chosen(dice, len(students), 0, least=min(len(_AWKWARD), len(students) // 20)), _AWKWARD, strict=False
    ):
        students[rank].name = name
    for rank in chosen(dice, len(students), 0.004):
        students[rank].name = students[(rank + len(students) // 2) % len(students)].name
    for rank in chosen(dice, len(students), 0.0015):  # back to university after a working life
        students[rank].arrived, students[rank].repeats = 1990 + int(dice.random() * 9), False
        students[rank].name = names.draw(dice, elder=True)
    give_numbers(students, dice)
    give_accounts(students, dice)
    register(students, plan, programmes)
    return sorted(students, key=lambda student: student.number)


def enter(plan: Plan, programme: Programme, names: NameBook, dice: Random) -> Student:
    """One student of a programme."""
    ago = _ARRIVED[programme.level][int(dice.random() * 10)]
    usual = _ARRIVED[programme.level][0]
    repeats = ago > usual and programme.level <= 6 and dice.random() < 0.8
    student = Student(programme, names.draw(dice), plan.year - ago, repeats)
    student.zeal, student.team = dice.random(), int(dice.random() * 60)
    return student


def chosen(dice: Random, count: int, share: float, least: int = 0) -> list[int]:
    """Ranks of some of so many people; a share that a small university rounds to nobody stays nobody."""
    return dice.sample(range(count), min(count, max(round(count * share), least)))


def give_numbers(students: Sequence[Student], dice: Random) -> None:
    """Number the students by year of arrival: 22604117 came in 2026, 09804412 in 1998."""
    widest = max(1, min(4, 160_000 // max(len(students), 1)))
    last: dict[int, int] = {}
    for student in students:
        first = 4000 if student.arrived >= 2000 else 4000 + int(dice.random() * 9000)
        last[student.arrived] = last.get(student.arrived, first) + 1 + int(dice.random() * widest)
        century = student.arrived // 1000 if student.arrived >= 2000 else 0
        student.number = f"{century}{student.arrived % 100:02d}{last[student.arrived]:05d}"


def give_accounts(students: Sequence[Student], dice: Random) -> None:
    """Some accounts are early, locked or closed, some are not in the directory at all; some doctoral students teach."""
    shares = ((EARLY, 0.008), (CLOSED, 0.004), (LOCKED, 0.002), (ABSENT, 0.004))
    ranks = iter(chosen(dice, len(students), sum(share for _, share in shares)))
    for account, share in shares:
        for _, rank in zip(range(round(len(students) * share)), ranks, strict=False):
            students[rank].account = account
    doctoral = [student for student in students if student.programme.kind == "doctorate"]
    for rank, student in enumerate(doctoral[::3]):
        student.teaches = f"{62_001 + 3 * rank:08d}"


def register(students: Sequence[Student], plan: Plan, programmes: list[Programme]) -> None:
    """Register everybody: the usual way, then the cases that make a registrar's life."""
    dice = plan.dice("administrative")
    for student in students:
        student.registrations = [main_registration(student, plan, dice)]
    for rank in chosen(dice, len(students), 0.035):
        turn_towards_another(students[rank], plan, programmes, dice)
    for rank in chosen(dice, len(students), 0.09):
        register_twice(students[rank], plan, programmes, dice)
    for rank in chosen(dice, len(students), 0.016):
        students[rank].registrations[0].state = "R" if dice.random() < 0.4 else "A"
        students[rank].registrations[0].follows = "all" if dice.random() < 0.6 else "none"
        students[rank].registrations[0].on = plan.day_between(dice, date(plan.year, 9, 20), date(plan.year, 11, 15))
    for rank in chosen(dice, len(students), 0.022):
        students[rank].registrations[-1].paid = "A"


def main_registration(student: Student, plan: Plan, dice: Random) -> Registration:
    """The registration on the student's own programme; newcomers of a first year come after the « bac », others before."""
    programme = student.programme
    first, last = (
        (date(plan.year, 7, 5), date(plan.year, 9, 25))
        if programme.level != 7
        else (date(plan.year, 9, 1), date(plan.year, 11, 20))
    )
    older = len(programme.versions) == 2 and dice.random() < (0.5 if student.repeats else 0.12)
    version = programme.versions[0 if older else -1]
    follows = "none" if dice.random() < (0.3 if programme.kind == "degree" else 0.05) else "all"
    return Registration(programme, version, plan.day_between(dice, first, last), follows=follows)


def turn_towards_another(student: Student, plan: Plan, programmes: list[Programme], dice: Random) -> None:
    """A student who changed their mind: the first registration is cancelled and stays in the list."""
    left = dice.choice(programmes)
    if left is not student.programme and left.kind != "doctorate":
        on = plan.day_between(dice, date(plan.year, 9, 5), date(plan.year, 10, 25))
        follows = "all" if dice.random() < 0.5 else "none"
        student.registrations.append(
            Registration(left, left.versions[-1], on, "A" if dice.random() < 0.8 else "R", "P", follows)
        )
        student.registrations.reverse()


def register_twice(student: Student, plan: Plan, programmes: list[Programme], dice: Random) -> None:
    """A second registration: the year below for a unit not yet passed, a degree beside, or a second licence."""
    programme = student.programme
    below = [
        each for each in programmes if each.discipline is programme.discipline and each.level == programme.level - 1
    ]
    beside = [each for each in programmes if each.kind == "degree"]
    chance = dice.random()
    pool = below if chance < 0.55 and below else beside if chance < 0.75 and beside else programmes
    second = dice.choice(pool)
    if second.kind == "doctorate" or second in (each.programme for each in student.registrations):
        return
    follows = "all" if pool is beside else "part" if pool is below or dice.random() < 0.7 else "all"
    on = plan.day_between(dice, date(plan.year, 9, 1), date(plan.year, 10, 10))
    student.registrations.append(Registration(second, second.versions[-1], on, follows=follows))


def registration_lines(students: Iterable[Student], year: int) -> list[str]:
    """The lines of inscriptions_administratives.csv."""
    return [
        f"{year};{student.written};{each.programme.code};{each.version};{each.state};{each.paid};{each.on}"
        for student in students
        for each in student.registrations
    ]
