"""Rows of what belongs to a course's methods, and how they are written: groups, methods, elements, keys of groups."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from courses.deleted_groups import names_of_deleted_groups
from courses.deletion import delete_methods, hold_courses
from courses.models import Course, CourseUnit, Enrolment, Group, GroupKey, Method
from courses.setup.facts import FACTS, Book
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.facts import split_facts
from enrolhub.sync.select_into import execute, fetch_rows, refresh_statistics
from enrolhub.web.folding import fold
from enrolhub.web.sheets.ranges import ranges_of

GROUPS, METHODS, UNITS, KEYS = "groups", "methods", "course_units", "group_keys"
UNIT_SEPARATOR = "/"
#: Whether an element feeds a course.
LINKED, UNLINKED = "yes", "no"
#: New methods from which on the table is another one for the planner.
MANY_METHODS = 20


class SetupRow(NamedTuple):
    """One row: of which relation, its key as the ledger has it, its facts before and after; empty: no row."""

    relation: str
    ref: int
    member: int
    item: str
    before: str
    facts: str


def fresh_ids(count: int, model: type[Model] = Method) -> list[int]:
    """Ids of methods (or of other rows) to come that nobody else gets. Belongs in a transaction."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [int(number) for (number,) in fetch_rows(sql, (table, count))]
    if not execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", (count, table)):
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", (table, count))
    [(last,)] = fetch_rows("SELECT seq FROM sqlite_sequence WHERE name = %s", (table,))
    return list(range(int(last) - count + 1, int(last) + 1))


def write_rows(rows: Iterable[SetupRow]) -> None:
    """Make and alter what these rows ask for; what is to go stays. Belongs in a transaction. Raises RunRefused."""
    by_relation: dict[str, list[SetupRow]] = {}
    for row in rows:
        by_relation.setdefault(row.relation, []).append(row)
    write_groups(by_relation.get(GROUPS, ()))
    write_methods(by_relation.get(METHODS, ()))
    write_units(by_relation.get(UNITS, ()))
    write_keys(by_relation.get(KEYS, ()))


def write_groups(rows: Sequence[SetupRow]) -> None:
    fresh = [
        Group(course_id=row.ref, code=row.item, name=row.facts, name_key=fold(row.facts)[:300])
        for row in rows
        if row.facts
    ]
    Group.objects.bulk_create(fresh, ignore_conflicts=True)


def write_methods(rows: Sequence[SetupRow]) -> None:
    """Make or alter methods. Raises RunRefused when another one has taken the place of one that is to be made."""
    told = [row for row in rows if row.facts]
    if not told:
        return
    hold_courses(Course.objects.filter(pk__in={row.ref for row in told}))
    remake_given_groups(told)
    book = Book((row.ref, row.facts) for row in told)
    standing = set(Method.objects.filter(pk__in=[row.member for row in told]).values_list("pk", flat=True))
    methods = [book.method(row.member, row.ref, row.facts) for row in told]
    fresh = [method for method in methods if method.pk not in standing]
    changed = [method for method in methods if method.pk in standing]
    refuse_twins(fresh)
    for method in fresh:
        method.refreshed_at = timezone.now() if method.is_synced else None
    Method.objects.bulk_create(fresh)
    Method.objects.bulk_update(changed, FACTS, batch_size=500)
    Method.objects.filter(pk__in=[method.pk for method in changed]).update(changed_at=timezone.now())
    if len(fresh) > MANY_METHODS:
        refresh_statistics(Method)


def remake_given_groups(rows: Sequence[SetupRow]) -> None:
    """The groups that these methods give and that were deleted since come back, by the names they had."""
    given = {(row.ref, code) for row in rows if (code := split_facts(row.facts, FACTS).get("group", ""))}
    standing = Group.objects.filter(course__in={course for course, _code in given}).values_list("course_id", "code")
    gone = given - set(standing)
    for course in Course.objects.filter(pk__in={course for course, _code in gone}):
        names = names_of_deleted_groups(course)
        write_groups([SetupRow(GROUPS, of, 0, code, "", names.get(code, code)) for of, code in gone if of == course.pk])


def refuse_twins(fresh: Sequence[Method]) -> None:
    """Raise RunRefused when a course has a method already that could not stand beside one of these."""
    rows = Method.objects.filter(course__in={method.course_id for method in fresh})
    present = {twin_key(method) for method in rows.select_related(None)} - {None}
    for method in fresh:
        if twin_key(method) in present:
            raise RunRefused("method_there", method=str(method), course=method.course.code)
        present |= {twin_key(method)} - {None}


def twin_key(method: Method) -> tuple[int | str | None, ...] | None:
    """What a course may have but once; None where it may have many alike."""
    if method.source_cohort_id:
        return method.course_id, "cohort", method.source_cohort_id, method.role_id
    if method.source_course_id:
        return method.course_id, "course", method.source_course_id
    single = method.kind in (Method.Kind.DATABASE, Method.Kind.MANUAL)
    return (method.course_id, method.kind) if single else None


def write_units(rows: Sequence[SetupRow]) -> None:
    linked = [unit_of(row.ref, row.item) for row in rows if row.facts == LINKED]
    CourseUnit.objects.bulk_create(linked, ignore_conflicts=True)
    drop_units(row for row in rows if row.facts == UNLINKED)


def unit_of(course: int, item: str) -> CourseUnit:
    unit, programme, version, group = item.split(UNIT_SEPARATOR)
    return CourseUnit(
        course_id=course, unit_code=unit, programme_code=programme, version_code=version, group_code=group
    )


def item_of(unit: CourseUnit) -> str:
    """How the ledger names a link to an element."""
    return UNIT_SEPARATOR.join((unit.unit_code, unit.programme_code, unit.version_code, unit.group_code))


def drop_units(rows: Iterable[SetupRow]) -> None:
    gone = {(row.ref, row.item) for row in rows}
    for part in ranges_of(sorted({course for course, _item in gone})):
        links = CourseUnit.objects.filter(course__in=part).order_by()
        dropped = [link.pk for link in links if (link.course_id, item_of(link)) in gone]
        for ids in ranges_of(dropped):
            CourseUnit.objects.filter(pk__in=ids).delete()


def write_keys(rows: Sequence[SetupRow]) -> None:
    """Give groups the keys of a method; ``ref`` is the method, ``item`` the code of the group."""
    drop_keys(rows)
    courses = dict(Method.objects.filter(pk__in={row.ref for row in rows}).values_list("pk", "course_id"))
    groups = {(group.course_id, group.code): group for group in Group.objects.filter(course__in=set(courses.values()))}
    fresh = []
    for row in rows:
        group = groups.get((courses.get(row.ref, 0), row.item))
        if row.facts and group:
            fresh.append(GroupKey(method_id=row.ref, group=group, key=row.facts))
    GroupKey.objects.bulk_create(fresh)


def drop_keys(rows: Iterable[SetupRow]) -> None:
    for row in rows:
        GroupKey.objects.filter(method=row.ref, group__code=row.item).delete()


def drop_methods(ids: Collection[int]) -> None:
    """Delete methods that have nobody left. Raises RunRefused when somebody was enrolled meanwhile."""
    hold_courses(Course.objects.filter(pk__in=Method.objects.filter(pk__in=ids).order_by().values("course")))
    filled = Method.objects.filter(pk__in=Enrolment.objects.filter(method__in=ids).values("method")).first()
    if filled:
        raise RunRefused("method_filled", method=str(filled), course=filled.course.code)
    delete_methods(ids)
