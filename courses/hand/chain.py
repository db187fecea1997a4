"""Runs by hand: what was asked is kept in the database, so that any worker may conduct the run or take it up again."""

from collections.abc import Sequence

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from cohorts.models import AskedRow
from courses.asked_relations import AskedEnrolments, AskedExclusions, AskedGroupMembers, AskedMethodGroups
from courses.hand.proposal import EXCLUSIONS, HAND_GROUPS, NEW_GROUPS, PHASES
from courses.models import Course
from courses.rules import can_edit_participants, roles_given_by
from courses.setup.relations import GroupRows
from enrolhub.access.models import User
from enrolhub.sync.conduct import RunRefused
from enrolhub.sync.lease import Lease
from enrolhub.sync.mandate import refuse_lost_right
from enrolhub.sync.models import Run
from enrolhub.sync.relation import Relation

KIND = "hand"
AskedRelation = AskedEnrolments | AskedExclusions | AskedGroupMembers | AskedMethodGroups | GroupRows
#: Why rows depart, by the verb of the run: enrolments, then memberships by hand.
REASONS = {
    "remove": ("removed_by_hand", "last_enrolment_left"),
    "exclude": ("excluded", "last_enrolment_left"),
    "convert": ("converted", "last_enrolment_left"),
    "remove-from-group": ("removed_by_hand", "taken_out_of_group"),
}


class HandChain:
    """The chain of a run by hand. What moved between the asking and the first opening refuses the run whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.asked = AskedRow.objects.filter(run=run)

    def open(self, lease: Lease) -> Sequence[Relation]:
        planned = set(self.run.phases.values_list("relation", flat=True))
        asked = set(self.asked.order_by().values_list("relation", flat=True).distinct())
        relations = [self.relation(name) for name in PHASES if name in planned | asked]
        if not planned:
            self.refuse_outdated(lease, relations)
        return relations

    def refuse_outdated(self, lease: Lease, relations: Sequence[AskedRelation]) -> None:
        """Raise RunRefused, forgetting what was asked, when the course moved since or who asked lost the right to."""
        try:
            refuse_lost_right(self.run, self.still_may)
            if any(has_moved(relation, self.asked) for relation in relations):
                raise RunRefused("hand_moved")
        except RunRefused:
            with lease.transaction():
                self.asked.delete()
            raise

    def still_may(self, account: User) -> bool:
        """Whether the account may still edit the course, and give every role that it could give when it asked."""
        course = Course.objects.filter(code=self.run.options.get("course")).first()
        if course is None or not can_edit_participants(account, course):
            return False
        given = roles_given_by(account, course).values_list("short_name", flat=True)
        return set(self.run.options.get("roles", ())) <= set(given)

    def relation(self, name: str) -> AskedRelation:
        enrolments, memberships = REASONS.get(self.run.options.get("verb", ""), ("", "last_enrolment_left"))
        if name == NEW_GROUPS:
            return GroupRows(self.asked)  # type: ignore[arg-type]  # rows of the same columns
        if name == EXCLUSIONS:
            return AskedExclusions(self.asked)
        if name == HAND_GROUPS:
            return AskedGroupMembers(self.asked, memberships)
        if name.startswith("group_members."):
            return AskedMethodGroups(name.removeprefix("group_members."), self.asked)
        return AskedEnrolments(name, self.asked, enrolments)

    def close(self, lease: Lease) -> None:
        with lease.transaction():
            self.asked.delete()


def has_moved(relation: AskedRelation, asked: QuerySet[AskedRow]) -> bool:
    """Whether a row that is asked for no longer says what whoever asked has seen."""
    now = Coalesce(relation.facts_now("ref"), Value(""), output_field=CharField())
    rows = asked.filter(relation=relation.name).annotate(now=now)
    return rows.exclude(Exact(F("now"), F("before"))).exists()
