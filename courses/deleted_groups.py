"""What the groups were called that a person has deleted: the run that deleted one keeps its name."""

from courses.models import Course
from enrolhub.sync.models import Run

#: The kind of the runs that delete a group.
KIND = "group"


def names_of_deleted_groups(course: Course) -> dict[str, str]:
    """The last name of each deleted group of the course, by its code, in one query."""
    runs = Run.objects.filter(kind=KIND, dry_run=False, options__course=course.code).order_by("pk")
    return {options["group"]: options["name"] for options in runs.values_list("options", flat=True)}
