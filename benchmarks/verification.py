"""Course › Vérification of the largest courses of a campus that nights have filled. Runs as a process of its own."""

import json
import statistics
import sys
import time

import django

#: Opened before the first is measured, and then so often each.
WARMING, TIMES = 3, 15


def measure_verification(largest: int) -> dict[str, float]:
    """Milliseconds for the page of the largest course of at most so many people: median and worst; and how many they are."""
    from django.db.models import Count
    from django.test import Client
    from django.urls import reverse

    from courses.models import Course, Method
    from enrolhub.access.models import SiteRole, User

    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    sizes = Method.objects.filter(kind=Method.Kind.DATABASE).annotate(people=Count("enrolments")).order_by("-people")
    method = next(each for each in sizes if each.people <= largest)
    address = reverse("courses:verification", args=[Course.objects.get(pk=method.course_id).code])
    taken = []
    for _time in range(WARMING + TIMES):
        start = time.perf_counter()
        status = client.get(address).status_code
        taken.append((time.perf_counter() - start) * 1000)
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")
    measured = taken[WARMING:]
    return {"people": method.people, "median": statistics.median(measured), "worst": max(measured)}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_verification(int(sys.argv[1]))))
