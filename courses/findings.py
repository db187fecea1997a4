"""What a night finds about courses: elements no register knows, courses that no registration can feed."""

from django.db.models import Exists, OuterRef

from cohorts.findings import add_finding, counted_cases
from cohorts.models import StagedUnit
from cohorts.register import Register
from courses.models import Course, CourseUnit, Method
from enrolhub.sync.models import Run


def note_course_findings(run: Run, register: Register) -> None:
    """Record what the register shows about courses. Belongs in the run's transaction."""
    note_unknown_units(run, register)
    note_courses_without_year(run)


def note_unknown_units(run: Run, register: Register) -> None:
    """Elements that courses of the register's years are linked to but APOGÉE does not list."""
    known = StagedUnit.objects.filter(file=register.file("elements"), unit_code=OuterRef("unit_code"))
    links = CourseUnit.objects.filter(~Exists(known), course__academic_year__in=register.years)
    codes = links.order_by("unit_code").values_list("unit_code", flat=True).distinct()
    add_finding(run, "unknown_units", *counted_cases(codes, "unit"))


def note_courses_without_year(run: Run) -> None:
    """Courses fed by registrations whose academic year nobody gave: a registration feeds courses of its own year only."""
    fed = Course.objects.filter(academic_year="", methods__kind=Method.Kind.DATABASE, units__isnull=False)
    codes = fed.order_by("code").values_list("code", flat=True).distinct()
    add_finding(run, "courses_without_year", *counted_cases(codes, "course"))
