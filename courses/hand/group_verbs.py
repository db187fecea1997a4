"""What hands do to groups: put people in, take them out. What a method gave, it would give again."""

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.lookups import Exact

from cohorts.relations import YES
from courses.hand.chosen import Chosen
from courses.hand.departing import hand_memberships, leaving_by_hand
from courses.hand.new_groups import making
from courses.hand.proposal import HAND_GROUPS, NOTHING, Part, Proposal, verdict_of
from courses.models import Group, GroupMember


def propose_joining(chosen: Chosen, group: Group) -> Proposal:
    """Put people into a group by hand, unless they are in it already by whatever way; one not saved yet is made first."""
    members = GroupMember.objects.filter(group=group.pk, person=OuterRef("pk"))
    verdicts = [("above_you", chosen.is_above("pk")), ("in_group_already", Q(Exists(members)))]
    verdict = verdict_of(verdicts)
    joining = chosen.people.annotate(verdict=verdict).filter(verdict=len(verdicts))
    return Proposal(
        chosen=chosen,
        codes=[code for code, _condition in verdicts],
        first=verdict,
        touched=Exact(F("first"), Value(len(verdicts))),
        parts=[
            *making(group),
            Part(
                joining.annotate(
                    asked_relation=Value(HAND_GROUPS),
                    asked_ref=Value(chosen.course.pk),
                    asked_member=F("pk"),
                    asked_item=Value(group.code),
                    asked_before=NOTHING,
                    asked_facts=YES,
                ),
                person="pk",
            ),
        ],
    )


def propose_parting(chosen: Chosen, group: Group) -> Proposal:
    """Take people out of a group into which a hand put them."""
    members = GroupMember.objects.filter(group=group, person=OuterRef("pk"))
    by_hand = Exists(members.filter(method__isnull=True))
    above = chosen.is_above("pk")
    verdicts = [
        ("above_you", above),
        ("not_in_group", ~Q(Exists(members))),
        ("group_of_method", Q(Exists(members.filter(method__isnull=False)))),
    ]
    leaving = hand_memberships(chosen).filter(group=group).exclude(chosen.is_above())
    return Proposal(
        chosen=chosen,
        codes=[code for code, _condition in verdicts],
        first=verdict_of(verdicts),
        touched=Q(by_hand) & ~above,
        parts=[leaving_by_hand(leaving, chosen.course)],
    )
