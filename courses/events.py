"""What the audit trail calls what was done in courses."""

from django.utils.translation import gettext_lazy as _

from enrolhub.access.models import Event
from enrolhub.web.navigation import url_or_none
from enrolhub.web.trail.wording import ActionWords, Outcome, Words, register_actions, run_url


def course_url(event: Event) -> str | None:
    """The page of the course that an event is about."""
    return url_or_none("courses:course", event.target) if event.target else None


def message_url(event: Event) -> str | None:
    """The page of the message that an event is about."""
    return url_or_none("courses:message_sent", event.target, event.detail.get("message"))


def _in_course(label: Words, outcome: Outcome = Outcome.DONE) -> ActionWords:
    return ActionWords(label, outcome, course_url)


ACTIONS = {
    "addresses_copied": _in_course(_("Addresses copied")),
    "message": ActionWords(_("Message sent"), url_of=message_url),
    "message_again": ActionWords(_("Message sent again"), url_of=message_url),
    "file_received": ActionWords(_("File received")),
    "methods_changed": ActionWords(_("Methods changed"), url_of=run_url),
    "group_created": _in_course(_("Group created")),
    "group_renamed": _in_course(_("Group renamed")),
    "group_deleted": _in_course(_("Group deleted")),
    "key_refused": _in_course(_("Enrolment key refused"), Outcome.REFUSED),
    "purge": ActionWords(_("Data past their time removed")),
    "anonymised": ActionWords(_("People made anonymous")),
    "demo_loading": ActionWords(_("Demo being loaded")),
    "demo_loaded": ActionWords(_("Demo loaded")),
}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_actions(ACTIONS)
