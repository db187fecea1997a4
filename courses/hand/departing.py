"""The groups that end when enrolments go: those that their method gave, and with the last enrolment those given by hand."""

from collections.abc import Sequence

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from cohorts.relations import YES
from courses.hand.chosen import Chosen
from courses.hand.proposal import HAND_GROUPS, NOTHING, Part, Verdicts, going, verdict_of
from courses.models import Course, Enrolment, GroupMember
from courses.participants.lists import is_among


def groups_left(chosen: Chosen, verdicts: Verdicts) -> Sequence[Part]:
    """The memberships that end when the enrolments go that no verdict keeps."""
    gone = going(chosen, verdicts)
    kept = Enrolment.objects.filter(method__in=chosen.method_ids).annotate(verdict=verdict_of(verdicts))
    by_hand = hand_memberships(chosen).filter(Exists(gone.filter(person=OuterRef("person"))))
    by_hand = by_hand.exclude(Exists(kept.filter(verdict__lt=len(verdicts), person=OuterRef("person"))))
    return [places_given(chosen, verdicts), leaving_by_hand(by_hand, chosen.course)]


def places_given(chosen: Chosen, verdicts: Verdicts) -> Part:
    """The memberships that the enrolments that no verdict keeps have given, asked to end with them."""
    gone = going(chosen, verdicts)
    given = GroupMember.objects.filter(is_among("person_id", chosen.ids), method__in=chosen.method_ids)
    given = given.filter(Exists(gone.filter(method=OuterRef("method"), person=OuterRef("person"))))
    relation = Concat(Value("group_members."), F("method__kind"), output_field=CharField())
    return Part(given.annotate(asked_relation=relation, asked_ref=F("method_id"), **of_membership()))


def hand_memberships(chosen: Chosen) -> QuerySet[GroupMember]:
    """The memberships given by hand to the people chosen, in the groups of the course."""
    members = GroupMember.objects.filter(method__isnull=True, group__course=chosen.course)
    return members.filter(is_among("person_id", chosen.ids))


def leaving_by_hand(members: QuerySet[GroupMember], course: Course) -> Part:
    """These memberships by hand, asked to end."""
    return Part(members.annotate(asked_relation=Value(HAND_GROUPS), asked_ref=Value(course.pk), **of_membership()))


def of_membership() -> dict[str, F | Value]:
    return {
        "asked_member": F("person_id"),
        "asked_item": F("group__code"),
        "asked_before": YES,
        "asked_facts": NOTHING,
    }
