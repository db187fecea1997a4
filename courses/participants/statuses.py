"""The five states of an enrolment and of a person in a course (PARTICIPANTS.md §1), always at one instant."""

from datetime import datetime

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


def status_cases(at: datetime, path: str = "") -> list[tuple[str, Q]]:
    """What makes an enrolment suspended, method_off, not_started or ended, in that order; none of them means active.

    ``path`` leads from the queried model to the enrolment (``"enrolments__"``). A start or end at this very
    instant counts as reached.
    """
    return [
        (SUSPENDED, ~Q(**{f"{path}suspended_by": ""})),
        (METHOD_OFF, Q(**{f"{path}method__enabled": False})),
        (NOT_STARTED, Q(**{f"{path}starts_at__gt": at})),
        (ENDED, Q(**{f"{path}ends_at__lte": at})),
    ]


def status_rank(at: datetime, path: str = "") -> Case:
    """The status of each enrolment as its rank in ``STATUSES``."""
    whens = [When(condition, then=Value(RANKS[status])) for status, condition in status_cases(at, path)]
    return Case(*whens, default=Value(RANKS[ACTIVE]), output_field=IntegerField())


def is_active(at: datetime, path: str = "") -> Q:
    """What makes an enrolment active at that instant."""
    return (
        Q(**{f"{path}suspended_by": "", f"{path}method__enabled": True})
        & (Q(**{f"{path}starts_at__isnull": True}) | Q(**{f"{path}starts_at__lte": at}))
        & (Q(**{f"{path}ends_at__isnull": True}) | Q(**{f"{path}ends_at__gt": at}))
    )
