"""One small course in which everything that a filter can tell apart occurs, as plain rows and as rows of the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from cohorts.models import Person
from courses.models import Course, Enrolment, Group, GroupMember, Method, Participation
from tests.courses.participants.oracle import ROLES, PlainCourse, PlainEnrolment, PlainMethod, PlainPerson
from tests.factories import CohortFactory, CourseFactory, MethodFactory, PersonFactory, role

NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
INSTANTS = [
    None,
    NOW - timedelta(days=40),
    NOW - timedelta(microseconds=1),
    NOW,
    NOW + timedelta(microseconds=1),
    NOW + timedelta(days=40),
]
METHODS = {
    "database": PlainMethod("database", "database"),
    "manual": PlainMethod("manual", "manual"),
    "self": PlainMethod("self", "self"),
    "self2": PlainMethod("self2", "self", enabled=False),
    "cohort": PlainMethod("cohort", "cohort"),
    "meta": PlainMethod("meta", "meta", enabled=False),
}
MODEL_KINDS = {"cohort": "cohort_sync", "meta": "meta_link"}
# Two groups of one name, one whose name is accented, one whose code another group's name is.
GROUPS = {"TD1": "TD 1", "TD1B": "TD 1", "TD10": "TD 10", "E": "Équipe A", "TP": "tp 2", "TD 10": "zz"}
ACCESSES = [
    None,
    *(NOW - timedelta(days=days) for days in (0, 1, 6, 7, 8, 29, 30, 31, 90)),
    NOW - timedelta(days=30, microseconds=1),
]
NAMES = [
    ("École", "Éléonore"), ("Ebert", "Zoé"), ("Ecroulant", "zoe"), ("L’Été", "Œuvré"), ("l'ete", "Oeuvre"), ("Straße", "Łukasz"),
    ("Strasse", "lukasz"), ("100%", "_score"), ("*", "Jean‑Luc"), ("Ñandú", "Jean-Luc"), ("", "Seule"), ("Дуров", "Павел"),
    ("3M", "#"), ("Zola", ""), ("Dubois", "Anne"), ("DUBOIS", "anne"), ("du Bois", "Anne Marie"),
]  # fmt: skip


def plain_people(seed: int = 7, copies: int = 2) -> list[PlainPerson]:
    """Everyone: each name several times, with enrolments, groups and accesses drawn at random but always alike."""
    random = Random(seed)
    people = []
    for number in range(len(NAMES) * copies):
        last, first = NAMES[number % len(NAMES)]
        username = f"{random.choice(['p', 'P', 'z'])}{random.randrange(1000):03}{number}"
        people.append(
            PlainPerson(
                username=username,
                last_name=last,
                first_name=first,
                id_number=random.choice(["", f"2260{number:04}", f"E{number}"]),
                email=random.choice(["", f"{username}@Etu.exemple.fr"]),
                enrolments=tuple(
                    _enrolment(random, name) for name in random.sample(list(METHODS), random.choice([1, 1, 2, 3]))
                ),
                groups=frozenset(random.sample(list(GROUPS), random.choice([0, 0, 1, 2, 3]))),
                last_access=random.choice(ACCESSES),
            )
        )
    return people


def _enrolment(random: Random, method: str) -> PlainEnrolment:
    starts_at, ends_at = random.choice(INSTANTS), random.choice(INSTANTS)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        ends_at = None
    return PlainEnrolment(METHODS[method], random.choice(ROLES), random.random() < 0.2, starts_at, ends_at)


def build_course(code: str = "LIST1", people: list[PlainPerson] | None = None) -> tuple[Course, PlainCourse]:
    """The course with its people, beside another one with the same people otherwise enrolled, and the plain rows of it."""
    chosen = plain_people() if people is None else people
    course = CourseFactory(code=code)
    persons = {person.username: _person(person) for person in chosen}
    plain = _fill(course, persons, chosen)
    other = CourseFactory(code=f"{code}-OTHER")
    _fill(other, persons, [replace(person, enrolments=_elsewhere(person), last_access=NOW) for person in chosen])
    PersonFactory(username="nobody", last_name="Dubois")
    return course, plain


def _elsewhere(person: PlainPerson) -> tuple[PlainEnrolment, ...]:
    return (PlainEnrolment(METHODS["manual"], "observer"), PlainEnrolment(METHODS["self"], "tutor", suspended=True))


def _person(person: PlainPerson) -> Person:
    made: Person = PersonFactory(
        username=person.username,
        last_name=person.last_name,
        first_name=person.first_name,
        id_number=person.id_number,
        student_number="",
        email=person.email,
        directory_uid="hidden",
    )
    return made


def _fill(course: Course, persons: dict[str, Person], people: list[PlainPerson]) -> PlainCourse:
    methods = {name: _method(course, name, plain) for name, plain in METHODS.items()}
    groups = {code: Group.objects.create(course=course, code=code, name=name) for code, name in GROUPS.items()}
    for plain in people:
        person = persons[plain.username]
        for enrolment in plain.enrolments:
            _enrol(methods[enrolment.method.name], person, enrolment)
        for code in plain.groups:
            GroupMember.objects.create(group=groups[code], person=person)
            GroupMember.objects.create(group=groups[code], person=person, method=methods["database"])
        Participation.objects.create(course=course, person=person, last_access=plain.last_access)
    ids = {str(method.pk): METHODS[name] for name, method in methods.items()}
    return PlainCourse(tuple(people), GROUPS, ids, NOW)


def _method(course: Course, name: str, plain: PlainMethod) -> Method:
    if name == "manual":
        return course.methods.get(kind="manual")
    sources: dict[str, object] = {}
    if plain.kind == "cohort":
        sources["source_cohort"] = CohortFactory(code=f"{course.code}-{name}")
    if plain.kind == "meta":
        sources["source_course"] = CourseFactory(code=f"{course.code}-SOURCE")
    made: Method = MethodFactory(
        course=course, kind=MODEL_KINDS.get(plain.kind, plain.kind), enabled=plain.enabled, **sources
    )
    return made


def _enrol(method: Method, person: Person, plain: PlainEnrolment) -> Enrolment:
    return Enrolment.objects.create(
        method=method,
        person=person,
        role=role(plain.role),
        suspended_by="hand" if plain.suspended else "",
        starts_at=plain.starts_at,
        ends_at=plain.ends_at,
    )
