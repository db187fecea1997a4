"""What the audit trail calls what was done with the sources."""

from django.utils.translation import gettext_lazy as _

from enrolhub.web.trail.wording import ActionWords, register_actions

ACTIONS = {"sources_tried": ActionWords(_("Sources tried"))}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_actions(ACTIONS)
