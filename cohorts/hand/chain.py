"""Runs by hand on one cohort: what was asked is kept in the database, so that any worker may conduct the run or take it up again."""

from collections.abc import Sequence

from cohorts.bulk.members import NAME as MEMBERS
from cohorts.hand.cohort_rows import NAME as COHORTS
from cohorts.hand.cohort_rows import HandCohorts
from cohorts.hand.members import AskedMembers, have_moved
from cohorts.models import AskedRow, Cohort
from cohorts.panels import uses_of
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.lease import Lease
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

KIND = "cohort"
#: The phases of such a run, in order: people leave a cohort before it goes.
PHASES = (MEMBERS, COHORTS)
CREATE, RENAME, DELETE, ADD, REMOVE = "create", "rename", "delete", "add", "remove"


class CohortChain:
    """The chain of a run by hand on a cohort. What moved between the asking and the first opening refuses the run whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.asked = AskedRow.objects.filter(run=run)

    def open(self, lease: Lease) -> Sequence[Relation]:
        planned = set(self.run.phases.values_list("relation", flat=True))
        if not planned:
            self.refuse_what_moved(lease)
        asked = set(self.asked.order_by().values_list("relation", flat=True).distinct())
        makers = {MEMBERS: AskedMembers, COHORTS: HandCohorts}
        return [makers[name](self.asked) for name in PHASES if name in planned | asked]

    def refuse_what_moved(self, lease: Lease) -> None:
        cohort = Cohort.objects.filter(code=self.run.options.get("cohort", "")).first()
        is_used = self.run.options.get("verb") == DELETE and cohort is not None and uses_of(cohort) > 0
        if is_used or have_moved(self.asked):
            with lease.transaction():
                self.asked.delete()
            raise RunRefused("cohort_used" if is_used else "cohort_moved", cohort=self.run.options.get("name", ""))

    def close(self, lease: Lease) -> None:
        with lease.transaction():
            self.asked.delete()
