"""Mails that the nights owe to those who decide and mend: what a night held or missed, told once, after the fact.

What is to be told is read from the database; a mail that could not be sent is tried again, with the same number, so
that whoever gets it twice can tell.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.findings import ROLLOVER
from courses.messages.languages import ALL, BETWEEN_BODIES, BETWEEN_SUBJECTS, addresses_by_language, in_each
from courses.night import KIND as NIGHT
from courses.overview.nights import is_missing, last_overdue_on, night_runs, warnings_of
from enrolhub.access.models import SiteRole, User
from enrolhub.sync.held import HeldDepartures
from enrolhub.sync.models import Finding, Hold, Notice, Run
from enrolhub.sync.states import badge_of
from enrolhub.sync.wording import fill, run_name, say_message
from enrolhub.web.dates import night_name

logger = logging.getLogger(__name__)
#: A night that ended longer ago is no news.
NEWS = timedelta(days=2)
#: A mail that was not handed over is tried again after so long, so often: half a day in all.
AGAIN, ATTEMPTS = timedelta(minutes=10), 72
#: Who is told, unless a setting names the addresses.
TOLD = (SiteRole.Kind.STAFF, SiteRole.Kind.APPROVER)
TROUBLE = (Run.State.REFUSED, Run.State.FAILED, Run.State.STOPPED, Run.State.SOURCE_PARTIAL)


@dataclass(frozen=True)
class Mail:
    """One thing to tell, in words."""

    subject: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Due:
    """One thing to tell: its key, and what words it in the language that is active."""

    key: str
    say: Callable[[], Mail]


def send_due_notices(now: datetime | None = None) -> int:
    """Send what is due and not yet sent; the number of mails handed over."""
    now = now or timezone.now()
    return sum(_send(due, now) for due in due_mails(now))


def due_mails(now: datetime) -> Iterator[Due]:
    """What the last nights leave to be told: held or troubled ones, and one that did not begin."""
    for run in nights_to_tell(now):
        yield Due(f"night:{run.pk}", partial(mail_of_night, run))
    last = night_runs().first()
    if last is not None and is_missing(last, now):
        yield Due(f"missed:{last_overdue_on(now).isoformat()}", partial(mail_of_missed, last, now))


def nights_to_tell(now: datetime) -> QuerySet[Run]:
    """Nights that ended lately and hold something that waits, did not do all that they had to, or met another academic year."""
    waiting = Hold.objects.filter(scope__phase__run=OuterRef("pk"), state=Hold.State.WAITING)
    ended = Run.objects.filter(kind=NIGHT, dry_run=False, finished_at__gt=now - NEWS)
    rollover = Finding.objects.filter(run=OuterRef("pk"), code=ROLLOVER)
    return ended.filter(Q(Exists(waiting)) | Q(Exists(rollover)) | Q(state__in=TROUBLE)).order_by("pk")


def mail_of_night(run: Run) -> Mail:
    """What a night holds, list by list, or why it did not come to its end."""
    holds = HeldDepartures(run)
    words, what = badge_of(run).word, run_name(run)
    if holds.waiting.scope_count:
        count = holds.waiting.departures
        sentence = ngettext(
            "%(count)s departure held, a decision is awaited", "%(count)s departures held, a decision is awaited", count
        )
        words = fill(sentence, {"count": count})
    subject = _("%(night)s: %(state)s") % {"night": what, "state": words}
    return Mail(subject, list(_lines_of_night(run, holds)))


def _lines_of_night(run: Run, holds: HeldDepartures) -> Iterator[str]:
    yield _("%(night)s: %(state)s") % {"night": run_name(run), "state": badge_of(run).word}
    if run.message:
        yield say_message(run.message, {**run.message_params, **run.message_params.get("params", {})})
    figures = {"arrivals": run.arrivals, "departures": run.departures, "alterations": run.alterations}
    yield fill(_("%(arrivals)s arrivals, %(departures)s departures, %(alterations)s alterations applied."), figures)
    yield from warnings_of(run)
    if holds.lines:
        yield ""
    for line in holds.lines:
        told = {
            "name": line.scope.name,
            "code": line.hold.scope.code,
            "leaving": line.hold.scope.departures,
            "size": line.hold.scope.size,
            "why": line.why,
        }
        yield fill(_("- %(name)s (%(code)s): %(leaving)s of %(size)s would leave; %(why)s"), told)
    if holds.unlisted_count:
        others = ngettext("- and %(count)s other list", "- and %(count)s other lists", holds.unlisted_count)
        yield fill(others, {"count": holds.unlisted_count})
    yield ""
    yield _address(reverse("sync:run", args=[run.pk]))


def mail_of_missed(last: Run, now: datetime) -> Mail:
    """A scheduled night that did not begin in its time."""
    due = last_overdue_on(now)
    at = f"{settings.NIGHTLY_AT:%H:%M}"
    lines = [
        _("The night due at %(at)s did not begin. What EnrolHub shows is of “%(last)s”.")
        % {"at": at, "last": run_name(last)},
        _("Look whether the worker and beat are running; `manage.py nightly` runs the night by hand."),
        "",
        _address(reverse("courses:home")),
    ]
    return Mail(_("%(night)s: it did not begin") % {"night": night_name(due)}, lines)


def _address(path: str) -> str:
    return (
        f"{settings.SITE_ADDRESS.rstrip('/')}{path}" if settings.SITE_ADDRESS else _("Page: %(path)s") % {"path": path}
    )


def recipients() -> list[str]:
    """The addresses that the setting names, else those of the CEMU's staff and of approvers."""
    if settings.NIGHT_NOTICES_TO:
        return list(settings.NIGHT_NOTICES_TO)
    told = User.objects.filter(is_active=True, site_roles__kind__in=TOLD).exclude(email="")
    return sorted(set(told.values_list("email", flat=True)))


def _messages(due: Due, to: Sequence[str]) -> Iterator[EmailMessage]:
    """What is told, once for each language that is read; always under the same numbers."""
    for languages, addresses in addresses_by_language(to).items():
        subject = in_each(languages, lambda: due.say().subject, BETWEEN_SUBJECTS)
        body = in_each(languages, lambda: "\n".join(due.say().lines), BETWEEN_BODIES)
        number = due.key.replace(":", "-") + ("" if languages == ALL else f"-{languages}")
        yield EmailMessage(subject, body, to=addresses, headers={"Message-ID": f"<{number}@enrolhub>"})


def _send(due: Due, now: datetime) -> int:
    """Hand one notice over unless it was; 1 when it was sent now."""
    notice = _claim(due.key, now)
    if notice is None:
        return 0
    to = recipients()
    if not to:
        logger.warning("notice %s has nobody to go to: no staff or approver has an address", due.key)
    try:
        for message in _messages(due, to):
            message.send()
    except (OSError, SMTPException) as error:
        logger.warning("notice %s was not handed over: %s", due.key, error)
        return 0
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), recipients=len(to))
    return 1 if to else 0


def _claim(key: str, now: datetime) -> Notice | None:
    """Take a notice for this attempt; nothing when it was sent, or when another worker is at it."""
    try:
        with transaction.atomic():
            return Notice.objects.create(key=key, claimed_at=now, attempts=1)
    except IntegrityError:
        late = Notice.objects.filter(key=key, sent_at__isnull=True, claimed_at__lte=now - AGAIN, attempts__lt=ATTEMPTS)
        taken = late.update(claimed_at=now, attempts=F("attempts") + 1)
        return Notice.objects.get(key=key) if taken else None
