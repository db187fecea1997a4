"""Gaps and their broken links in words."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from courses.explain.chain import Link
from courses.explain.wording import say_link, say_mender
from courses.verification.checked import Gap

GAPS: Mapping[Gap, str | Promise] = {
    Gap.ABSENT: _("Registered, not in the course"),
    Gap.NOT_COUNTING: _("Registration that does not count"),
    Gap.NO_REGISTRATION: _("Without pedagogical registration"),
    Gap.NO_GROUP: _("Without a group"),
    Gap.UNREGISTERED: _("In the course without registration"),
    Gap.EXEMPT: _("Element acquired already"),
    Gap.NONE: _("In order"),
}
#: Tone and icon of each gap's badge.
BADGES: Mapping[Gap, tuple[str, str]] = {
    Gap.ABSENT: ("bad", "person-x"),
    Gap.NOT_COUNTING: ("wait", "exclamation-triangle"),
    Gap.NO_REGISTRATION: ("wait", "person-exclamation"),
    Gap.NO_GROUP: ("info", "people"),
    Gap.UNREGISTERED: ("quiet", "question-circle"),
    Gap.EXEMPT: ("quiet", "check-lg"),
    Gap.NONE: ("ok", ""),
}
UNKNOWN = "account_unknown"


def say_break(link: Link | None, now: datetime) -> str:
    """Where the chain breaks, as a sentence without a full stop; empty for somebody in order."""
    if link is None:
        return ""
    if link.code == UNKNOWN:
        return str(_("APOGÉE knows this student number, the directory has no account for it"))
    return say_link(link, now)


def say_who_mends(link: Link | None) -> str:
    """Who can mend it, beginning with a capital; empty when nobody has to."""
    return str(capfirst(say_mender(link))) if link else ""
