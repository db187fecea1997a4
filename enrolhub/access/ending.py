"""Ending sessions on demand: the others of one's own account, or all of an account that somebody else may be using."""

import secrets

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest

from enrolhub.access.models import User
from enrolhub.access.sessions import prove
from enrolhub.access.trail import record_event


def end_sessions(account: User, by: str) -> None:
    """End every session of the account; ``by`` is whoever asked, for the trail, empty for the operator at the shell."""
    account.session_mark = secrets.token_hex(16)
    account.save(update_fields=["session_mark"])
    record_event(by, "sessions_ended", account.get_username())


def keep_this_one(request: HttpRequest, account: User) -> None:
    """The session that asked goes on after what it is bound to has changed; under another key, as after a proof."""
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    prove(request)
