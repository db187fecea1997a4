"""Groups of courses: those of APOGÉE appear by themselves, with the labels they have there; deleted ones come back by name."""

from django.db.models import Exists, F, OuterRef, QuerySet

from cohorts.register import Register
from courses.deleted_groups import names_of_deleted_groups
from courses.models import Course, CourseUnit, Group
from enrolhub.sync.apply import MANY
from enrolhub.sync.models import Change
from enrolhub.sync.select_into import refresh_statistics
from enrolhub.web.folding import fold


def refresh_register_groups(register: Register) -> None:
    """Create the groups of APOGÉE that linked courses miss and rename those whose label changed; none is deleted."""
    wanted = wanted_groups(register)
    present = {(group.course_id, group.code): group for group in Group.objects.filter(keeper=Group.Keeper.REGISTER)}
    missing = [
        Group(course_id=course, code=code, name=name, name_key=fold(name), keeper=Group.Keeper.REGISTER)
        for (course, code), name in wanted.items()
        if (course, code) not in present
    ]
    # A group made by hand under the same code stays as it is.
    Group.objects.bulk_create(missing, batch_size=2000, ignore_conflicts=True)
    if len(missing) > MANY:
        refresh_statistics(Group)
    renamed = []
    for key, group in present.items():
        name = wanted.get(key, group.name)
        if name != group.name:
            group.name, group.name_key = name, fold(name)
            renamed.append(group)
    Group.objects.bulk_update(renamed, ["name", "name_key"], batch_size=500)


def wanted_groups(register: Register) -> dict[tuple[int, str], str]:
    """Course id and group code → label, for every element linked to a course of the group's year."""
    units = CourseUnit.objects.filter(
        course__academic_year=F("staged_groups__academic_year"),
        course__academic_year__in=register.years,
        course__methods__kind="database",
        staged_groups__file=register.file("groupes"),
    )
    rows = units.order_by("course_id", "staged_groups__line").values_list(
        "course_id", "group_code", "staged_groups__group_code", "staged_groups__group_number", "staged_groups__label"
    )
    wanted: dict[tuple[int, str], str] = {}
    for course, only, external, number, label in rows.iterator(chunk_size=5000):
        code = external or number
        if not only or only == code:
            wanted[course, code] = label or code
    return wanted


def remake_groups(changes: QuerySet[Change]) -> None:
    """Make again, by hand, the groups that these changes name and their courses no longer have."""
    standing = Group.objects.filter(course__code=OuterRef("scope__code"), code=OuterRef("item"))
    gone = changes.filter(~Exists(standing)).order_by().values_list("scope__code", "item").distinct()
    for code in sorted({course for course, _group in gone}):
        course = Course.objects.get(code=code)
        names = names_of_deleted_groups(course)
        for group in sorted(group for of, group in gone if of == code):
            name = names.get(group, group)
            Group.objects.create(course=course, code=group, name=name, name_key=fold(name)[:300])
