"""What this package writes to the audit trail, in words."""

from django.utils.translation import gettext_lazy as _

from courses.privacy.retention import KINDS
from enrolhub.web.trail.wording import ActionWords, register_actions

ACTIONS = {
    "purge": ActionWords(_("Data past its time forgotten")),
    "anonymised": ActionWords(_("People made nobody")),
    "personal_data_shown": ActionWords(_("Personal data of somebody shown")),
    "personal_data_exported": ActionWords(_("Personal data of somebody taken as a file")),
}
DETAILS = {"complete": _("To the end"), "own": _("Their own")}


def register_all() -> None:
    """Called once, when the applications are ready."""
    register_actions(ACTIONS, {**DETAILS, **{kind.code: kind.label for kind in KINDS}})
