"""The audit trail: who did what, when, to how many. Lines are added, never changed."""

from typing import Any

from enrolhub.access.asked import asked_now
from enrolhub.access.models import Event


def record_event(actor: str, action: str, target: str = "", *, count: int | None = None, **detail: Any) -> Event:
    """Add a line to the audit trail, with the request it comes from.

    `actor` is a username, or an empty string when nobody is signed in; `action` a short code in the past
    or of a fact (``sign_in``, ``export``); `detail` what JSON can hold, and never a secret.
    """
    asked = asked_now()
    return Event.objects.create(
        actor=actor[:150],
        action=action[:40],
        target=target[:200],
        count=count,
        detail=detail,
        address=asked.address,
        request_id=asked.request_id,
    )
