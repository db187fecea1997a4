"""Sign-ins, sign-outs and refusals, written to the audit trail as they happen."""

from collections.abc import Collection
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import pre_save
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


#: What decides whether an account may enter, and do everything.
RIGHTS = ("is_active", "is_superuser")


@receiver(pre_save, sender=User)
def record_rights(instance: User, update_fields: Collection[str] | None, **_: Any) -> None:
    """Keep that an account was closed, opened, or became a superuser, whoever did it and however."""
    if update_fields is not None and not set(RIGHTS) & set(update_fields):
        return
    before = User.objects.filter(pk=instance.pk).values(*RIGHTS).first() if instance.pk else None
    former, now = (
        before or {"is_active": True, "is_superuser": False},
        {name: getattr(instance, name) for name in RIGHTS},
    )
    if former != now:
        record_event("", "account_changed", instance.get_username(), before=before, after=now)


@receiver(user_login_failed)
def record_refusal(credentials: dict[str, Any], **_: Any) -> None:
    """Keep the refusal of a known account. What was typed for an unknown one may be a password: it is not kept."""
    typed = str(credentials.get("username") or "")
    known = User.objects.filter(username=typed).exists()
    record_event("", "sign_in_refused", typed if known else "", known=known)


@receiver(user_locked_out)
def record_lock(username: str | None, **_: Any) -> None:
    """Keep that an account was closed for a while after too many refusals; what is counted has lost its capitals."""
    account = User.objects.filter(username__iexact=username or "").first()
    record_event("", "sign_in_locked", account.get_username() if account else "", known=account is not None)
