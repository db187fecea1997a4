"""The search of people and of cohorts as one types, over a whole directory. Runs as a process of its own."""

import json
import statistics
import sys

import django

from benchmarks.participants_page import time_of

# Whoever looks for somebody types a beginning, a whole name, a number, a mail, or something that nobody or everybody has.
PEOPLE = [
    "an",
    "ma",
    "du",
    "dubois",
    "éléo",
    "eleonore le",
    "abgrall jean-luc",
    "jean-luc kœnig",
    "22000123",
    "2200012",
    "22000123@etu.example.fr",
    "etu.example",
    "zzzz",
    "qx",
    "d’été zoé 22",
    "a e i o u",
]
COHORTS = ["droit", "l2 droit", "2026-etp0700", "etp", "zzzz", "l1"]
COHORT_COUNT = 1_500
ROUNDS = 5


def measure_search(people: int) -> dict[str, float]:
    """Milliseconds of the server for one answer of the search: median and 95th percentile over what is typed, and the worst.

    The database is emptied first, then filled with that many people, half of them in one course, and 1,500 cohorts.
    """
    from django.test import Client
    from django.urls import reverse

    from benchmarks.participants_data import load
    from benchmarks.quiet import QuietTimes
    from enrolhub.access.models import SiteRole, User

    course = load(people // 2)
    add_cohorts()
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    times: dict[str, float] = {}
    quiet = QuietTimes()
    for name, parameter, typed in (("people", "q", PEOPLE), ("cohorts", "cohort_q", COHORTS)):
        address = reverse(f"courses:{name}_search", args=[course.code])
        taken = [time_of(client, f"{address}?{parameter}={text}", quiet) for text in typed for _ in range(ROUNDS)]
        times |= {f"{name}_median": statistics.median(taken), f"{name}_p95": statistics.quantiles(taken, n=20)[-1]}
    return times


def add_cohorts() -> None:
    """As many cohorts as a university has étapes over some years, the hundred first ones with their members."""
    from cohorts.models import Cohort, CohortMember, Person
    from enrolhub.web.folding import fold

    CohortMember.objects.all().delete()
    Cohort.objects.all().delete()
    subjects = ("Droit", "Médecine", "Sciences de la Terre", "Économie et gestion", "Lettres modernes")
    fresh = []
    for number in range(COHORT_COUNT):
        year, programme = str(2024 + number % 3), f"ETP{number:04}"
        name = f"UFR {subjects[number % 5]}: L{number % 3 + 1} {subjects[number % 5]} {number}"
        fresh.append(
            Cohort(
                code=f"{year}-{programme}",
                name=name,
                name_key=fold(name),
                keeper=Cohort.Keeper.REGISTER,
                academic_year=year,
                programme_code=programme,
            )
        )
    made = Cohort.objects.bulk_create(fresh)
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True)[:20_000])
    members = (CohortMember(cohort=made[rank % 100], person_id=pk) for rank, pk in enumerate(people))
    CohortMember.objects.bulk_create(members, batch_size=2_000)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_search(int(sys.argv[1]))))
