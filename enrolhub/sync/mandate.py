"""Whether whoever asked for a run may still have it done: asked again when a worker comes to it, before its first row."""

from collections.abc import Callable
from typing import Any

from enrolhub.access.models import User
from enrolhub.sync.models import Run
from enrolhub.sync.refusal import RunRefused

#: The option that keeps the name of the account, which outlives the account.
ASKED_BY = "asked_by"


def asked_by(account: User | None) -> dict[str, Any]:
    """The option of a run that an account asks for; none for the schedule and for the operator at the shell."""
    return {ASKED_BY: account.get_username()} if account else {}


def refuse_lost_right(run: Run, still_may: Callable[[User], bool]) -> None:
    """Raise RunRefused when the account that asked for the run is gone or closed, or may no longer have it done."""
    name = run.options.get(ASKED_BY, "")
    if run.author_id is None and not name:
        return
    # Read anew: what the account held when it asked is remembered with it.
    account = User.objects.filter(pk=run.author_id, is_active=True).first() if run.author_id else None
    if account is None or not still_may(account):
        raise RunRefused("right_lost", name=name or str(run.author or ""))
