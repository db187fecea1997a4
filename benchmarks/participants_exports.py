"""The export of a whole course: seconds of the server and peak memory. Each file is made by a process of its own.

`python -m benchmarks.participants_exports load 20000` fills the database, `… csv` (or `xlsx`, `ods`) measures one export.
"""

import json
import resource
import sys
import time
from typing import Any

import django


def load_course(people: int) -> None:
    """A course of that many people and others around it, and an account that may export it."""
    from benchmarks.participants_data import load
    from enrolhub.access.models import SiteRole, User

    load(people)
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)


def measure_export(kind: str) -> dict[str, Any]:
    """Seconds from the request to the last byte, bytes of the file, and the peak of this process in MB.

    A first export of nobody warms the code.
    """
    from django.test import Client
    from django.urls import reverse

    from benchmarks.participants_data import COURSE_CODE
    from enrolhub.access.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="bench"))
    address = reverse("courses:export", args=[COURSE_CODE, kind])
    size_of(client, f"{address}?role=observer")
    start = time.perf_counter()
    size = size_of(client, address)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "bytes": size,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def size_of(client: "django.test.Client", address: str) -> int:
    """Read the file as it comes, without keeping it; how many bytes it has."""
    response: Any = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return sum(len(piece) for piece in response.streaming_content)


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "load":
        load_course(int(sys.argv[2]))
    else:
        print(json.dumps(measure_export(sys.argv[1])))
