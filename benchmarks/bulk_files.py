"""Files of enrolments, as a page loads them: read, checked and previewed, then confirmed; or rejected row by row.

Each size in a process of its own.
"""

import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import django
from django.utils import timezone

if TYPE_CHECKING:
    from enrolhub.access.models import User

COURSES, PEOPLE = 150, 60_000
HEADER = ("cours", "identifiant", "role", "groupe", "debut", "fin", "statut", "operation")


def rows_of(count: int) -> Iterator[Sequence[str]]:
    """Rows about people and courses of `benchmarks.participants_data`: all of them arrive, with a start and an end."""
    for number in range(count):
        course = f"BENCH-{number % COURSES:03}"
        person = 22_000_000 + number * 7 % PEOPLE
        yield (course, str(person), "student", "", "2026-09-01", "2027-07-31 18:00", "actif", "inscrire")


def unknown_rows_of(count: int) -> Iterator[Sequence[str]]:
    """Rows that are all rejected, each for a number of its own that lost its noughts."""
    for number, row in enumerate(rows_of(count)):
        yield (row[0], str(1_000_000 + number), *row[2:])


def file_of(kind: str, rows: Iterable[Sequence[str]]) -> bytes:
    from enrolhub.web.exports import Export, write_xlsx

    if kind == "csv":
        return "\n".join(";".join(row) for row in (HEADER, *rows)).encode()
    file = io.BytesIO()
    write_xlsx(Export("inscriptions", HEADER, rows), file)
    return file.getvalue()


def staff_account() -> "User":
    from enrolhub.access.models import SiteRole, User

    user, _ = User.objects.get_or_create(username="bench")
    SiteRole.objects.get_or_create(user=user, kind=SiteRole.Kind.STAFF)
    return user


def peak_of_memory() -> float:
    """The most that this process ever took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_rejected(count: int, kind: str) -> dict[str, float]:
    """Seconds to look at a file of which every row is rejected, kept for its page, and the peak of memory in MB."""
    from benchmarks.participants_actions import timed
    from courses.imports import work
    from courses.models import ImportFile

    data, name = file_of(kind, unknown_rows_of(count)), f"inscriptions.{kind}"
    made = {"kind": "enrolments", "name": name, "data": data, "expires_at": timezone.now() + work.KEPT}
    file = ImportFile.objects.create(author=staff_account(), **made)
    times: dict[str, float] = {}
    timed(times, "look", lambda: work.look(file))
    if file.state != ImportFile.State.SEEN:
        raise RuntimeError(f"the file ended as {file.state}")
    file.delete()
    return times | {"megabytes": peak_of_memory()}


def measure_files(count: int, kind: str) -> dict[str, float]:
    """Seconds of the preview and of the confirmation with the worker's part, and the peak of memory of this process in MB.

    What an earlier file has enrolled by hand is gone first.
    """
    from benchmarks.participants_actions import timed
    from cohorts.bulk.engine_file import FilePreview
    from courses.bulk.enrolments_file import EnrolmentsFile
    from courses.models import Enrolment
    from courses.tasks import conduct
    from enrolhub.sync.models import Run

    Enrolment.objects.filter(method__kind="manual")._raw_delete(using="default")
    user, data = staff_account(), file_of(kind, rows_of(count))
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
    return times | {"megabytes": peak_of_memory()}


def prepare_database() -> dict[str, int]:
    """Empty the database, then fill it with people and courses: in a process of its own, for its memory is not the files'."""
    from benchmarks.participants_data import load

    load(PEOPLE // 2)
    return {"people": PEOPLE}


if __name__ == "__main__":
    django.setup()
    if not sys.argv[1:]:
        print(json.dumps(prepare_database()))
    else:
        measure = measure_rejected if sys.argv[3:] == ["rejected"] else measure_files
        print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
