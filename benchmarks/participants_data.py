"""One very large course in the midst of ordinary ones, written by a few statements that both databases understand."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from cohorts.models import Person
from courses.models import Course, Enrolment, Group, GroupMember, Method, Participation, Platform, Role
from enrolhub.web.folding import fold

COURSE_CODE = "BENCH-LARGE"
GROUP_COUNT = 60
OTHER_COURSES, OTHER_SIZE = 150, 1_000
LAST_NAMES = (
    "Abgrall Adjovi Aït-Ahmed Bâcle Bœuf Chéron Dubois D’Été Élie Fâcheux Garçon Hervé Île Joué Kœnig Łukasz".split()
)
FIRST_NAMES = "Éléonore Maël Zoé Anaïs Jean-Luc Noël Thaïs Côme Inès Gaël Yanis Lilou Oriane Robinson Apolline".split()
NOW = timezone.now().replace(microsecond=0)


def load(people: int) -> Course:
    """Empty the database, then write one course of that many people, as many people outside it, and 150 other courses."""
    with transaction.atomic():
        _empty()
        _add_people(people * 2)
        course = _add_course(COURSE_CODE)
        _enrol(course, people)
        _add_groups(course, people)
        _add_accesses(course, people)
        for number in range(OTHER_COURSES):
            other = _add_course(f"BENCH-{number:03}")
            _insert_enrolments(
                other.methods.get(kind="database"), "student", f"(p.id * 7 + {number}) % {people * 2} < {OTHER_SIZE}"
            )
    with connection.cursor() as cursor:
        # As autovacuum leaves a table that nobody has written to for a minute.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return course


def _empty() -> None:
    for model in (GroupMember, Participation, Enrolment, Method, Group, Course, Person):
        model._base_manager.all()._raw_delete(using="default")


def _add_people(count: int) -> None:
    # 7919 is a prime: whoever is in the course is spread over the whole alphabet and every year of numbers.
    people = [_person(number * 7919 % count) for number in range(count)]
    Person.objects.bulk_create(people, batch_size=2_000)


def _person(number: int) -> Person:
    last = f"{LAST_NAMES[number % len(LAST_NAMES)]}{_letters(number * 7919 % 17576)}"
    first = FIRST_NAMES[number * 31 % len(FIRST_NAMES)]
    username = f"{22_000_000 + number}"
    email = f"{username}@etu.example.fr"
    return Person(
        username=username,
        directory_uid=f"u{number}",
        student_number=username,
        id_number=username,
        last_name=last,
        first_name=first,
        email=email,
        last_name_key=fold(last),
        first_name_key=fold(first),
        email_key=fold(email),
        search_key=fold(f"{last} {first} {username} {username} {username}  {email} u{number}"),
    )


def _letters(number: int) -> str:
    return "".join(chr(97 + number // 26**place % 26) for place in range(3))


def _add_course(code: str) -> Course:
    platform = Platform.objects.get(code="ecampus")
    course = Course.objects.create(code=code, title=code, title_key=code.lower(), platform=platform)
    student = Role.objects.get(short_name="student")
    for position, kind in enumerate(("database", "manual", "self")):
        Method.objects.create(course=course, kind=kind, role=student, position=position, enabled=True)
    return course


def _insert_enrolments(method: Method, role: str, where: str, more: str = "'', NULL, NULL") -> None:
    with connection.cursor() as cursor:
        statement = (
            "INSERT INTO courses_enrolment (method_id, person_id, role_id, suspended_by, starts_at, ends_at, created_at)"
            f" SELECT %s, p.id, %s, {more}, %s FROM (SELECT id - (SELECT MIN(id) FROM cohorts_person) AS rank, id"
            f" FROM cohorts_person) AS p WHERE {where}"
        )
        cursor.execute(statement.replace(" % ", " %% "), [method.pk, Role.objects.get(short_name=role).pk, NOW])


def _enrol(course: Course, people: int) -> None:
    database, manual, by_self = course.methods.order_by("position")
    _insert_enrolments(
        database,
        "student",
        f"p.rank < {people} AND p.rank % 50 <> 0",
        f"CASE WHEN p.rank % 37 = 1 THEN 'hand' ELSE '' END, {_when('p.rank % 41 = 2', 10)}, {_when('p.rank % 41 = 3', -10, 20)}",
    )
    _insert_enrolments(manual, "tutor", f"p.rank < {people} AND p.rank % 50 = 0 AND p.rank % 500 <> 0")
    _insert_enrolments(manual, "editingteacher", f"p.rank < {people} AND p.rank % 500 = 0")
    _insert_enrolments(by_self, "student", f"p.rank < {people} AND p.rank % 10 = 5")


def _when(condition: str, days: int, otherwise: int | None = None) -> str:
    """A date for some rows, another (or none) for the rest, in the form each database keeps."""
    kept = "timestamptz '%s'" if connection.vendor == "postgresql" else "'%s'"
    first = kept % (NOW + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    other = "NULL" if otherwise is None else kept % (NOW + timedelta(days=otherwise)).strftime("%Y-%m-%d %H:%M:%S")
    return f"CASE WHEN {condition} THEN {first} ELSE {other} END"


def _add_groups(course: Course, people: int) -> None:
    names = [f"TD {number}" for number in range(1, GROUP_COUNT // 2 + 1)] + [
        f"TP {n}A" for n in range(1, GROUP_COUNT // 2 + 1)
    ]
    groups = Group.objects.bulk_create(
        Group(course=course, code=name.replace(" ", ""), name=name, name_key=fold(name), keeper="register")
        for name in names
    )
    database = course.methods.get(kind="database")
    rows = []
    lowest = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
    for rank in range(people):
        if rank % 11:
            rows.append(GroupMember(group=groups[rank % (GROUP_COUNT // 2)], person_id=lowest + rank, method=database))
        if rank % 3 == 0:
            second = groups[GROUP_COUNT // 2 + rank % (GROUP_COUNT // 2)]
            rows.append(GroupMember(group=second, person_id=lowest + rank, method=database))
    GroupMember.objects.bulk_create(rows, batch_size=2_000)


def _add_accesses(course: Course, people: int) -> None:
    lowest = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
    Participation.objects.bulk_create(
        (
            Participation(
                course=course, person_id=lowest + rank, last_access=NOW - timedelta(minutes=rank * 7919 % 100_000)
            )
            for rank in range(people)
            if rank % 10 < 7
        ),
        batch_size=2_000,
    )
