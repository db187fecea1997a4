"""Carrying out what was previewed, exactly that and once: the digest seen must still be the digest of the plan."""

from typing import Any

from django.db import IntegrityError, transaction

from cohorts.models import AskedRow
from courses.hand.chain import KIND, HandChain
from courses.hand.proposal import NEW_GROUPS, Proposal
from courses.models import Course
from courses.rules import roles_given_by
from enrolhub.access.models import User
from enrolhub.sync.conduct import conduct_run
from enrolhub.sync.digest import is_digest
from enrolhub.sync.mandate import asked_by
from enrolhub.sync.models import Run
from enrolhub.sync.start import AT_ONCE, wake_worker


class CourseMoved(Exception):
    """The course is no longer as the preview showed it: nothing was done, look again."""


class CourseBusy(Exception):
    """Another change by hand to the course is being carried out."""


def carry_out(proposal: Proposal, verb: str, digest: str) -> Run:
    """Do what was proposed: here and now for up to ``AT_ONCE`` people, else by a worker whom the run waits for.

    A form sent twice does it once: the second time gives the run of the first. Raises CourseMoved, CourseBusy; nothing
    is written then.
    """
    if not is_digest(digest):
        raise CourseMoved
    try:
        return do_as_seen(proposal, verb, digest)
    except (CourseMoved, CourseBusy):
        run = done_already(proposal.chosen.course, proposal.chosen.author, digest)
        if run is None:
            raise
        return run


def do_as_seen(proposal: Proposal, verb: str, digest: str) -> Run:
    chosen = proposal.chosen
    with transaction.atomic():
        # The run comes first: until it is committed nobody else's change by hand gets further than this.
        roles = roles_given_by(chosen.author, chosen.course).values_list("short_name", flat=True)
        run = make_run(chosen.course, chosen.author, {"verb": verb, "digest": digest, "roles": sorted(roles)})
        if proposal.digest() != digest:
            raise CourseMoved
        proposal.keep(run)
        count = AskedRow.objects.filter(run=run).exclude(relation=NEW_GROUPS).values("member").distinct().count()
        run.options["people"] = count
        run.save(update_fields=["options"])
        if not count:
            raise CourseMoved
        if count <= AT_ONCE:
            return conduct_as_seen(run, digest)
        transaction.on_commit(lambda: wake_worker(run))
    return run


def make_run(course: Course, author: User, options: dict[str, Any]) -> Run:
    """A waiting run; one at a time in a course. Raises CourseBusy."""
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=KIND,
                lane=f"{KIND}:{course.pk}",
                author=author,
                options={"course": course.code, **asked_by(author), **options},
            )
    except IntegrityError:
        raise CourseBusy from None


def conduct_as_seen(run: Run, digest: str) -> Run:
    """Conduct a run within the transaction that made it. Raises CourseMoved when something moved in between."""
    run = conduct_run(run, HandChain(run))
    if run.state != Run.State.APPLIED or run.digest != digest:
        raise CourseMoved
    return run


def done_already(course: Course, author: User, digest: str) -> Run | None:
    """The run that has carried out this very preview, when its form was sent twice; none once that was taken back."""
    if not is_digest(digest):
        return None
    taken_back = Run.objects.filter(undoes__isnull=False, state=Run.State.APPLIED, dry_run=False)
    runs = Run.objects.filter(kind=KIND, author=author, options__course=course.code, options__digest=digest)
    runs = runs.exclude(pk__in=taken_back.values("undoes"))
    return runs.exclude(state__in=[Run.State.REFUSED, Run.State.FAILED]).order_by("-pk").first()
