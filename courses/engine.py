"""What the engine is told about this application: its kinds of run, and how its relations are taken back."""

from functools import partial

from cohorts.relations import CohortMembers
from cohorts.sources.apogee_tree import register_linked_codes
from courses import night
from courses.consequences import consequences_of
from courses.group_relations import GroupMembers, HandGroupMembers
from courses.models import Method
from courses.own_runs import still_edits
from courses.queries import linked_unit_codes
from courses.relations import EnrolmentRows
from courses.replan import NightReplan
from enrolhub.sync.conduct import register_chain
from enrolhub.sync.consequences import register_consequences
from enrolhub.sync.relation import register_undoable
from enrolhub.sync.replan import register_replan
from enrolhub.sync.rules import register_entitlement


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_chain(night.KIND, night.NightChain)
    register_undoable(CohortMembers.name, CohortMembers)
    for kind in Method.KINDS:
        register_undoable(kind, partial(EnrolmentRows, kind))
        register_undoable(f"group_members.{kind}", partial(GroupMembers, kind, remakes_groups=True))
    register_replan(night.KIND, NightReplan)
    register_linked_codes(linked_unit_codes)
    register_consequences(consequences_of)
    register_entitlement(still_edits)
    register_undoable("group_members.hand", partial(HandGroupMembers, remakes_groups=True))
