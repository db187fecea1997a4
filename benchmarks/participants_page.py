"""The participants page of a course of 20,000, over a grid of filters and orders. Runs as a process of its own."""

import importlib
import json
import statistics
import sys
import time
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.quiet import QuietTimes

FILTERS = [
    "",
    "role=student",
    "role=student&status=active",
    "status=suspended&status_match=none",
    "q=mar",
    "q=eleonore%20le",
    "group=none",
    "group=TD1&group=TP2A",
    "method=database&method=self&method_match=all",
    "inactive=30d",
    "inactive=never&inactive_match=none",
    "match=any&role=teacher&inactive=never",
    "match=none&role=teacher&q=dupont",
    "first=M&last=D",
    "role=student&status=active&q=an&inactive=2w&last=B",
]
SORTS = ["", "last_name", "-first_name", "username", "-email", "last_access", "-last_access", "status"]
COSTLY_SORTS = ["roles", "-roles", "groups", "-groups"]


def measure_page(people: int) -> dict[str, float]:
    """Milliseconds of the server for one page of 20 rows: median and 95th percentile, by kind of order.

    The database is emptied first, then filled with a course of that many people and others around it.
    """
    from django.test import Client
    from django.urls import reverse

    from benchmarks.participants_data import load
    from benchmarks.quiet import QuietTimes
    from enrolhub.access.models import SiteRole, User

    course = load(people)
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    address = reverse("courses:participants", args=[course.code])
    times: dict[str, float] = {}
    quiet = QuietTimes()
    for name, sorts in {"page": SORTS, "costly": COSTLY_SORTS}.items():
        taken = [time_of(client, f"{address}?{query}&sort={sort}", quiet) for query, sort in product(FILTERS, sorts)]
        times |= {f"{name}_median": statistics.median(taken), f"{name}_p95": statistics.quantiles(taken, n=20)[-1]}
    return times | {"addresses": quiet.measured, "disturbed": quiet.disturbed}


def time_of(client: Any, address: str, quiet: "QuietTimes") -> float:
    """Milliseconds for one answer: the median of three, after a first one that warms nothing but the code."""
    address = address.replace("?&", "?").removesuffix("&sort=")
    client.get(address)
    return quiet.time_of(lambda: statistics.median(_once(client, address) for _again in range(3)))


def _once(client: Any, address: str) -> float:
    start = time.perf_counter()
    response = client.get(address)
    taken = (time.perf_counter() - start) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return taken


if __name__ == "__main__":
    importlib.import_module("enrolhub.wsgi")  # as the site is served, its collector's thresholds included
    print(json.dumps(measure_page(int(sys.argv[1]))))
