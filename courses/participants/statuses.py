"""The five states of an enrolment and of a person in a course (PARTICIPANTS.md §1), always at one instant."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIVE, NOT_STARTED, SUSPENDED, ENDED, METHOD_OFF = "active", "not_started", "suspended", "ended", "method_off"

# The badge of a person is the first of these found among their enrolments; the list is also ordered so.
STATUSES = (ACTIVE, NOT_STARTED, SUSPENDED, ENDED, METHOD_OFF)
RANKS = {status: rank for rank, status in enumerate(STATUSES)}
LABELS = {
    ACTIVE: pgettext_lazy("status", "Active"),
    NOT_STARTED: _("Not started yet"),
    SUSPENDED: pgettext_lazy("status", "Suspended"),
    ENDED: pgettext_lazy("status", "Ended"),
    METHOD_OFF: _("Method disabled"),
}


def status_cases(at: datetime, disabled: Collection[int], path: str = "") -> list[tuple[str, Q]]:
    """What makes an enrolment each status, in the order in which the first that applies counts.

    ``disabled`` are the ids of the disabled methods; ``path`` leads from the queried model to the enrolment
    (``"enrolments__"``). A start or end at this very instant counts as reached.
    """
    return [
        (SUSPENDED, Q(**{f"{path}suspended_by__gt": ""})),
        (METHOD_OFF, Q(**{f"{path}method_id__in": disabled})),
        (NOT_STARTED, Q(**{f"{path}starts_at__gt": at})),
        (ENDED, Q(**{f"{path}ends_at__lte": at})),
    ]


def status_rank(at: datetime, disabled: Collection[int], path: str = "") -> Case:
    """The status of each enrolment as its rank in ``STATUSES``."""
    whens = [When(condition, then=Value(RANKS[status])) for status, condition in status_cases(at, disabled, path)]
    return Case(*whens, default=Value(RANKS[ACTIVE]), output_field=IntegerField())


def has_status(wanted: Iterable[str], at: datetime, disabled: Collection[int]) -> Q:
    """What makes an enrolment's status one of the wanted ones."""
    return reduce(or_, (_is_status(status, at, disabled) for status in wanted), Q(pk__in=[]))


def _is_status(status: str, at: datetime, disabled: Collection[int]) -> Q:
    started = Q(starts_at__isnull=True) | Q(starts_at__lte=at)
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    usable = Q(suspended_by="") & ~Q(method_id__in=disabled)
    return {
        SUSPENDED: Q(suspended_by__gt=""),
        METHOD_OFF: Q(suspended_by="", method_id__in=disabled),
        NOT_STARTED: usable & Q(starts_at__gt=at),
        ENDED: usable & started & Q(ends_at__lte=at),
        ACTIVE: usable & started & running,
    }[status]


def is_active(at: datetime) -> Q:
    """What makes an enrolment, of whatever method, active at that instant."""
    return (
        Q(suspended_by="", method__enabled=True)
        & (Q(starts_at__isnull=True) | Q(starts_at__lte=at))
        & (Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    )


def status_of(
    *, suspended: bool, method_enabled: bool, starts_at: datetime | None, ends_at: datetime | None, at: datetime
) -> str:
    """The status of one enrolment already read."""
    if suspended:
        return SUSPENDED
    if not method_enabled:
        return METHOD_OFF
    if starts_at is not None and starts_at > at:
        return NOT_STARTED
    return ENDED if ends_at is not None and ends_at <= at else ACTIVE
