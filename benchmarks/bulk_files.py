"""Files of enrolments, as a page loads them: read, checked and previewed, then confirmed. Each size in a process of its own."""

import io
import json
import resource
import sys
from collections.abc import Iterator, Sequence

import django

COURSES, PEOPLE = 150, 60_000
HEADER = ("cours", "identifiant", "role", "groupe", "debut", "fin", "statut", "operation")


def rows_of(count: int) -> Iterator[Sequence[str]]:
    """Rows about people and courses of `benchmarks.participants_data`: all of them arrive, with a start and an end."""
    for number in range(count):
        course = f"BENCH-{number % COURSES:03}"
        person = 22_000_000 + number * 7 % PEOPLE
        yield (course, str(person), "student", "", "2026-09-01", "2027-07-31 18:00", "actif", "inscrire")


def csv_of(count: int) -> bytes:
    return "\n".join(";".join(row) for row in (HEADER, *rows_of(count))).encode()


def xlsx_of(count: int) -> bytes:
    from enrolhub.web.exports import Export, write_xlsx

    file = io.BytesIO()
    write_xlsx(Export("inscriptions", HEADER, rows_of(count)), file)
    return file.getvalue()


def measure_files(count: int, kind: str) -> dict[str, float]:
    """Seconds of the preview and of the confirmation with the worker's part, and the peak of memory of this process in MB.

    What an earlier file has enrolled by hand is gone first.
    """
    from benchmarks.participants_actions import timed
    from cohorts.bulk.engine_file import FilePreview
    from courses.bulk.enrolments_file import EnrolmentsFile
    from courses.models import Enrolment
    from courses.tasks import conduct
    from enrolhub.access.models import SiteRole, User
    from enrolhub.sync.models import Run

    Enrolment.objects.filter(method__kind="manual")._raw_delete(using="default")
    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    data = csv_of(count) if kind == "csv" else xlsx_of(count)
    times: dict[str, float] = {}

    def prepare() -> EnrolmentsFile:
        return EnrolmentsFile(data, f"inscriptions.{kind}", author=user)

    def preview() -> FilePreview:
        return prepare().preview()

    def apply() -> Run:
        run = prepare().confirm(shown.digest)
        conduct(run.pk)
        run.refresh_from_db()
        return run

    shown = timed(times, "preview", preview)
    run = timed(times, "apply", apply)
    if run.state != Run.State.APPLIED or run.arrivals != count or shown.tally.arrivals != count:
        raise RuntimeError(f"the run ended as {run.state}, {run.message}, with {run.arrivals} arrivals")
    return times | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def prepare_database() -> dict[str, int]:
    """Empty the database, then fill it with people and courses: in a process of its own, for its memory is not the files'."""
    from benchmarks.participants_data import load

    load(PEOPLE // 2)
    return {"people": PEOPLE}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure_files(int(sys.argv[1]), sys.argv[2]) if sys.argv[1:] else prepare_database()))
