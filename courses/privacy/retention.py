"""How long each kind of data about people is kept, and what forgets it when its time is over (docs/privacy.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import Delivery, Digest, EndNotice, Message
from courses.privacy.leaving import count_leavers, forget_leavers
from enrolhub.access.keeping import forget_events
from enrolhub.access.models import Attempts, CasSession, Event, User
from enrolhub.sync.forgetting import delete_in_ranges, forget_runs, runs_past
from enrolhub.sync.models import Hold, LimitRaise, Notice, Run

#: Messages and accounts that one transaction deletes: much may hang on one.
FEW_AT_ONCE = 20


@dataclass(frozen=True)
class Kind:
    """One kind of data: what it is called, what is kept of it how long (``days`` by the setting), and how it is forgotten.

    ``count`` says how much is past its time at a moment, ``forget`` takes that away and says how much it was. Both read
    the database anew: what is cut short goes on where it stood.
    """

    code: str
    label: str | Promise
    setting: str
    count: Callable[[datetime], int]
    forget: Callable[[datetime], int]

    @property
    def days(self) -> int | None:
        """None where it is kept until an end of its own."""
        return getattr(settings, self.setting) if self.setting else None


def _before(now: datetime, setting: str) -> datetime:
    return now - timedelta(days=getattr(settings, setting))


def past_messages(now: datetime) -> QuerySet[Message]:
    """Messages of which every mail has come to its end."""
    waiting = Delivery.objects.filter(message=OuterRef("pk")).exclude(state__in=Delivery.ENDED)
    return Message.objects.filter(~Exists(waiting), confirmed_at__lt=_before(now, "RETENTION_MESSAGES_DAYS"))


def past_digests(now: datetime) -> QuerySet[Digest]:
    return Digest.objects.filter(until__lt=_before(now, "RETENTION_MESSAGES_DAYS"))


def past_end_notices(now: datetime) -> QuerySet[EndNotice]:
    """Those of ends that are long past: of another end they would keep nobody from being told."""
    limit = _before(now, "RETENTION_MESSAGES_DAYS")
    return EndNotice.objects.filter(told_at__lt=limit, ends_at__lt=limit)


def past_notices(now: datetime) -> QuerySet[Notice]:
    """Which nights were told of, as long as the nights themselves are known."""
    return Notice.objects.filter(claimed_at__lt=_before(now, "RETENTION_LEDGER_DAYS"))


def past_sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now)


def past_tickets(now: datetime) -> QuerySet[CasSession]:
    return CasSession.objects.filter(at__lt=now - timedelta(hours=settings.SESSION_HOURS))


def past_accounts(now: datetime) -> QuerySet[User]:
    """Accounts that nobody has signed in with. One with a role on the site is for whoever gave the role to close, and who has
    begun or decided something is known as long as that is."""
    limit = _before(now, "RETENTION_ACCOUNTS_DAYS")
    unused = Q(last_login__lt=limit) | Q(last_login__isnull=True, date_joined__lt=limit)
    done = (Run.objects.filter(author=OuterRef("pk")), Hold.objects.filter(decided_by=OuterRef("pk")))
    raised = LimitRaise.objects.filter(author=OuterRef("pk"))
    accounts = User.objects.filter(unused, is_superuser=False, site_roles__isnull=True)
    return accounts.filter(*(~Exists(rows) for rows in (*done, raised)))


def past_attempts(now: datetime) -> QuerySet[Attempts]:
    return Attempts.objects.filter(since__lt=_before(now, "RETENTION_SIGN_INS_DAYS"))


def _sign_in_logs(now: datetime) -> Sequence[QuerySet[Any]]:
    limit = _before(now, "RETENTION_SIGN_INS_DAYS")
    return [model.objects.filter(attempt_time__lt=limit) for model in (AccessAttempt, AccessFailureLog, AccessLog)]


def _kind(
    code: str, label: str | Promise, setting: str, *rows: Callable[[datetime], QuerySet[Any]], at_once: int = 5_000
) -> Kind:
    """A kind whose rows are deleted with what hangs on them."""
    return Kind(
        code,
        label,
        setting,
        lambda now: sum(each(now).count() for each in rows),
        lambda now: sum(delete_in_ranges(each(now), at_once) for each in rows),
    )


def count_events(now: datetime) -> int:
    return Event.objects.filter(at__lt=_before(now, "RETENTION_EVENTS_DAYS")).count()


#: In the order in which they are forgotten: what names somebody before the somebody.
KINDS: tuple[Kind, ...] = (
    _kind("sessions", _("Sessions that have ended"), "", past_sessions, past_tickets),
    Kind(
        "sign_ins",
        _("Failed sign-ins and counted attempts"),
        "RETENTION_SIGN_INS_DAYS",
        lambda now: sum(rows.count() for rows in (*_sign_in_logs(now), past_attempts(now))),
        lambda now: sum(map(delete_in_ranges, (*_sign_in_logs(now), past_attempts(now)))),
    ),
    _kind(
        "messages", _("Messages to participants, with their mails"), "RETENTION_MESSAGES_DAYS", past_messages,
        at_once=FEW_AT_ONCE,
    ),
    _kind("notices", _("Digests and notices that were sent"), "RETENTION_MESSAGES_DAYS", past_digests, past_end_notices),
    _kind("night_notices", _("Notices about nights"), "RETENTION_LEDGER_DAYS", past_notices),
    Kind(
        "ledger",
        _("Runs with their ledger; dry runs sooner"),
        "RETENTION_LEDGER_DAYS",
        lambda now: runs_past(now).count(),
        forget_runs,
    ),
    Kind(
        "events",
        _("Audit trail"),
        "RETENTION_EVENTS_DAYS",
        count_events,
        lambda now: forget_events(_before(now, "RETENTION_EVENTS_DAYS")),
    ),
    _kind("accounts", _("Sign-in accounts that nobody uses"), "RETENTION_ACCOUNTS_DAYS", past_accounts, at_once=FEW_AT_ONCE),
    Kind("people", _("People who have left"), "RETENTION_PEOPLE_DAYS", count_leavers, forget_leavers),
)  # fmt: skip
