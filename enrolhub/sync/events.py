"""What the audit trail calls what was decided on runs, holds and limits."""

from django.utils.translation import gettext_lazy as _

from enrolhub.web.trail.wording import ActionWords, register_actions, run_url

ACTIONS = {
    "approve": ActionWords(_("Held departures approved"), url_of=run_url),
    "reject": ActionWords(_("Held departures rejected"), url_of=run_url),
    "wait": ActionWords(_("Held departures left waiting"), url_of=run_url),
    "undo": ActionWords(_("Run taken back"), url_of=run_url),
    "limit_raised": ActionWords(_("Limit raised")),
    "limit_given_back": ActionWords(_("Limit given back to its setting")),
}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_actions(ACTIONS)
