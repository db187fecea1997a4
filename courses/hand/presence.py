"""What the layers below are told of runs by hand: how they are conducted, taken back, worded, and who still may touch them."""

from functools import partial
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.models import AskedRow
from courses.asked_relations import AskedExclusions
from courses.group_relations import GroupMembers
from courses.hand.chain import KIND, HandChain
from courses.hand.deeds import say_run
from courses.models import Course
from courses.presence import method_scopes
from courses.relations import EnrolmentRows
from courses.rules import can_edit_participants
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.judge import register_previewed
from enrolhub.sync.models import Run
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.rules import register_entitlement
from enrolhub.sync.wording import (
    RelationWords,
    register_messages,
    register_reasons,
    register_relation,
    register_run_kind,
)

EXCLUSION_FACTS = (("excluded", _("Exclusion")), ("reason", _("Reason")))
REASONS = {
    "removed_by_hand": _("removed by hand"),
    "taken_out_of_group": _("taken out of the group by hand"),
    "exclusion_lifted": _("exclusion lifted"),
    "converted": _("turned into an enrolment by hand"),
}
MESSAGES = {
    "hand_moved": _("The course changed between the confirmation and the work: nothing was done. Select again."),
}


def name_hand_run(run: Run) -> str:
    """« 12 personnes suspendues, SMTU101 »."""
    return gettext("%(what)s, %(course)s") % {"what": say_run(run), "course": run.options.get("course", "—")}


def say_exclusion_fact(name: str, value: str) -> str:
    return gettext("excluded") if name == "excluded" and value else value


def still_edits(user: Any, run: Run) -> bool:
    """Whether the account may still edit the course that a run by hand changed; of other runs nothing is said here."""
    code = run.options.get("course")
    if not code:
        return True
    course = Course.objects.filter(code=code).first()
    return course is not None and can_edit_participants(user, course)


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(KIND, HandChain)
    register_previewed(KIND)
    register_undoable("exclusions", partial(AskedExclusions, AskedRow.objects.none()))
    register_undoable("self", partial(EnrolmentRows, "self"))
    register_undoable("group_members.self", partial(GroupMembers, "self", remakes_groups=True))
    register_relation(
        "exclusions",
        RelationWords(_("Exclusions"), EXCLUSION_FACTS, say_fact=say_exclusion_fact, name_scopes=method_scopes),
    )
    register_run_kind(KIND, _("By hand"), name_hand_run)
    register_reasons(REASONS)
    register_messages(MESSAGES)
    register_entitlement(still_edits)
