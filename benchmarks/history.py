"""The history of a very large course, and its list as it was on a day. Runs as a process of its own."""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import django

#: Nights after the first, each of which brings some and takes others.
NIGHTS, CHURN = 60, 0.01
HISTORY = ["", "action=D", "person=mar", "run=night&since={week}", "sort=at&per_page=100"]
PAST = ["", "role=student&status=active", "q=mar", "group=none", "sort=-groups"]


def measure_history(people: int) -> dict[str, float]:
    """Milliseconds of the server for one page: the history, and the list of two months ago; the larger of two medians."""
    from django.test import Client
    from django.urls import reverse

    from benchmarks.participants_data import load
    from enrolhub.access.models import SiteRole, User

    course = load(people)
    write_ledger(course, people)
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    week = f"{datetime.now().astimezone() - timedelta(days=7):%Y-%m-%d}"
    then = f"{datetime.now().astimezone() - timedelta(days=NIGHTS - 1):%Y-%m-%d}"
    history, listed = (reverse(f"courses:{name}", args=[course.code]) for name in ("history", "participants"))
    taken = {
        "history": [time_of(client, f"{history}?{query.format(week=week)}") for query in HISTORY],
        "past": [time_of(client, f"{listed}?on={then}&{query}") for query in PAST],
    }
    return {
        f"{name}_{figure}": value
        for name, times in taken.items()
        for figure, value in (("median", statistics.median(times)), ("most", max(times)))
    }


def write_ledger(course: "object", people: int) -> None:
    """A first night that brought everybody, then nights that brought some and took others away, day after day."""
    from courses.models import Course, Enrolment
    from enrolhub.sync.models import Change, Phase, Run, Scope

    assert isinstance(course, Course)
    method = course.methods.get(kind="database")
    everyone = list(Enrolment.objects.filter(method=method).order_by("pk").values_list("person_id", "person__username"))
    moved = max(int(people * CHURN), 1)

    def changes(scope: Scope, night: int) -> Iterator[Change]:
        chosen = everyone if night == 0 else everyone[night * moved % people :][:moved]
        for member, person in chosen:
            if night:
                yield Change(scope=scope, action="D", member=member, person=person, before="student\x1f\x1f\x1f")
            else:
                yield Change(scope=scope, action="A", member=member, person=person, after="student\x1f\x1f\x1f")

    first = datetime.now().astimezone() - timedelta(days=NIGHTS)
    for night in range(NIGHTS):
        at = first + timedelta(days=night)
        run = Run.objects.create(kind="night", lane=f"bench:{night}", state="applied", started_at=at)
        Run.objects.filter(pk=run.pk).update(requested_at=at)
        phase = Phase.objects.create(run=run, position=1, relation="database", state="done", started_at=at)
        scope = Scope.objects.create(phase=phase, ref=method.pk, code=course.code, arrived_at=at, departed_at=at)
        Change.objects.bulk_create(changes(scope, night), batch_size=5_000)


def time_of(client: "django.test.Client", address: str) -> float:
    """Milliseconds for one answer, the median of three after a first one that warms nothing but the code."""
    address = address.removesuffix("&").removesuffix("?")
    client.get(address)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        response = client.get(address)
        taken.append((time.perf_counter() - start) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
    print(f"{address}: {statistics.median(taken):.0f} ms", file=sys.stderr)
    return statistics.median(taken)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_history(int(sys.argv[1]))))
