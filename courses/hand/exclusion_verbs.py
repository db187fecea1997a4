"""Exclusions: who is kept out of a synced method, whatever its source says, and who is let in again."""

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, Q, Value

from courses.asked_relations import exclusion_facts
from courses.hand.chosen import Chosen
from courses.hand.departing import groups_left
from courses.hand.proposal import EXCLUSIONS, NOTHING, Part, Proposal, going, propose_enrolments, verdict_of
from courses.hand.returning import returning
from courses.models import Enrolment, Exclusion, Method
from courses.participants.lists import is_among
from enrolhub.sync.facts import join_facts


def propose_excluding(chosen: Chosen, method: Method, reason: str = "") -> Proposal:
    """Take people out of a synced method and keep them out until the exclusion is lifted."""
    verdicts = [
        ("yourself", chosen.is_self()),
        ("above_you", chosen.is_above()),
        ("not_in_method", ~Q(method=method)),
    ]
    present = Exclusion.objects.filter(method=OuterRef("method"), person=OuterRef("person"))
    excluded = going(chosen, verdicts).exclude(Exists(present))
    exclusions = excluded.annotate(
        asked_relation=Value(EXCLUSIONS),
        asked_ref=F("method_id"),
        asked_member=F("person_id"),
        asked_item=NOTHING,
        asked_before=NOTHING,
        asked_facts=Value(join_facts(["yes", reason])),
    )
    return propose_enrolments(chosen, verdicts, NOTHING, more=[Part(exclusions), *groups_left(chosen, verdicts)])


def propose_lifting(chosen: Chosen, methods: Sequence[int] | None = None) -> Proposal:
    """Lift the exclusions from these methods of the course, or from all; whom a source still names is back at once."""
    named = chosen.method_ids if methods is None else [pk for pk in chosen.method_ids if pk in methods]
    exclusions = Exclusion.objects.filter(is_among("person_id", chosen.ids), method__in=named)
    back = returning(chosen, exclusions)
    own = Exclusion.objects.filter(method__in=named, person=OuterRef("pk"))
    here = Enrolment.objects.filter(method__in=chosen.method_ids, person=OuterRef("pk"))
    comes_back = Q(Exists(here)) | Q(is_among("pk", {row.member for row in back}))
    return Proposal(
        chosen=chosen,
        codes=("not_excluded", "not_back_yet"),
        first=verdict_of([("not_excluded", ~Q(Exists(own))), ("not_back_yet", ~comes_back)]),
        touched=Exists(own),
        parts=[
            Part(
                exclusions.annotate(
                    asked_relation=Value(EXCLUSIONS),
                    asked_ref=F("method_id"),
                    asked_member=F("person_id"),
                    asked_item=NOTHING,
                    asked_before=exclusion_facts(),
                    asked_facts=NOTHING,
                )
            ),
            Part(fixed=back),
        ],
    )
