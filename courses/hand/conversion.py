"""Turning enrolments that a source keeps into enrolments by hand: they stay until their end, whatever the registers say.

Each leaves its method, which no longer brings the person (an exclusion, so that no night does), and arrives by hand with
the same role. The groups that the method gave stay as groups of the new enrolment, or go.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from cohorts.relations import YES
from courses.hand.chosen import Chosen
from courses.hand.departing import places_given
from courses.hand.enrolment_verbs import LIFTED, ROLE, STARTS, SUSPENSION, SYNC, text_of
from courses.hand.proposal import EXCLUSIONS, NOTHING, Part, Proposal, Verdicts, going, propose_enrolments
from courses.methods.expressions import full_facts
from courses.models import Enrolment, Exclusion, GroupMember, Method
from enrolhub.sync.facts import JoinedFacts, join_facts

MANUAL = Method.Kind.MANUAL.value
MANUAL_GROUPS = f"group_members.{MANUAL}"


@dataclass(frozen=True)
class Conversion:
    """What is asked for: the methods (ids) whose enrolments are turned, all synced ones without any; until when; groups or not."""

    ends_at: datetime | None
    methods: Collection[int] = ()
    keeps_groups: bool = True


def propose_converting(chosen: Chosen, asked: Conversion) -> Proposal:
    """Turn synced enrolments into enrolments by hand. The course needs its manual method."""
    manual = next(method for method in chosen.methods.values() if method.kind == MANUAL)
    verdicts = verdicts_of(chosen, asked)
    parts = [
        Part(exclusions_of(chosen, verdicts)),
        Part(arriving(chosen, verdicts, manual, asked), person="pk"),
        Part(lasting(chosen, verdicts, manual, asked)),
        places_given(chosen, verdicts),
    ]
    if asked.keeps_groups:
        parts.append(Part(places_kept(chosen, verdicts, manual)))
    return propose_enrolments(chosen, verdicts, NOTHING, more=parts)


def verdicts_of(chosen: Chosen, asked: Conversion) -> Verdicts:
    return list(_verdicts(chosen, asked))


def _verdicts(chosen: Chosen, asked: Conversion) -> Iterator[tuple[str, Q]]:
    yield "yourself", chosen.is_self()
    yield "above_you", chosen.is_above()
    yield "not_automatic", ~Q(method__kind__in=Method.SYNCED)
    if asked.methods:
        yield "not_in_method", ~Q(method__in=asked.methods)
    yield "suspended_by_sync", Q(suspended_by=SYNC)
    if asked.ends_at:
        yield "end_before_start", Q(starts_at__gte=asked.ends_at)


def exclusions_of(chosen: Chosen, verdicts: Verdicts) -> QuerySet[Enrolment]:
    """Who is kept out of the method from now on, unless they were already."""
    present = Exclusion.objects.filter(method=OuterRef("method"), person=OuterRef("person"))
    return (
        going(chosen, verdicts)
        .exclude(Exists(present))
        .annotate(
            asked_relation=Value(EXCLUSIONS),
            asked_ref=F("method_id"),
            asked_member=F("person_id"),
            asked_item=NOTHING,
            asked_before=NOTHING,
            asked_facts=Value(join_facts(["yes", _("turned into an enrolment by hand")])),
        )
    )


def arriving(chosen: Chosen, verdicts: Verdicts, manual: Method, asked: Conversion) -> QuerySet:
    """People who are not in the manual method yet, each with the first of their roles among what is turned."""
    turned = going(chosen, verdicts).filter(person=OuterRef("pk")).order_by("role__position", "pk")
    by_hand = Enrolment.objects.filter(method=manual, person=OuterRef("pk"))
    facts = JoinedFacts(ROLE, SUSPENSION, STARTS, Value(text_of(asked.ends_at)))
    return chosen.people.filter(Exists(turned), ~Exists(by_hand)).annotate(
        asked_relation=Value(MANUAL),
        asked_ref=Value(manual.pk),
        asked_member=F("pk"),
        asked_item=NOTHING,
        asked_before=NOTHING,
        asked_facts=Subquery(turned.values_list(facts)[:1]),
    )


def lasting(chosen: Chosen, verdicts: Verdicts, manual: Method, asked: Conversion) -> QuerySet[Enrolment]:
    """Enrolments by hand that would end before those they take the place of: they last as long."""
    turned = going(chosen, verdicts).filter(person=OuterRef("person"))
    rows = Enrolment.objects.filter(Exists(turned), method=manual, ends_at__isnull=False)
    if asked.ends_at:
        rows = rows.filter(ends_at__lt=asked.ends_at)
    return rows.annotate(
        asked_relation=Value(MANUAL),
        asked_ref=F("method_id"),
        asked_member=F("person_id"),
        asked_item=NOTHING,
        asked_before=full_facts(),
        asked_facts=JoinedFacts(ROLE, LIFTED, STARTS, Value(text_of(asked.ends_at))),
    )


def places_kept(chosen: Chosen, verdicts: Verdicts, manual: Method) -> QuerySet[GroupMember]:
    """Places that the methods gave, as places of the enrolment by hand; one given by two methods once."""
    turned = going(chosen, verdicts).filter(method=OuterRef("method"), person=OuterRef("person"))
    given = GroupMember.objects.filter(Exists(turned), method__in=chosen.method_ids)
    same = GroupMember.objects.filter(group=OuterRef("group"), person=OuterRef("person"))
    earlier = same.filter(pk__in=given.order_by().values("pk"), pk__lt=OuterRef("pk"))
    return given.filter(~Exists(same.filter(method=manual)), ~Exists(earlier)).annotate(
        asked_relation=Value(MANUAL_GROUPS),
        asked_ref=Value(manual.pk),
        asked_member=F("person_id"),
        asked_item=F("group__code"),
        asked_before=NOTHING,
        asked_facts=YES,
    )
