"""Who may see runs, take them back and decide on what they hold.

A ledger names people of every course, so teachers see none of it here but the report of what they did themselves.
"""

from collections.abc import Callable
from typing import Any

import rules

from enrolhub.access.rules import is_approver, is_operator, is_staff_cemu, sees_everything
from enrolhub.sync.models import Run
from enrolhub.sync.undone import UNDO

#: Kinds of run that a person starts in a course of theirs, and may take back themselves.
OWN_KINDS = ("hand", "file", "group", "method")

can_view_runs = sees_everything
can_decide_holds = is_approver | is_operator | is_staff_cemu


_entitlements: list[Callable[[Any, Run], bool]] = []


def register_entitlement(still_may: Callable[[Any, Run], bool]) -> None:
    """Add a condition of who still may change what a run changed: whoever lost a course has lost what they did there."""
    if still_may not in _entitlements:
        _entitlements.append(still_may)


@rules.predicate  # type: ignore[untyped-decorator]  # the library has no types for it
def is_own_run(user: Any, run: Run | None = None) -> bool:
    """Whether the account itself started the run by hand, by a file, or by taking such a run back, and still might."""
    if run is None or run.author_id is None or run.author_id != getattr(user, "pk", None) or not user.is_active:
        return False
    root = run.undoes if run.kind == UNDO and run.undoes else run
    while root.kind == UNDO and root.undoes:
        root = root.undoes
    return root.kind in OWN_KINDS and all(still_may(user, root) for still_may in _entitlements)


can_view_run = can_view_runs | is_own_run
can_undo = is_operator | is_staff_cemu | is_own_run

rules.add_rule("sync.view_runs", can_view_runs)
rules.add_rule("sync.view_run", can_view_run)
rules.add_rule("sync.undo", can_undo)
rules.add_rule("sync.decide_holds", can_decide_holds)
