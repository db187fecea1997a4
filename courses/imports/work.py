"""The work on a loaded file: looking at it, and loading it exactly as it was seen; at once for small ones, else by a worker."""

import hashlib
import logging
import time
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from kombu.exceptions import OperationalError

from cohorts.bulk.file_run import BUSY
from courses.imports.details import in_each_language
from courses.imports.kinds import columns_of, open_file, reading_of
from courses.imports.outcomes import carry_out, look_into
from courses.imports.packing import Packed, pack
from courses.imports.preview import pack_seen, recognised
from courses.models import Course, ImportFile
from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.web.sheets.problems import FileRefused
from enrolhub.web.sheets.progress import listening
from enrolhub.web.sheets.reading import recognise, shown_name

logger = logging.getLogger(__name__)
State = ImportFile.State
KEPT = timedelta(days=7)
#: Files that an account has at most: with a newer one the oldest goes.
MOST = 20
#: Seconds from one note of how far the work is to the next.
NOTED_EVERY = 1.0
#: Bytes that a page's own request still reads: some thousands of rows. A workbook is packed.
AT_ONCE, AT_ONCE_PACKED = 256 * 1024, 64 * 1024
#: The task that works on a file, by name: tasks live in a layer above.
WORK = "courses.tasks.work_on_import"
_PACKED = b"PK\x03\x04"


def receive(
    author: User, kind: str, course: Course | None, name: str, data: bytes, *, creates_groups: bool = False
) -> ImportFile:
    """Keep a file for its author, trace it, and have it looked at. Those that have expired go, whosever they are."""
    purge()
    newest = ImportFile.objects.filter(author=author).order_by("-pk").values_list("pk", flat=True)[: MOST - 1]
    ImportFile.objects.filter(author=author).exclude(pk__in=list(newest)).exclude(state=State.CONFIRMING).delete()
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        file = ImportFile.objects.create(
            author=author,
            kind=kind,
            course=course,
            name=shown_name(name),
            data=data,
            sha256=digest,
            creates_groups=creates_groups,
            expires_at=timezone.now() + KEPT,
        )
        where = course.code if course else ""
        record_event(
            author.username, "file_received", file.name, kind=kind, course=where, bytes=len(data), sha256=digest
        )
    start(file)
    return file


def purge() -> int:
    """Forget the files whose time is over; how many."""
    return ImportFile.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def is_small(file: ImportFile) -> bool:
    packed = bytes(file.data[:4]) == _PACKED
    return len(file.data) <= (AT_ONCE_PACKED if packed else AT_ONCE)


def start(file: ImportFile) -> None:
    """Do what the state of the file asks for, here and now or by a worker; here too when no broker answers."""
    if not is_small(file):
        try:
            current_app.send_task(WORK, [file.pk, get_language()], retry=False)
            return
        except OperationalError as error:
            logger.warning("file %s is worked on by its request: %s", file.pk, error)
    work_on(file)


def work_on(file: ImportFile) -> None:
    """Look at a file that waits for it, load one that was confirmed; nothing else, so that asking twice does it once."""
    if file.state == State.WAITING:
        look(file)
    elif file.state == State.CONFIRMING:
        load(file)


def work_on_import(file_id: int, language: str) -> None:
    """The work on one file in a process of its own; a file forgotten meanwhile needs none."""
    file = ImportFile.objects.select_related("author", "course").filter(pk=file_id).first()
    if file is not None:
        with override(language):
            work_on(file)


class ProgressNote:
    """Keeps with a file how far the work on it is, so that its page can say so, whoever opens it and when."""

    def __init__(self, file: ImportFile) -> None:
        self.file = file
        self.noted_at = time.monotonic()

    def __call__(self, stage: str, done: int, whole: int) -> None:
        if time.monotonic() - self.noted_at >= NOTED_EVERY:
            self.noted_at = time.monotonic()
            percent = min(done * 100 // whole, 100) if whole else 0
            ImportFile.objects.filter(pk=self.file.pk).update(stage=stage, percent=percent)


def look(file: ImportFile) -> None:
    """See what loading the file would do, and keep that."""
    with listening(ProgressNote(file)):
        look_closely(file)


def look_closely(file: ImportFile) -> None:
    summary: dict[str, Any] = {}
    try:
        summary["reading"] = recognised(recognise(bytes(file.data), columns_of(file), file.name, reading_of(file)))
        opened = open_file(file)
        outlook = look_into(opened)
        file.preview = pack_seen(summary["reading"], opened, outlook)
        file.state, file.digest = State.SEEN, outlook.digest
    except FileRefused as refused:
        file.state, file.digest = State.UNREAD, ""
        file.said, file.preview = say_refusal(refused), pack(summary, {})
    file.stage, file.percent = "", 0
    keep(file, "state", "digest", "preview", "said", "stage", "percent")


def keep(file: ImportFile, *names: str) -> None:
    """Write these fields; a file that was forgotten meanwhile stays so."""
    ImportFile.objects.filter(pk=file.pk).update(**{name: getattr(file, name) for name in names})


def say_refusal(refused: FileRefused) -> dict[str, Any]:
    return in_each_language(lambda: str(refused))


def look_again(file: ImportFile, **corrections: Any) -> None:
    """Look at the file anew, read as is now said."""
    for name, value in corrections.items():
        setattr(file, name, value)
    file.state, file.said, file.run = State.WAITING, {}, None
    keep(file, "state", "said", "run", *corrections)
    start(file)


def confirm(file: ImportFile, digest: str) -> bool:
    """Load the file as it was seen under this digest; False when that is no longer what was last seen of it."""
    if not digest or digest != file.digest:
        return False
    states = ImportFile.objects.filter(pk=file.pk, state=State.SEEN, digest=file.digest)
    if not states.update(state=State.CONFIRMING, said={}):
        return False
    file.state, file.said = State.CONFIRMING, {}
    start(file)
    return True


def load(file: ImportFile) -> None:
    """Load a confirmed file. When something moved nothing is done, and the file is looked at again."""
    tally = Packed(bytes(file.preview)).summary.get("tally", {})
    try:
        with listening(ProgressNote(file)):
            opened = open_file(file)
        file.run = carry_out(opened, file.digest)
    except (FileRefused, LeaseLost, RunBusy) as hindrance:
        file.said = say_refusal(hindrance if isinstance(hindrance, FileRefused) else FileRefused(BUSY))
        look(file)
        return
    file.state, file.stage, file.percent = State.DONE, "", 0
    keep(file, "state", "run", "stage", "percent")
    accepted = tally.get("accepted", 0)
    record_event(file.author.username, "file_loaded", file.name, count=accepted, **tally, sha256=file.sha256)
