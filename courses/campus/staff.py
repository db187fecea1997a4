"""Staff, the directory, and who teaches in which course space."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from courses.campus.accesses import Clock
from courses.campus.catalogue import read_components
from courses.campus.names import Name, NameBook, plain
from courses.campus.plan import Plan
from courses.campus.spaces import Space
from courses.campus.students import ABSENT, ACTIVE, CLOSED, GRACE, LOCKED, Student, chosen
from courses.campus.writing import row

TEACHER, VISITOR, OFFICE = "employee|faculty|member", "faculty|affiliate", "employee|staff|member"


@dataclass(slots=True, eq=False)
class Employee:
    """Somebody who works at the university: teacher, visiting teacher or office staff of a component."""

    number: str
    login: str
    name: Name
    mail: str
    kind: str
    component: str
    account: str = ACTIVE

    def line(self) -> str:
        """The person as a line of annuaire.csv."""
        shown = f"{self.name.first} {self.name.family}"
        return row(
            f"p{self.number}",
            self.login,
            "",
            self.number,
            self.name.family,
            self.name.first,
            shown,
            self.mail,
            self.kind,
            self.account,
        )


def make_staff(plan: Plan, names: NameBook, spaces: Sequence[Space]) -> list[Employee]:
    """Staff in the order of their numbers, shared out among the components by the spaces these run."""
    dice = plan.dice("staff")
    components = [space.component_code for space in spaces] or list(read_components())
    kinds = [TEACHER] * 13 + [VISITOR] * 4 + [OFFICE] * 3
    logins: set[str] = set()
    staff: list[Employee] = []
    number = 11_800
    for rank in range(plan.staff):
        number += 1 + int(dice.random() * max(1, min(30, 90_000 // plan.staff)))
        name = names.draw(dice, elder=True)
        kind = kinds[0] if rank == 0 else dice.choice(kinds)
        login, mail = sign_in_of(name, logins)
        employee = Employee(f"{number:08d}", login, name, mail, kind, dice.choice(components))
        staff.append(employee)
    for rank in chosen(dice, plan.staff - 1, 0.012):
        staff[rank + 1].account = dice.choice((CLOSED, LOCKED, GRACE))
    for employee in [each for each in staff if each.kind == VISITOR][::12]:
        employee.mail = ""  # a visitor whose contract is not signed yet has no address
    return staff


def sign_in_of(name: Name, logins: set[str]) -> tuple[str, str]:
    """A login nobody has yet and the address that goes with it: the family name, with an initial or a number for a namesake."""
    family, first = plain(name.family), plain(name.first)
    joined = family.replace("-", "")
    candidates = [joined, f"{joined}{first[:1]}", f"{joined}{first.replace('-', '')[:3]}"]
    login = next((each for each in candidates if each not in logins and len(each) > 1), "")
    serial = 2
    while not login:
        again = f"{joined}{first[:1]}{serial}"
        login, serial = ("" if again in logins else again), serial + 1
    logins.add(login)
    local, serial = f"{first}.{family}", 2
    while f"@{local}" in logins:
        local, serial = f"{first}.{family}{serial}", serial + 1
    logins.add(f"@{local}")
    return login, f"{local}@exemple.fr"


def student_line(student: Student) -> str:
    """A student as a line of annuaire.csv."""
    name, number = student.name, student.number
    kind = "student|employee|faculty|member" if student.teaches else "student|member"
    mail = f"{number}@etu.exemple.fr"
    shown = f"{name.first} {name.family}"
    return row(
        f"e{number}", number, number, student.teaches, name.family, name.first, shown, mail, kind, student.account
    )


def directory_lines(plan: Plan, students: Sequence[Student], staff: Iterable[Employee], names: NameBook) -> list[str]:
    """The lines of annuaire.csv, in the order of uid: students, those of last year whose account lives on, staff."""
    lines = [student_line(student) for student in students if student.account != ABSENT]
    dice = plan.dice("alumni")
    taken = {student.number for student in students}
    for rank in range(round(plan.students * 0.015)):
        number = f"2{(plan.year - 1 - rank % 3) % 100:02d}{1000 + rank:05d}"
        if number in taken:
            continue
        account, kind = (CLOSED, "alum") if rank % 3 else (GRACE, "alum|member")
        name = names.draw(dice)
        shown, mail = f"{name.first} {name.family}", f"{number}@etu.exemple.fr"
        lines.append(row(f"e{number}", number, number, "", name.family, name.first, shown, mail, kind, account))
    return sorted(lines) + [employee.line() for employee in staff]


@dataclass(slots=True)
class Teaching:
    """Shares out the spaces among the staff of their component."""

    plan: Plan
    dice: Random
    by_component: dict[str, list[Employee]]
    office: list[Employee]
    tutors: list[Student]

    def lines(self, spaces: Iterable[Space], clock: Clock) -> tuple[list[str], list[str]]:
        """The lines of enseignants.csv and, for those who came, of the last accesses."""
        rows: list[str] = []
        accesses: list[str] = []
        for space in spaces:
            for login, role, end, state in self._people(space):
                rows.append(row(space.code, login, role, "", "", end, state, "inscrire"))
                if self.dice.random() < 0.86:
                    accesses.append(row(space.code, login, clock.moment(0.5 + self.dice.random() / 2)))
        return rows, accesses

    def _people(self, space: Space) -> list[tuple[str, str, str, str]]:
        dice = self.dice
        pool = self.by_component.get(space.component_code) or self.by_component["*"]
        wanted = min(len(pool), 1 + int(dice.random() * (2.0 + min(space.expected, 300) / 130)), 4)
        people = [self._teacher(employee, rank) for rank, employee in enumerate(dice.sample(pool, wanted))]
        chance = dice.random()
        if chance < 0.05 and self.tutors:
            several = dice.sample(self.tutors, min(len(self.tutors), 1 + int(dice.random() * 3)))
            people += [(student.number, "tutor", f"{self.plan.year + 1}-06-30", "actif") for student in several]
        elif chance > 0.965 and self.office:
            people.append((dice.choice(self.office).login, "observer", "", "actif"))
        return people

    def _teacher(self, employee: Employee, rank: int) -> tuple[str, str, str, str]:
        first = rank == 0 or (rank == 1 and self.dice.random() < 0.25)
        end = f"{self.plan.year + 1}-01-31" if employee.kind == VISITOR and self.dice.random() < 0.3 else ""
        state = "suspendu" if rank > 0 and self.dice.random() < 0.012 else "actif"
        if end and end <= (self.plan.last_day + timedelta(days=1)).isoformat():
            end = f"{self.plan.year + 1}-08-31"
        return employee.login, "editingteacher" if first else "teacher", end, state


def share_teaching(plan: Plan, staff: Sequence[Employee], students: Sequence[Student]) -> Teaching:
    """Who may teach where; a component without staff of its own borrows from everybody."""
    present = [employee for employee in staff if employee.account == ACTIVE]
    teachers = [employee for employee in present if employee.kind != OFFICE] or present
    by_component: dict[str, list[Employee]] = {"*": teachers}
    for employee in teachers:
        by_component.setdefault(employee.component, []).append(employee)
    elders = [student for student in students if student.programme.level in (3, 4, 5) and student.account == ACTIVE]
    office = [employee for employee in present if employee.kind == OFFICE]
    return Teaching(plan, plan.dice("teaching"), by_component, office, elders[:: max(1, len(elders) // 400)])
