"""What the layers below are told of runs by hand on cohorts: how they are conducted, taken back and worded."""

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cohorts.bulk import members
from cohorts.hand import cohort_rows
from cohorts.hand.chain import KIND, CohortChain
from cohorts.hand.deeds import say_run
from cohorts.models import AskedRow
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.judge import register_previewed
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.wording import (
    Named,
    RelationWords,
    register_messages,
    register_reasons,
    register_relation,
    register_run_kind,
)

REASONS = {
    "removed_from_cohort": _("taken out of the cohort by hand"),
    "cohort_deleted": _("cohort deleted"),
}
MESSAGES = {
    "cohort_moved": _("The cohort “%(cohort)s” has changed since the preview: nothing was done. Look at it again."),
    "cohort_code_taken": _("Another cohort has the code “%(cohort)s” now: nothing was done. Choose another code."),
    "cohort_not_empty": _("The cohort “%(cohort)s” has members: take them out first."),
    "cohort_used": _("Courses use the cohort “%(cohort)s”: delete their methods first. Nothing was done."),
}


def all_cohorts(refs: Iterable[int]) -> Mapping[int, Named]:
    """The one scope of all cohorts."""
    return {ref: Named(str(_("Cohorts")), reverse("cohorts:list")) for ref in refs}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_chain(KIND, CohortChain)
    register_previewed(KIND)
    register_undoable(members.NAME, members.HandMembers)
    register_undoable(cohort_rows.NAME, lambda: cohort_rows.HandCohorts(AskedRow.objects.none()))
    register_relation(
        cohort_rows.NAME, RelationWords(_("Cohorts kept by hand"), (("name", _("Name")),), name_scopes=all_cohorts)
    )
    register_run_kind(KIND, _("Cohort, by hand"), say_run)
    register_reasons(REASONS)
    register_messages(MESSAGES)
