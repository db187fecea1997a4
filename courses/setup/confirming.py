"""Carrying out a change of methods that was previewed: exactly that, and once."""

import re
from typing import Any

from django.db import IntegrityError, transaction

from courses.models import AskedSetup
from courses.rules import roles_given_by
from courses.setup.asking import Setup
from courses.setup.chain import KIND, SetupChain
from courses.setup.difference import as_if_done, print_of, target_of
from courses.setup.rights import refuse_above
from courses.setup.rows import SetupRow
from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.sync.conduct import RunRefused, conduct_run
from enrolhub.sync.mandate import asked_by
from enrolhub.sync.models import Run
from enrolhub.sync.start import AT_ONCE, wake_worker

#: The lane of changes in several courses; those of one share the lane of changes by hand to it.
MANY = "method:many"


class SetupMoved(Exception):
    """It would come to something else than what was seen: nothing was done, look again."""


class SetupBusy(Exception):
    """Another change of the course, or of several courses, is being carried out."""


def carry_out(setup: Setup, digest: str) -> Run:
    """Do what was seen: here and now for up to ``AT_ONCE`` rows, else by a worker, who looks once more before the first row.

    A form sent twice does it once: the second time gives the run of the first. Raises SetupMoved, SetupBusy and, when what
    is asked for cannot be, RunRefused; nothing is written then.
    """
    try:
        refuse_above(setup)
        if not is_print(digest):
            raise SetupMoved
        with transaction.atomic():
            return _do_as_seen(setup, digest)
    except (SetupMoved, SetupBusy, RunRefused):
        run = done_already(setup.author, digest)
        if run is None:
            raise
        return run


def is_print(text: str) -> bool:
    """Whether a form sends what ``print_of`` writes; some databases do not even take anything else."""
    return re.fullmatch("[0-9]{1,9}[.][0-9a-f]{64}", text) is not None


def _do_as_seen(setup: Setup, digest: str) -> Run:
    # The run comes first: until it is committed nobody else's change gets further than this.
    run = _make_run(setup, digest)
    rows = setup.rows()
    if not rows:
        raise SetupMoved
    keep_rows(run, rows)
    _leave_trace(setup, run)
    count = int(digest.partition(".")[0])
    if count > AT_ONCE:
        transaction.on_commit(lambda: wake_worker(run))
        return run
    target = target_of(setup.verb, setup.kind, setup.courses, rows)
    with as_if_done(target, rows):
        seen = print_of(target, rows)
    if seen != digest:
        raise SetupMoved
    return _conduct(run, count)


def _leave_trace(setup: Setup, run: Run) -> None:
    where = setup.course.code if setup.course else ""
    record_event(
        setup.author.username,
        "methods_changed",
        where,
        count=len(setup.courses),
        verb=str(setup.verb),
        method_kind=setup.kind,
        run=run.pk,
    )


def keep_rows(run: Run, rows: list[SetupRow]) -> None:
    """Keep what is asked of the run, in order."""
    AskedSetup.objects.bulk_create([AskedSetup(run=run, **row._asdict()) for row in rows], batch_size=500)


def _make_run(setup: Setup, digest: str) -> Run:
    options: dict[str, Any] = {
        "verb": str(setup.verb),
        "method_kind": setup.kind,
        "digest": digest,
        "course": setup.course.code if setup.course else "",
        "course_ids": [course.pk for course in setup.courses],
        "course_count": len(setup.courses),
        "method_count": max(1, len(setup.drafts) + len(setup.deleted)),
        "names": names_of(setup),
        "roles": _roles_of(setup),
        **asked_by(setup.author),
    }
    try:
        with transaction.atomic():
            return Run.objects.create(kind=KIND, lane=lane_of(setup), author=setup.author, options=options)
    except IntegrityError:
        raise SetupBusy from None


def lane_of(setup: Setup) -> str:
    return f"hand:{setup.course.pk}" if setup.course else MANY


def names_of(setup: Setup) -> list[str]:
    """How the first few methods are called that it is about."""
    methods = [*(draft.method for draft in setup.drafts), *setup.deleted]
    return list(
        dict.fromkeys(method.name or str(method.source_cohort or method.source_course or "") for method in methods)
    )[:3]


def _roles_of(setup: Setup) -> list[str]:
    """The roles that the author could give when asking."""
    course = setup.course
    return sorted(roles_given_by(setup.author, course).values_list("short_name", flat=True)) if course else []


def _conduct(run: Run, count: int) -> Run:
    """Conduct the run, of which so many rows were seen, within the transaction that made it."""
    run.options["checked"] = True
    run.save(update_fields=["options"])
    try:
        run = conduct_run(run, SetupChain(run))
    except IntegrityError:  # another way, a file say, has made the same method at the same moment
        raise SetupMoved from None
    if run.state == Run.State.REFUSED:
        raise RunRefused(run.message, **run.message_params)
    if run.state != Run.State.APPLIED or run.arrivals + run.departures + run.alterations != count:
        raise SetupMoved
    return run


def done_already(author: User, digest: str) -> Run | None:
    """The last change of methods by this account, if it has carried out this very preview and stands: its form was sent twice."""
    run = Run.objects.filter(kind=KIND, author=author).order_by("-pk").first()
    if run is None or run.options.get("digest") != digest or run.state in (Run.State.REFUSED, Run.State.FAILED):
        return None
    taken_back = Run.objects.filter(undoes=run, state=Run.State.APPLIED, dry_run=False).exists()
    return None if taken_back else run
