"""The run that applies what methods say of the end of their enrolments: in the ledger, to be taken back like any other."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.expiry.relations import (
    ENDING,
    KIND,
    ExpiredEnrolments,
    ExpiredHandGroups,
    ExpiredMethodGroups,
    expired,
)
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.lease import Lease, LeaseLost, RunBusy
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

logger = logging.getLogger(__name__)


class ExpiryChain:
    """What has ended by the moment at which the run was asked for, however late it is conducted."""

    def __init__(self, run: Run) -> None:
        self.at = run.requested_at

    def open(self, lease: Lease) -> Sequence[Relation]:
        return [
            *(ExpiredEnrolments(kind, self.at) for kind in ENDING),
            *(ExpiredMethodGroups(kind, self.at) for kind in ENDING),
            ExpiredHandGroups(self.at),
        ]

    def close(self, lease: Lease) -> None:
        """Nothing follows."""


def request_expiry(now: datetime) -> Run | None:
    """A run for what has ended; None when nothing has, or when one is under way."""
    if not expired(now).exists():
        return None
    try:
        with transaction.atomic():
            return Run.objects.create(kind=KIND, lane=KIND)
    except IntegrityError:
        return None


def apply_expiries() -> Run | None:
    """Let every enrolment that has ended become what its method says; the run that did it, None when there was nothing to do."""
    run = request_expiry(timezone.now())
    if run is None:
        return None
    try:
        return attempt_run(run)
    except (LeaseLost, RunBusy) as error:  # a sweeper was quicker
        logger.info("%s", error)
        return run
