"""Creating and changing courses, groups and methods, many at a time. Who is enrolled follows through runs of the engine."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from courses.models import Course, CourseUnit, Group, Method, Platform, Role
from enrolhub.web.folding import fold

COURSE_FIELDS = (
    "title",
    "platform",
    "component",
    "academic_year",
    "created_automatically",
    "visible",
    "title_key",
    "search_key",
)
#: The place of the methods that every course is born with.
DATABASE_POSITION, MANUAL_POSITION = 0, 1
STUDENT = Role.ShortName.STUDENT


def set_course_keys(course: Course) -> None:
    """Set the folded keys by which lists search and order a course. Does not save."""
    course.title_key = fold(course.title)[:400]
    course.search_key = fold(f"{course.title} {course.code} {course.component}")[:600]


def create_course(code: str, title: str, platform: Platform, units: Collection[str] = (), **fields: Any) -> Course:
    """Create one course with its manual method and, where registrations feed its platform, its database method.

    `units` are the codes of the APOGÉE elements that feed it; `fields` any other field of Course.
    """
    course = Course(code=code, title=title, platform=platform, **fields)
    with transaction.atomic():
        set_course_keys(course)
        course.save(force_insert=True)
        CourseUnit.objects.bulk_create(CourseUnit(course=course, unit_code=unit) for unit in dict.fromkeys(units))
        add_first_methods([course])
    return course


def save_courses(courses: Sequence[Course]) -> None:
    """Create these courses, or bring those of the same code to the same facts; each gets the methods it should have.

    One transaction, a number of statements that does not grow with the rows but by batches.
    """
    for course in courses:
        set_course_keys(course)
    with transaction.atomic():
        Course.objects.bulk_create(courses, update_conflicts=True, unique_fields=["code"], update_fields=COURSE_FIELDS)
        add_first_methods(courses)


def add_first_methods(courses: Sequence[Course]) -> None:
    """Give each of these saved courses the methods it lacks: manual always, database where registrations feed it."""
    kinds = (Method.Kind.MANUAL, Method.Kind.DATABASE)
    present = set(Method.objects.filter(course__in=courses, kind__in=kinds).order_by().values_list("course_id", "kind"))
    fed = set(Platform.objects.filter(feeding=Platform.Feeding.REGISTRATIONS).values_list("pk", flat=True))
    student = Role.objects.get(short_name=STUDENT)
    fresh = []
    for course in courses:
        if course.platform_id in fed and (course.pk, Method.Kind.DATABASE) not in present:
            fresh.append(Method(course=course, kind=Method.Kind.DATABASE, position=DATABASE_POSITION, role=student))
        if (course.pk, Method.Kind.MANUAL) not in present:
            fresh.append(Method(course=course, kind=Method.Kind.MANUAL, position=MANUAL_POSITION, role=student))
    Method.objects.bulk_create(fresh)


def create_groups(names: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Group]:
    """Create groups kept by hand from (course id, name); the code is made from the name, unlike any other of the course.

    Returns the groups by course id and folded name. Two names that fold to the same are one group.
    """
    wanted = {(course, fold(name)): name for course, name in reversed(list(names))}
    taken = set(
        Group.objects.filter(course__in={course for course, _ in wanted}).order_by().values_list("course_id", "code")
    )
    groups = {}
    for (course, key), name in sorted(wanted.items()):
        code = code_of_group(key, course, taken)
        taken.add((course, code))
        groups[course, key] = Group(course_id=course, code=code, name=name, name_key=key, keeper=Group.Keeper.HAND)
    Group.objects.bulk_create(groups.values())
    return groups


def code_of_group(key: str, course: int, taken: Collection[tuple[int, str]]) -> str:
    """A code from a folded name: `td-groupe-1`, and `td-groupe-1-2` when that is taken in the course."""
    stem = "-".join("".join(letter if letter.isalnum() else " " for letter in key).split())[:90] or "groupe"
    code, number = stem, 1
    while (course, code) in taken:
        number += 1
        code = f"{stem}-{number}"
    return code


def add_methods(methods: Sequence[Method]) -> None:
    """Save new methods after those that their courses have, in this order. Their people come with the next run."""
    courses = {method.course_id for method in methods}
    last = dict(
        Method.objects.filter(course__in=courses).order_by().values_list("course_id").annotate(last=Max("position"))
    )
    for method in methods:
        last[method.course_id] = method.position = last.get(method.course_id, -1) + 1
    Method.objects.bulk_create(methods)
