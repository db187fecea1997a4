"""Who hands over mails, one at a time on the whole site: a lease, a fence, and the claims made under it.

A mail is claimed in the database before the server is given it, and what became of it is noted afterwards. Whoever takes the
outbox over ends the claims of a predecessor as « perhaps sent »: nobody can know more (docs/decisions/0041).
"""

import os
import socket
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from courses.messages.carrier import Outcome
from courses.models import Delivery, Outbox
from enrolhub.sync.lease import HOLDER_HOST, process_lives

State, Reason = Delivery.State, Delivery.Reason
OUTBOX = 1
#: How long a silent holder keeps the outbox: longer than the four answers of a mail may take (`EMAIL_TIMEOUT` each).
LEASE = timedelta(seconds=120)
RENEWED = timedelta(seconds=10)
WINDOW = timedelta(minutes=1)
#: A mail that the server postpones is tried again after a minute, two, four…: nine times in four hours.
FIRST_PAUSE, ATTEMPTS = timedelta(minutes=1), 9
#: A server that cannot be reached is tried again after half a minute, a minute, two… and at last every quarter of an hour.
FIRST_SILENCE, LONGEST_SILENCE = timedelta(seconds=30), timedelta(minutes=15)
#: A server that stays silent for so long: what waits for it has failed.
GIVE_UP = timedelta(hours=48)


class OutboxLost(Exception):
    """Somebody else has taken the outbox over: claim nothing more."""


def take_outbox() -> int | None:
    """Become the holder of the outbox; the fence, or None while somebody else holds it or it waits for its hour."""
    with transaction.atomic():
        Outbox.objects.get_or_create(pk=OUTBOX)
        outbox = Outbox.objects.select_for_update().get(pk=OUTBOX)
        now = timezone.now()
        held = outbox.lease_until is not None and outbox.lease_until > now and holder_lives(outbox.holder)
        if held or (outbox.resumes_at is not None and outbox.resumes_at > now):
            return None
        fence = outbox.fence + 1
        holder = f"{socket.gethostname()[:HOLDER_HOST]}:{os.getpid()}"
        Outbox.objects.filter(pk=OUTBOX).update(fence=fence, holder=holder, lease_until=now + LEASE, resumes_at=None)
        end_abandoned(fence, now)
    return fence


def holder_lives(holder: str) -> bool:
    """Whether the holder may live: only of a process of this machine one can know."""
    host, _, number = holder.rpartition(":")
    return host != socket.gethostname()[:HOLDER_HOST] or process_lives(int(number))


def end_abandoned(fence: int, now: datetime) -> int:
    """Claims of earlier holders: perhaps sent, and not again by itself."""
    claimed = Delivery.objects.filter(state=State.SENDING, claimed_by__lt=fence)
    return claimed.update(state=State.UNKNOWN, reason=Reason.ABANDONED, answer="", ended_at=now)


def leave_outbox(fence: int, resumes_at: datetime | None) -> None:
    """Let go of the outbox; nobody takes it before ``resumes_at``."""
    Outbox.objects.filter(pk=OUTBOX, fence=fence).update(lease_until=None, resumes_at=resumes_at)


def due_deliveries(now: datetime) -> QuerySet[Delivery]:
    """What waits and may go now. Messages take turns, so that three people need not wait for twenty thousand."""
    return Delivery.objects.filter(state=State.QUEUED, due_at__lte=now).order_by("position", "pk")


def claim_next(fence: int) -> Delivery | None:
    """Claim the next delivery that is due; committed before anything is sent. Raises OutboxLost."""
    with transaction.atomic():
        outbox = Outbox.objects.select_for_update().get(pk=OUTBOX)
        if outbox.fence != fence:
            raise OutboxLost(f"fence {fence} is stale, now {outbox.fence}")
        now = timezone.now()
        if outbox.lease_until is None or outbox.lease_until < now + LEASE - RENEWED:
            Outbox.objects.filter(pk=OUTBOX).update(lease_until=now + LEASE)
        delivery = due_deliveries(now).select_related("message__course", "person").first()
        if delivery is None:
            return None
        claimed = {"state": State.SENDING, "claimed_by": fence, "claimed_at": now, "attempts": delivery.attempts + 1}
        Delivery.objects.filter(pk=delivery.pk).update(**claimed)
        delivery.attempts += 1
    return delivery


def note_outcome(delivery: Delivery, fence: int, outcome: Outcome) -> None:
    """Write what became of a claimed mail, also when it was given up for « perhaps sent » meanwhile: now it is known."""
    now = timezone.now()
    state, reason, due_at = outcome.state, outcome.reason, delivery.due_at
    if state == State.QUEUED and delivery.attempts >= ATTEMPTS:
        state, reason = State.FAILED, Reason.GAVE_UP
    if state == State.QUEUED:
        due_at = now + FIRST_PAUSE * 2 ** (delivery.attempts - 1)
    ended_at = None if state == State.QUEUED else now
    ours = Delivery.objects.filter(pk=delivery.pk, claimed_by=fence, state__in=(State.SENDING, State.UNKNOWN))
    ours.update(state=state, reason=reason, answer=outcome.answer, due_at=due_at, ended_at=ended_at)


def note_silence(fence: int, answer: str) -> datetime:
    """The mail server cannot be reached: keep since when and why. When to try again."""
    now = timezone.now()
    outbox = Outbox.objects.get(pk=OUTBOX)
    since = outbox.failing_since or now
    Outbox.objects.filter(pk=OUTBOX, fence=fence).update(failing_since=since, failures=F("failures") + 1, answer=answer)
    if now - since >= GIVE_UP:
        waiting = Delivery.objects.filter(state=State.QUEUED, due_at__lte=now)
        waiting.update(state=State.FAILED, reason=Reason.UNREACHABLE, answer=answer, ended_at=now)
    return now + min(FIRST_SILENCE * 2 ** min(outbox.failures, 10), LONGEST_SILENCE)


def note_reached(fence: int) -> None:
    """The mail server answers: whatever was noted of its silence is over."""
    silent = Q(failing_since__isnull=False) | Q(failures__gt=0)
    Outbox.objects.filter(silent, pk=OUTBOX, fence=fence).update(failing_since=None, failures=0, answer="")


def rate_allows_at(now: datetime) -> datetime:
    """From when on the rate allows a next mail; ``now`` when it does already.

    Once it is used up, one waits until a tenth of it is free again rather than for each single mail.
    """
    limit = settings.MESSAGES_PER_MINUTE
    if not limit:
        return now
    claims = Delivery.objects.filter(claimed_at__gt=now - WINDOW).order_by("-claimed_at")
    times = claims.values_list("claimed_at", flat=True)
    if not times[limit - 1 : limit]:
        return now
    place = limit - max(1, limit // 10)
    return (times[place] or now) + WINDOW
