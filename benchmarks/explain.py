"""« Pourquoi ? » for pairs of a person and a course of a campus that nights have filled. Runs as a process of its own."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from random import Random

import django

#: Answered before the first is measured: the code, and the statements of the connection.
WARMING = 20


def measure_explain(pairs: int) -> dict[str, float]:
    """Milliseconds for one answer: median, 95th percentile and worst, of the explanation alone and of its page.

    Half of the pairs are enrolments, the other half anybody with any course, drawn by chance but always the same.
    """
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from cohorts.models import Person
    from courses.explain.explaining import explain
    from courses.models import Course
    from enrolhub.access.models import SiteRole, User

    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    courses = Course.objects.select_related("platform").in_bulk()
    drawn = draw_pairs(pairs + WARMING, list(courses))
    people = Person.objects.in_bulk({person for _, person in drawn})

    def answer(course: int, person: int) -> None:
        explain(courses[course], people[person], timezone.now())

    def open_page(course: int, person: int) -> None:
        address = reverse("courses:explain", args=[courses[course].code, people[person].username])
        status = client.get(address).status_code
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")

    return figures("explain", times_of(answer, drawn)) | figures("page", times_of(open_page, drawn))


def draw_pairs(count: int, courses: list[int]) -> list[tuple[int, int]]:
    """Ids of courses and people."""
    from cohorts.models import Person
    from courses.models import Enrolment

    dice = Random(7)
    last = Enrolment.objects.order_by("-pk").values_list("pk", flat=True)[0]
    numbers = [dice.randint(1, last) for _ in range(count)]
    inside = list(Enrolment.objects.filter(pk__in=numbers).order_by("pk").values_list("method__course_id", "person_id"))
    everybody = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    drawn = [*inside[: count // 2], *((dice.choice(courses), dice.choice(everybody)) for _ in range(count))][:count]
    dice.shuffle(drawn)
    return drawn


def times_of(answer: Callable[[int, int], None], pairs: list[tuple[int, int]]) -> list[float]:
    """Milliseconds for each answer but the first ones."""
    taken = []
    for course, person in pairs:
        start = time.perf_counter()
        answer(course, person)
        taken.append((time.perf_counter() - start) * 1000)
    return taken[WARMING:]


def figures(name: str, taken: list[float]) -> dict[str, float]:
    return {
        f"{name}_median": statistics.median(taken),
        f"{name}_p95": statistics.quantiles(taken, n=20)[-1],
        f"{name}_worst": max(taken),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_explain(int(sys.argv[1]))))
