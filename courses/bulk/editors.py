"""Those who may edit a course, as far as a file of enrolments touches them."""

from collections.abc import Callable, Iterable, Sequence

from courses.bulk.enrolment_rows import Facts, Pair
from courses.bulk.rights import Rights
from courses.models import Course, Enrolment, Method, Role
from enrolhub.web.sheets.intake import Entry
from enrolhub.web.sheets.ranges import ranges_of


def seniors(rights: Rights, courses: Iterable[Course]) -> set[Pair]:
    """Who has, in which of these courses, a role that the account may not give: it does not touch them."""
    bounded = sorted({course.pk for course in courses if not rights.manages(course)})
    found: set[Pair] = set()
    for part in ranges_of(bounded):
        rows = Enrolment.objects.filter(method__course__in=part, role__may_edit=True).order_by()
        found.update(rows.values_list("method__course_id", "person_id"))
    return found


def last_editors(entries: Sequence[Entry], present_of: Callable[[Entry], Facts | None]) -> list[Entry]:
    """The entries that take its rights from somebody where nobody is left then who may edit the course."""
    roles = set(Role.objects.filter(may_edit=True).values_list("short_name", flat=True))

    def edits(facts: Facts | None) -> bool:
        return facts is not None and facts.role in roles and not facts.suspended_by

    touched = {(entry["course"].pk, entry["person"].id): entry for entry in entries}
    losing = [entry for entry in entries if edits(present_of(entry)) and not edits(entry["facts"])]
    kept = {entry["course"].pk for entry in entries if edits(entry["facts"])}
    for part in ranges_of(sorted({entry["course"].pk for entry in losing})):
        rows = Enrolment.objects.filter(method__course__in=part, role__may_edit=True, suspended_by="").order_by()
        for course, person, kind in rows.values_list("method__course_id", "person_id", "method__kind"):
            if kind != Method.Kind.MANUAL or (course, person) not in touched:
                kept.add(course)
    return [entry for entry in losing if entry["course"].pk not in kept]
