"""A cohort of 20,000 synchronised by one course, and one of 300 by 500 courses: preview, confirmation, the worker's part, and
what one who reads the methods meanwhile waits. A process of its own."""

import json
from collections.abc import Callable
from typing import Any

import django

from benchmarks.participants_actions import timed

LARGE, COURSES, SMALL = 20_000, 500, 300


def measure_methods() -> dict[str, float]:
    """Seconds of the server for each step. The database is emptied first, then filled with a large course and others."""
    from benchmarks.participants_data import load
    from courses.methods.form import Draft
    from courses.models import Course, Method, Platform, Role
    from courses.setup.asking import Setup, Verb
    from enrolhub.access.models import SiteRole, User
    from enrolhub.sync.models import Run

    load(LARGE)
    Run.objects.filter(state__in=Run.LIVE).delete()
    author, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=author, kind=SiteRole.Kind.STAFF)
    student, platform = Role.objects.get(short_name="student"), Platform.objects.get(code="collegium")
    courses = [Course(code=f"MANY-{number:03}", title=f"Many {number}", platform=platform) for number in range(COURSES)]
    Course.objects.bulk_create(courses)
    courses = list(Course.objects.filter(code__startswith="MANY-").order_by("code"))
    large, small = add_cohort("LARGE", LARGE), add_cohort("SMALL", SMALL)
    analyse()
    times: dict[str, float] = {}

    def added(cohort: Any, where: list[Course]) -> Setup:
        drafts = [
            Draft(Method(course=course, kind="cohort_sync", source_cohort=cohort, role=student)) for course in where
        ]
        return Setup(Verb.ADD, "cohort_sync", where, author, drafts)

    carry(times, "one", lambda: added(large, courses[:1]), LARGE)
    carry(times, "many", lambda: added(small, courses[1:]), SMALL * (COURSES - 1))
    made = list(Method.objects.filter(source_cohort=small).select_related("course", "source_cohort"))
    where = [method.course for method in made]
    carry(times, "delete", lambda: Setup(Verb.DELETE, "cohort_sync", where, author, deleted=made), len(made) * SMALL)
    return times


def add_cohort(code: str, size: int) -> Any:
    """A hand-kept cohort of so many people, every other one of them in the large course."""
    from cohorts.models import Cohort, CohortMember, Person

    cohort = Cohort.objects.create(code=code, name=code, name_key=code.lower(), keeper=Cohort.Keeper.HAND)
    ids = Person.objects.order_by("pk").values_list("pk", flat=True)[::2][:size]
    CohortMember.objects.bulk_create([CohortMember(cohort=cohort, person_id=pk) for pk in ids], batch_size=5_000)
    return cohort


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def carry(times: dict[str, float], name: str, ask: Callable[[], Any], count: int) -> None:
    """Preview, confirm and conduct a change that so many rows follow."""
    from courses.setup.confirming import carry_out
    from courses.setup.preview import preview_setup
    from courses.tasks import conduct
    from enrolhub.sync.models import Run

    shown = timed(times, f"{name} preview", lambda: preview_setup(ask()))
    if shown.touched_count != count:
        raise RuntimeError(f"{name}: {shown.touched_count} rows instead of {count}")
    run = timed(times, f"{name} confirm", lambda: carry_out(ask(), shown.digest))
    timed(times, f"{name} job", lambda: conduct(run.pk))
    run = Run.objects.get(pk=run.pk)
    if run.state != Run.State.APPLIED:
        raise RuntimeError(f"{name}: the run ended as {run.state}, {run.message}")


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_methods()))
