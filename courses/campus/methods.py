"""What people did by hand on the site: cohorts kept by hand, methods, manual enrolments of students."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from courses.campus.accesses import Clock
from courses.campus.plan import Plan
from courses.campus.spaces import COLLEGIUM, ECAMPUS, Space
from courses.campus.staff import Employee
from courses.campus.students import ACTIVE, Student
from courses.campus.writing import row

PHARMA_TUTORS = "TUTEURS-L2-PHARMA"
HEALTH_DELEGATES = "DELEGUES-SANTE"
DIGITAL_CONTACTS = "REFERENTS-NUMERIQUES"


def hand_cohorts(plan: Plan, students: Sequence[Student], staff: Sequence[Employee]) -> list[str]:
    """The lines of cohortes.csv: three cohorts that no register knows."""
    dice = plan.dice("cohorts")
    present = [student for student in students if student.account == ACTIVE and student.registrations[0].counts]
    pharma = [
        student for student in present if student.programme.discipline.code == "PHA" and student.programme.level > 2
    ]
    health = [student for student in present if student.programme.kind == "health"]
    teachers = [employee for employee in staff if employee.account == ACTIVE]
    members = {
        (PHARMA_TUTORS, "Tuteurs L2 pharma"): some(dice, [each.number for each in pharma or health or present], 18),
        (HEALTH_DELEGATES, "Délégués de promotion Santé"): some(dice, [each.number for each in health or present], 24),
        (DIGITAL_CONTACTS, "Référents numériques"): some(dice, [each.login for each in teachers], 15),
    }
    return [row(code, name, person, "ajout") for (code, name), people in members.items() for person in people]


def some(dice: Random, people: Sequence[str], many: int) -> list[str]:
    """At most so many of these, and at most a third of them, in their order."""
    taken = set(dice.sample(range(len(people)), min(many, -(-len(people) // 3))))
    return [person for rank, person in enumerate(people) if rank in taken]


def method_lines(plan: Plan, spaces: Sequence[Space]) -> list[str]:
    """The lines of methodes.csv: cohort synchronisation on Collégium, hand-kept cohorts and links between courses."""
    dice = plan.dice("methods")
    on_collegium = [space for space in spaces if space.platform == COLLEGIUM]
    by_hand = [space for space in spaces if space.platform == ECAMPUS and not space.units]
    return [
        *register_cohort_lines(plan.year, on_collegium, dice),
        *hand_cohort_lines(on_collegium, by_hand),
        *link_lines(dice, spaces, by_hand),
        *link_lines(dice, spaces, on_collegium[5::9]),
    ]


def register_cohort_lines(year: int, on_collegium: Iterable[Space], dice: Random) -> Iterator[str]:
    """Each space of Collégium follows the cohort of its programme, a few that of a second one."""
    for space in on_collegium:
        for rank, programme in enumerate(space.sources):
            active = "oui" if rank == 0 or dice.random() < 0.8 else "non"
            name = programme.label if rank or dice.random() < 0.3 else ""
            yield row("ajout", "cohorte", space.code, f"{year}-{programme.code}", "student", "", active, name)


def hand_cohort_lines(on_collegium: Sequence[Space], by_hand: Sequence[Space]) -> Iterator[str]:
    """A few spaces follow a cohort that is kept by hand."""
    pharma = [space for space in on_collegium if space.discipline and space.discipline.code == "PHA"] or on_collegium
    for space in pharma[:: max(1, len(pharma) // 4)][:6]:
        yield row("ajout", "cohorte", space.code, PHARMA_TUTORS, "tutor", "", "oui", "Tuteurs L2 pharma")
    for space in on_collegium[3::17][:8]:
        yield row("ajout", "cohorte", space.code, HEALTH_DELEGATES, "student", "", "oui", "")
    for space in by_hand[2::5][:10]:
        yield row("ajout", "cohorte", space.code, DIGITAL_CONTACTS, "teacher", "", "oui", "Référents numériques")


def link_lines(dice: Random, spaces: Sequence[Space], targets: Iterable[Space]) -> list[str]:
    """Links by which a course takes in the participants of another one of the same field; no chain, no circle."""
    large: dict[tuple[str, str], Space] = {}
    for space in spaces:
        if space.units or space.sources:
            place = (space.platform, space.units[0].code[:3] if space.units else space.code[4:7])
            if place not in large or space.expected > large[place].expected:
                large[place] = space
    lines: list[str] = []
    for target in targets:
        source = large.get((target.platform, target.discipline.code if target.discipline else ""))
        if source is not None and source is not target:
            active = "non" if dice.random() < 0.1 else "oui"
            lines.append(row("ajout", "meta", target.code, source.code, "student", "", active, ""))
    return lines


def manual_enrolments(
    plan: Plan, students: Sequence[Student], spaces: Sequence[Space], clock: Clock, taken: Container[tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    """The lines of inscriptions_manuelles.csv and of the last accesses of these people.

    ``taken`` are the courses and people that the file of teachers names already.
    """
    dice = plan.dice("manual")
    rows: list[str] = []
    accesses: list[str] = []
    present = [student for student in students if student.account == ACTIVE]
    for code, student in late_and_listening(plan, present, spaces, dice):
        if (code, student.number) not in taken:
            start, end, state = period_and_state(plan, dice)
            rows.append(row(code, student.number, "student", "", start, end, state, "inscrire"))
            if not start and dice.random() < 0.6:
                accesses.append(row(code, student.number, clock.moment(student.zeal)))
    return rows, accesses


def late_and_listening(
    plan: Plan, present: Sequence[Student], spaces: Sequence[Space], dice: Random
) -> dict[tuple[str, Student], None]:
    """Courses and students: those without pedagogical registration get a delay, a few others listen to a course."""
    fed = [space.code for space in spaces if space.units]
    pairs = [(code, student) for student in present if waits(student) for code in late_courses(student, dice)]
    listeners = dice.sample(present, min(len(present), plan.students // 120 + 2)) if fed else []
    return dict.fromkeys([*pairs, *((dice.choice(fed), student) for student in listeners)])


def waits(student: Student) -> bool:
    """Whether a student holds a valid registration and none of its elements."""
    registration = student.registrations[-1]
    return registration.counts and registration.follows == "none" and bool(registration.programme.semesters)


def late_courses(student: Student, dice: Random) -> list[str]:
    """The courses that a student without pedagogical registration asked to enter: some of the first semester's."""
    semester = student.registrations[-1].programme.semesters[0]
    codes = [unit.courses[0] for block in semester.blocks for unit in block.compulsory if unit.courses]
    return codes[: int(dice.random() * 4)]


def period_and_state(plan: Plan, dice: Random) -> tuple[str, str, str]:
    """Start, end and state of a manual enrolment: most run to a date to come, some are over, to come or suspended."""
    today, chance = plan.last_day, dice.random()
    if chance < 0.16:
        return "", (today - timedelta(days=1 + int(dice.random() * 45))).isoformat(), "actif"
    if chance < 0.26:
        start = today + timedelta(days=3 + int(dice.random() * 60))
        return start.isoformat(), (start + timedelta(days=90 + int(dice.random() * 60))).isoformat(), "actif"
    end = max(date(plan.year + 1, 1, 31), today + timedelta(days=30))
    state = "suspendu" if chance < 0.37 else "actif"
    return "", "" if chance > 0.9 else end.isoformat(), state
