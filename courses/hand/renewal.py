"""Renewing enrolments by hand and by oneself: a later end, and with it the suspension that the old end brought is lifted."""

from datetime import datetime

from django.db.models import Q, Value

from courses.hand.chosen import Chosen
from courses.hand.enrolment_verbs import LIFTED, ROLE, STARTS, by_kind, text_of
from courses.hand.proposal import Proposal, propose_enrolments
from enrolhub.sync.facts import JoinedFacts


def propose_renewing(chosen: Chosen, ends_at: datetime) -> Proposal:
    """Give a later end to the enrolments that no source keeps and that have one."""
    verdicts = [
        ("yourself", chosen.is_self()),
        ("above_you", chosen.is_above()),
        *by_kind("renewed_by_source"),
        ("no_end", Q(ends_at__isnull=True)),
        ("end_before_start", Q(starts_at__gte=ends_at)),
        ("ends_later", Q(ends_at__gte=ends_at)),
    ]
    return propose_enrolments(chosen, verdicts, JoinedFacts(ROLE, LIFTED, STARTS, Value(text_of(ends_at))))
