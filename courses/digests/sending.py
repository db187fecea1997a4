"""Handing digests over, each at most once: claimed and committed before the mail server gets it (docs/decisions/0056).

What is due is read from the database; the clock looks in every minute. Two workers at once claim different ones.
"""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone, translation

from cohorts.models import Person
from courses.digests.mail import mail_of
from courses.digests.news import news_for
from courses.digests.periods import NEWS, Period, due_periods
from courses.digests.readers import choice_of, due_readers
from courses.messages.carrier import Carrier, Outcome, Unreachable
from courses.models import Delivery, Digest
from enrolhub.access.models import User

logger = logging.getLogger(__name__)
State = Digest.State
#: A mail that the server postpones is tried again after so long, so often.
AGAIN, ATTEMPTS = timedelta(minutes=15), 8
#: Whoever claimed one so long ago has died with it: perhaps sent, and not again.
ABANDONED = timedelta(minutes=10)
#: Accounts that a round looks at; fewer where the rate allows fewer mails in a minute.
BATCH = 500
#: Seconds after which a round makes way for other tasks; the next minute goes on.
ROUND = 20
#: What became of a mail that was handed over, as a digest keeps it.
ENDS = {
    Delivery.State.SENT: State.SENT,
    Delivery.State.QUEUED: State.POSTPONED,
    Delivery.State.FAILED: State.FAILED,
    Delivery.State.UNKNOWN: State.UNKNOWN,
}


def send_due_digests(now: datetime | None = None, seconds: float = ROUND) -> int:
    """Tell what is due, for so many seconds at most and no more mails than the rate allows in a minute; how many were sent."""
    now, carrier, deadline = now or timezone.now(), Carrier(), time.monotonic() + seconds
    _end_abandoned(now)
    sent = 0
    try:
        for period in due_periods(now, settings.DIGEST_AT):
            room = min(settings.MESSAGES_PER_MINUTE or BATCH, BATCH) - sent
            for account in list(due_readers(period, now, now - AGAIN)[:room]):
                if time.monotonic() > deadline:
                    return sent
                sent += _tell(account, period, carrier, now)
    except Unreachable as silence:
        logger.warning("digests wait: the mail server cannot be reached: %s", silence)
    finally:
        carrier.leave()
    return sent


def _end_abandoned(now: datetime) -> None:
    Digest.objects.filter(state=State.CLAIMED, claimed_at__lt=now - ABANDONED).update(state=State.UNKNOWN)
    late = Digest.objects.filter(state=State.POSTPONED, until__lt=now - max(NEWS.values()))
    late.update(state=State.FAILED)


def _tell(account: User, period: Period, carrier: Carrier, now: datetime) -> int:
    """Tell one account of one period; 1 when its mail was sent. Raises Unreachable, having claimed nothing."""
    choice = choice_of(account)
    since = max(period.since, _told_until(account, period) or period.since)
    news = {}
    for language in choice.language.split(","):
        with translation.override(language):  # reasons are said in it
            news[language] = list(news_for(account, since, period.until, now))
    address = address_of(account)
    if any(news.values()) and address:
        carrier.reach()
    digest = _claim(account, period, since, now)
    if digest is None:
        return 0
    if not any(news.values()) or not address:
        return _end(digest, Outcome("", answer="" if address else "no address"), State.EMPTY)
    outcome = carrier.hand_over(mail_of(digest, choice, news, address))
    return _end(digest, outcome, ENDS[Delivery.State(outcome.state)])


def _told_until(account: User, period: Period) -> datetime | None:
    """Until when the account was told by its other rhythm, before the period ends: that is not told twice."""
    told = Digest.objects.filter(user=account, until__lt=period.until).exclude(
        state__in=[State.FAILED, State.POSTPONED]
    )
    latest: datetime | None = told.aggregate(latest=Max("until"))["latest"]
    return latest


def address_of(account: User) -> str:
    """Where the person of the account is written to: their address in the registers, else the account's own."""
    known = Person.objects.filter(username=account.username).exclude(email="").values_list("email", flat=True)
    return known.first() or account.email


def _claim(account: User, period: Period, since: datetime, now: datetime) -> Digest | None:
    """Take a digest for this attempt, committed before anything is sent; nothing when another worker has it."""
    try:
        with transaction.atomic():
            return Digest.objects.create(
                user=account,
                period=period.key,
                since=since,
                until=period.until,
                state=State.CLAIMED,
                attempts=1,
                claimed_at=now,
            )
    except IntegrityError:
        again = Digest.objects.filter(
            user=account, period=period.key, state=State.POSTPONED, claimed_at__lte=now - AGAIN
        )
        taken = again.update(state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1)
        return Digest.objects.get(user=account, period=period.key) if taken else None


def _end(digest: Digest, outcome: Outcome, state: Digest.State) -> int:
    """Keep what became of a claimed digest; a mail put off too often has failed. 1 when it was sent."""
    if state == State.POSTPONED and digest.attempts >= ATTEMPTS:
        state = State.FAILED
    Digest.objects.filter(pk=digest.pk).update(state=state, answer=outcome.answer)
    return int(state == State.SENT)
