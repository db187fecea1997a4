"""A round of the outbox: mails are handed over for a while, then the worker is free for other work."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from courses.messages.carrier import Carrier, Outcome, Unreachable
from courses.messages.mail import mail_of
from courses.messages.outbox import (
    FIRST_SILENCE,
    OutboxLost,
    claim_next,
    due_deliveries,
    leave_outbox,
    note_outcome,
    note_reached,
    note_silence,
    rate_allows_at,
    take_outbox,
)
from courses.models import Delivery

State = Delivery.State
#: Seconds after which a round makes way for other tasks: one worker must still get to its nights.
ROUND = 20
#: A round that has more to do is followed by another one this soon.
AT_ONCE = timedelta(0)


def empty_outbox(seconds: float = ROUND) -> timedelta | None:
    """Hand over what is due, for so many seconds at most.

    In how long to come again; None when nothing is due, somebody else is at it, or the next one to look in is soon enough.
    """
    if not due_deliveries(timezone.now()).exists() and not Delivery.objects.filter(state=State.SENDING).exists():
        return None
    fence = take_outbox()
    if fence is None:
        return None
    carrier, resumes_at = Carrier(), None
    try:
        resumes_at = carry(carrier, fence, time.monotonic() + seconds)
    except OutboxLost:
        return None
    finally:
        carrier.leave()
        leave_outbox(fence, resumes_at)
    if resumes_at is not None:
        return max(resumes_at - timezone.now(), AT_ONCE)
    return AT_ONCE if due_deliveries(timezone.now()).exists() else None


def carry(carrier: Carrier, fence: int, deadline: float) -> datetime | None:
    """Hand over one mail after the other; the hour before which nobody may go on, if there is one. Raises OutboxLost."""
    while time.monotonic() < deadline:
        now = timezone.now()
        allowed_at = rate_allows_at(now)
        if allowed_at > now:
            return allowed_at
        if not carrier.is_open and not due_deliveries(now).exists():
            return None
        try:
            if carrier.reach():
                note_reached(fence)
        except Unreachable as silence:
            return note_silence(fence, str(silence))
        outcome = carry_next(carrier, fence)
        if outcome is None:
            return None
        if outcome.pauses:
            return timezone.now() + FIRST_SILENCE
    return None


def carry_next(carrier: Carrier, fence: int) -> Outcome | None:
    """Claim, hand over, note: what is between the first and the last is what a death leaves unknown. None: nothing is due."""
    delivery = claim_next(fence)
    if delivery is None:
        return None
    outcome = carrier.hand_over(mail_of(delivery))
    note_outcome(delivery, fence, outcome)
    return outcome
