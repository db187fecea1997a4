"""What hands do to enrolments: suspend, resume, end, give another role, remove.

A sync owns the rows of its method: what it would undo the next night is refused, with what can be done instead.
"""

from datetime import UTC, datetime

from django.db.models import Case, CharField, F, Q, Value, When
from django.utils import timezone

from courses.hand.chosen import Chosen
from courses.hand.departing import groups_left
from courses.hand.proposal import NOTHING, Proposal, Verdicts, propose_enrolments
from courses.methods.registry import SYNCED_KINDS
from courses.models import Enrolment, Method, Role
from enrolhub.sync.facts import JoinedFacts, TimeText

HAND, SYNC, END = (each.value for each in Enrolment.SuspendedBy if each.value)
ROLE, SUSPENSION = F("role__short_name"), F("suspended_by")
STARTS, ENDS = TimeText(F("starts_at")), TimeText(F("ends_at"))
#: The suspension once the end that brought it is put off.
LIFTED = Case(When(suspended_by=END, then=Value("")), default=SUSPENSION, output_field=CharField())


def propose_suspending(chosen: Chosen) -> Proposal:
    """Suspend every enrolment, synced ones too: a suspension by hand outlives every night."""
    verdicts = [
        ("yourself", chosen.is_self()),
        ("above_you", chosen.is_above()),
        ("suspended_already", Q(suspended_by=HAND)),
    ]
    return propose_enrolments(chosen, verdicts, JoinedFacts(ROLE, Value(HAND), STARTS, ENDS))


def propose_resuming(chosen: Chosen) -> Proposal:
    """Lift suspensions by hand; one by a sync is the sync's to lift, one at the end of the enrolment goes with a later end."""
    verdicts = [
        ("above_you", chosen.is_above()),
        ("suspended_by_sync", Q(suspended_by=SYNC)),
        ("suspended_at_end", Q(suspended_by=END)),
        ("not_suspended", Q(suspended_by="")),
    ]
    return propose_enrolments(chosen, verdicts, JoinedFacts(ROLE, NOTHING, STARTS, ENDS))


def propose_ending(chosen: Chosen, ends_at: datetime | None) -> Proposal:
    """Set the end of every enrolment whose source says none, or clear it."""
    dated = [str(kind.kind.value) for kind in SYNCED_KINDS if kind.manages_dates]
    verdicts = [
        ("yourself", chosen.is_self()),
        ("above_you", chosen.is_above()),
        ("dates_of_source", Q(method__kind__in=dated)),
        ("end_already", Q(ends_at=ends_at) if ends_at else Q(ends_at__isnull=True)),
    ]
    if ends_at:
        verdicts.insert(3, ("end_before_start", Q(starts_at__gte=ends_at)))
    suspension = LIFTED if ends_at is None or ends_at > timezone.now() else SUSPENSION
    return propose_enrolments(chosen, verdicts, JoinedFacts(ROLE, suspension, STARTS, Value(text_of(ends_at))))


def text_of(moment: datetime | None) -> str:
    """An instant as facts say it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def propose_role(chosen: Chosen, role: Role) -> Proposal:
    """Give another role to enrolments that no source keeps."""
    verdicts = [
        ("yourself", chosen.is_self()),
        ("above_you", chosen.is_above()),
        *by_kind("role_of_source"),
        ("role_already", Q(role=role)),
    ]
    return propose_enrolments(chosen, verdicts, JoinedFacts(Value(role.short_name), SUSPENSION, STARTS, ENDS))


def propose_removing(chosen: Chosen) -> Proposal:
    """Take away the enrolments that nothing would bring back, and the groups that end with them."""
    verdicts = [("yourself", chosen.is_self()), ("above_you", chosen.is_above()), *by_kind("would_return")]
    return propose_enrolments(chosen, verdicts, NOTHING, more=groups_left(chosen, verdicts))


def by_kind(code: str) -> Verdicts:
    """The code for each synced kind, so that the words can name it."""
    return [(f"{code}.{kind}", Q(method__kind=kind)) for kind in Method.SYNCED]
