"""Who may see runs, take them back and decide on what they hold.

A ledger names people of every course, so teachers see none of it here but the report of what they did themselves.
"""

from collections.abc import Callable, Collection, Mapping
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


#: The codes of a run that an account may take back, each with the page that tells of it.
PartsFor = Callable[[Any, Run], Mapping[str, str]]
_parts: dict[str, PartsFor] = {}


def register_part(kind: str, part_for: PartsFor) -> None:
    """Say who may take back some courses of runs of this kind, which they did not start and may not see whole."""
    _parts[kind] = part_for


def part_undoable_by(user: Any, run: Run) -> Mapping[str, str]:
    """The codes that the account may take back though it may not take back the run: none for most."""
    part_for = _parts.get(run.kind)
    return part_for(user, run) if part_for else {}


def can_undo_codes(user: Any, run: Run, codes: Collection[str]) -> bool:
    """Whether the account may take back these codes of the run; without any, all of it."""
    return bool(can_undo(user, run)) or (bool(codes) and set(codes) <= set(part_undoable_by(user, run)))


def _asked_codes(undo: Run) -> set[str]:
    """The codes that an undo, or what it takes back, was asked for; none where all of a run is meant."""
    while undo.kind == UNDO and undo.undoes and not undo.options.get("scopes"):
        undo = undo.undoes
    return set(undo.options.get("scopes", ()))


@rules.predicate  # type: ignore[untyped-decorator]  # the library has no types for it
def is_own_run(user: Any, run: Run | None = None) -> bool:
    """Whether the account itself started the run by hand, by a file, or by taking such a run back, and still might.

    So it is with an undo of some courses of a run that it did not start, as long as it may take these back.
    """
    if run is None or run.author_id is None or run.author_id != getattr(user, "pk", None) or not user.is_active:
        return False
    root = run.undoes if run.kind == UNDO and run.undoes else run
    while root.kind == UNDO and root.undoes:
        root = root.undoes
    if root.kind in OWN_KINDS:
        return all(still_may(user, root) for still_may in _entitlements)
    codes = _asked_codes(run) if root is not run else set()
    return bool(codes) and codes <= set(part_undoable_by(user, root))


can_view_run = can_view_runs | is_own_run
can_undo = is_operator | is_staff_cemu | is_own_run

rules.add_rule("sync.view_runs", can_view_runs)
rules.add_rule("sync.view_run", can_view_run)
rules.add_rule("sync.undo", can_undo)
rules.add_rule("sync.decide_holds", can_decide_holds)
