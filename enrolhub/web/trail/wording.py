"""What the events of the audit trail are called. Events keep codes; each application announces the words of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from enrolhub.access.models import Event
from enrolhub.access.rules import can_see_trail
from enrolhub.web.navigation import Place, register_place, url_or_none

Words = str | Promise


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


OUTCOMES: Mapping[str, Words] = {Outcome.DONE: pgettext_lazy("what was tried", "Done"), Outcome.REFUSED: _("Refused")}


@dataclass(frozen=True)
class ActionWords:
    """What an action is called, how it ended, and the page of what it was done to, if it has one."""

    label: Words
    outcome: Outcome = Outcome.DONE
    url_of: Callable[[Event], str | None] | None = None


_actions: dict[str, ActionWords] = {}
_details: dict[str, Words] = {}


def register_actions(actions: Mapping[str, ActionWords], details: Mapping[str, Words] | None = None) -> None:
    """Announce actions by their codes, and what the parts of their details are called."""
    _actions.update(actions)
    _details.update(details or {})


def known_actions() -> Mapping[str, ActionWords]:
    return _actions


def action_words(event: Event) -> ActionWords:
    """The words of an event; the code itself for an action that nobody announced."""
    return _actions.get(event.action) or ActionWords(event.action)


def actions_that_ended(outcome: str) -> list[str]:
    """The codes of the actions of this outcome."""
    return [code for code, words in _actions.items() if words.outcome == outcome]


def say_detail(name: str) -> str:
    """What a part of the details is called; its own name when nobody announced it."""
    return str(_details.get(name, name))


def say_value(value: Any) -> str:
    """A value of the details on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{say_detail(name)} : {say_value(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(say_value, value)) or "—"
    if isinstance(value, bool):
        return str(YES_NO[value])
    return "—" if value in (None, "") else str(value)


def say_target(event: Event) -> str:
    """What an event was done to, as people call it."""
    kind, _colon, number = event.target.partition(":")
    if kind == "run" and number.isdecimal():
        return gettext("Run %(number)s") % {"number": number}
    return event.target or "—"


def run_url(event: Event) -> str | None:
    """The page of the run that an event names (``run:42``, or in its details)."""
    kind, _colon, number = event.target.partition(":")
    named = number if kind == "run" else str(event.detail.get("run") or "")
    return url_or_none("sync:run", int(named)) if named.isascii() and named.isdecimal() else None


YES_NO: Mapping[bool, Words] = {True: _("yes"), False: _("no")}
REFUSED = Outcome.REFUSED
#: What the layers below write: accounts, pages, the trail itself.
ACTIONS = {
    "sign_in": ActionWords(_("Sign-in")),
    "sign_in_again": ActionWords(_("Identity proved again")),
    "sign_out": ActionWords(_("Sign-out")),
    "session_ended": ActionWords(_("Session ended by the site")),
    "sessions_ended": ActionWords(_("Every session of an account ended on demand")),
    "password_changed": ActionWords(_("Password changed")),
    "sign_in_refused": ActionWords(_("Sign-in refused"), REFUSED),
    "sign_in_locked": ActionWords(_("Sign-in closed for a while"), REFUSED),
    "access_refused": ActionWords(_("Access refused"), REFUSED),
    "export": ActionWords(_("List taken as a file")),
    "file_loaded": ActionWords(_("File applied")),
    "settings": ActionWords(_("Settings in force")),
    "account_changed": ActionWords(_("Account opened, closed or made superuser")),
    "site_role_granted": ActionWords(_("Site role granted")),
    "site_role_revoked": ActionWords(_("Site role taken back")),
    "trail_forgotten": ActionWords(_("Events forgotten after their time")),
}
DETAILS: dict[str, Words] = {
    "accepted": _("Rows accepted"),
    "after": _("After"),
    "alterations": _("Alterations"),
    "approval": _("Run of the approval"),
    "arrivals": _("Arrivals"),
    "before": _("Before"),
    "by": _("By"),
    "bytes": _("Bytes"),
    "changed": _("Changed"),
    "chain": _("Print of the chain"),
    "comment": _("Comment"),
    "component": _("Component"),
    "course": _("Course"),
    "departures": _("Departures"),
    "filter": _("Filter"),
    "format": _("Format"),
    "group": _("Group"),
    "in_force": _("In force"),
    "kind": _("Kind"),
    "is_active": _("May enter"),
    "is_superuser": _("Superuser"),
    "known": _("Known account"),
    "last": _("Last one kept"),
    "list": _("List"),
    "message": _("Message"),
    "method": _("Method"),
    "method_kind": _("Kind of method"),
    "name": _("Name"),
    "on": _("As it was on"),
    "reason": _("Reason"),
    "rejected": _("Rows rejected"),
    "rows": _("Rows"),
    "run": _("Run"),
    "scopes": _("Courses and cohorts"),
    "sha256": _("Print of the file"),
    "unchanged": _("Unchanged"),
    "until": pgettext_lazy("end of a time", "Until"),
    "verb": _("Change"),
}


def register_all() -> None:
    """Called once, when the application is ready."""
    register_actions(ACTIONS, DETAILS)
    register_place(Place("trail", _("Audit trail"), "trail:events", 80, may_see=can_see_trail))
