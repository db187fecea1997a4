"""Carrying out what was previewed, exactly that and once: the digest seen must still be the digest of the plan."""

from django.db import IntegrityError, transaction

from cohorts.hand.chain import CREATE, KIND, CohortChain
from cohorts.hand.proposal import Proposal
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused, conduct_run
from enrolhub.sync.digest import is_digest
from enrolhub.sync.models import Run
from enrolhub.sync.start import AT_ONCE, wake_worker


class CohortMoved(Exception):
    """The cohort is no longer as the preview showed it: nothing was done, look again."""


class CohortBusy(Exception):
    """Another change by hand to the cohort is being carried out."""


def carry_out(proposal: Proposal, author: User, digest: str) -> Run:
    """Do what was proposed: here and now for up to ``AT_ONCE`` changes, else by a worker whom the run waits for.

    A form sent twice does it once: the second time gives the run of the first. Raises CohortMoved, CohortBusy, and
    RunRefused where the cohort forbids it; nothing is written then.
    """
    if not is_digest(digest):
        raise CohortMoved
    try:
        return do_as_seen(proposal, author, digest)
    except (CohortMoved, CohortBusy, RunRefused):
        run = done_already(proposal, author, digest)
        if run is None:
            raise
        return run


def do_as_seen(proposal: Proposal, author: User, digest: str) -> Run:
    with transaction.atomic():
        # The run comes first: until it is committed nobody else's change by hand gets further than this.
        run = make_run(proposal, author, digest)
        if proposal.digest != digest or not proposal.change_count:
            raise CohortMoved
        proposal.keep(run)
        if proposal.change_count <= AT_ONCE:
            return conduct_as_seen(run, digest)
        transaction.on_commit(lambda: wake_worker(run))
    return run


def make_run(proposal: Proposal, author: User, digest: str) -> Run:
    """A waiting run; one at a time on a cohort. Raises CohortBusy."""
    cohort = proposal.cohort
    options = {"verb": proposal.verb, "cohort": cohort.code, "name": proposal.name, "digest": digest}
    options["before"] = "" if proposal.verb == CREATE else cohort.name
    lane = f"{KIND}:{cohort.pk}" if cohort.pk else f"{KIND}:new:{author.pk}"
    try:
        with transaction.atomic():
            people = proposal.touched_count
            return Run.objects.create(kind=KIND, lane=lane, author=author, options={**options, "people": people})
    except IntegrityError:
        raise CohortBusy from None


def conduct_as_seen(run: Run, digest: str) -> Run:
    """Conduct a run within the transaction that made it. Raises CohortMoved when something moved in between, RunRefused."""
    run = conduct_run(run, CohortChain(run))
    if run.state == Run.State.REFUSED:
        raise RunRefused(run.message, **run.message_params)
    if run.state != Run.State.APPLIED or run.digest != digest:
        raise CohortMoved
    return run


def done_already(proposal: Proposal, author: User, digest: str) -> Run | None:
    """The run that has carried out this very preview, when its form was sent twice; none once that was taken back."""
    taken_back = Run.objects.filter(undoes__isnull=False, state=Run.State.APPLIED, dry_run=False)
    runs = Run.objects.filter(kind=KIND, author=author, options__cohort=proposal.cohort.code, options__digest=digest)
    runs = runs.exclude(pk__in=taken_back.values("undoes"))
    return runs.exclude(state__in=[Run.State.REFUSED, Run.State.FAILED]).order_by("-pk").first()
