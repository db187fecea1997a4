"""Sign-ins, sign-outs and refusals, written to the audit trail as they happen."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from enrolhub.access.models import User
from enrolhub.access.trail import record_event


@receiver(user_logged_in)
def record_sign_in(user: User, **_: Any) -> None:
    """Keep who came in."""
    record_event(user.get_username(), "sign_in")


@receiver(user_logged_out)
def record_sign_out(user: User | None, **_: Any) -> None:
    """Keep who left; a session that was already over leaves no line."""
    if user is not None:
        record_event(user.get_username(), "sign_out")


@receiver(user_login_failed)
def record_refusal(credentials: dict[str, Any], **_: Any) -> None:
    """Keep the refusal of a known account. What was typed for an unknown one may be a password: it is not kept."""
    typed = str(credentials.get("username") or "")
    known = User.objects.filter(username=typed).exists()
    record_event("", "sign_in_refused", typed if known else "", known=known)


@receiver(user_locked_out)
def record_lock(username: str | None, **_: Any) -> None:
    """Keep that an account was closed for a while after too many refusals."""
    typed = username or ""
    known = User.objects.filter(username=typed).exists()
    record_event("", "sign_in_locked", typed if known else "", known=known)
