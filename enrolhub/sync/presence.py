"""What the engine shows of itself: its place in the top bar, and the words of its own codes."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrolhub.sync.guards import Reason
from enrolhub.sync.models import Run
from enrolhub.sync.queries import runs_holding_count
from enrolhub.sync.rules import can_view_runs
from enrolhub.sync.wording import (
    FindingWords,
    register_findings,
    register_limits,
    register_messages,
    register_reasons,
    register_run_kind,
    run_name,
)
from enrolhub.web.navigation import Place, register_place

LIMITS = {
    "GUARD_SCOPE_SMALL_COUNT": _("Departures from a small list (people)"),
    "GUARD_SCOPE_MEDIUM_PERCENT": _("Departures from a list of medium size (%)"),
    "GUARD_SCOPE_LARGE_PERCENT": _("Departures from a large list (%)"),
    "GUARD_RUN_PERCENT": _("Departures of a whole run (%)"),
    "GUARD_RUN_COUNT": _("Departures of a whole run (enrolments)"),
    "GUARD_RUN_TIMES": _("Departures of a whole run (times those of a usual day)"),
    "GUARD_RUN_MORE_PERMILLE": _("Departures of a whole run beyond those of a usual day (‰)"),
    "GUARD_EXTRACT_SHRINK_PERCENT": _("Rows that a list of the extract may lose (%)"),
    "GUARD_EXTRACT_SHRINK_ROWS": _("Rows that a list of the extract may lose (rows)"),
    "GUARD_EXTRACT_STALE_HOURS": _("Age of an extract that may still remove (hours)"),
}
DECISION_MESSAGES = {
    "approval_not_applied": _("Nothing of a run that is under way, or that was a dry run, can be approved."),
    "approval_under_way": _(
        "Departures of that run are being approved, or taken back, right now. Try again in a moment."
    ),
    "approval_lane_busy": _("A newer run is under way: it asks the same question anew. Wait for its end."),
    "approval_unknown_kind": _("What such a run held cannot be approved. Start it again instead."),
    "approval_second_person": _(
        "You started this run, and it has more departures than one person may approve alone. Ask somebody else to approve them."
    ),
    "hold_nothing_waits": _("That run holds nothing that waits for a decision."),
    "hold_not_held": _("That run held no departures of %(codes)s."),
    "hold_approved": _("Approved already: %(codes)s. An approval is used once."),
    "hold_rejected": _("Rejected already: %(codes)s."),
    "hold_superseded": _("Too late: a newer extract or run asks this question anew. Decide on what it holds."),
    "hold_none_chosen": _("Nothing is chosen. Tick at least one course or cohort."),
    "hold_changed": _("What is held changed since you looked: %(codes)s. Look again, then decide."),
    "limit_unknown": _("%(limit)s is no limit that can be raised. These can: %(known)s."),
    "limit_out_of_range": _("%(limit)s can be raised to a number from %(lowest)s to %(highest)s."),
    "limit_too_long": _("A limit is raised for %(days)s days at most: give a day from %(first)s to %(last)s."),
    "hold_changed_all": _("What is held changed since you looked. Look again, then decide."),
    "decision_without_comment": _("Say why: the reason is kept with the decision."),
    "decision_unknown": _("Choose to approve, to reject or to let wait."),
    "hold_decided_meanwhile": _("Somebody else decided at the same moment. Look again."),
    "hold_moved": _(
        "Not approved, because the list moved since: %(codes)s. It was planned again: look at it, then decide anew."
    ),
}


def name_undo(run: Run) -> str:
    """« Annulation : Nuit du 16 au 17 novembre 2026 »."""
    return gettext("Undoing: %(run)s") % {"run": run_name(run.undoes) if run.undoes else "—"}


def name_approval(run: Run) -> str:
    """« Départs approuvés : Nuit du 16 au 17 novembre 2026 »."""
    return gettext("Approved departures: %(run)s") % {"run": run_name(run.approves) if run.approves else "—"}


def say_moved(case: Any) -> str:
    return str(case["scope"])


def say_raised_limit(case: Any) -> str:
    until = timezone.localtime(datetime.fromisoformat(case["until"])) - timedelta(seconds=1)
    told = {"limit": case["limit"], "value": case["value"], "until": f"{until:%d/%m/%Y}"}
    return str(gettext("%(limit)s: %(value)s until %(until)s") % told)


def say_unusual_arrivals(case: Any) -> str:
    return str(gettext("%(scope)s: %(arrivals)s arrivals for %(size)s members") % case)


def say_conflict(case: Any) -> str:
    return str(gettext("%(person)s in %(scope)s") % case)


REASONS = {
    Reason.EMPTIED: _("it would be left empty"),
    Reason.SMALL: _("too many people for so small a list"),
    Reason.MEDIUM: _("too large a share of the members"),
    Reason.LARGE: _("too large a share of the members"),
    Reason.WINDOW: _("too many with those who left in the last days"),
    Reason.RUN: _("too many departures in the whole run"),
    Reason.UNUSUAL: _("far more departures in the whole run than on a usual day"),
    Reason.UNDONE: _("a person took these departures back; the source goes on proposing them"),
    "run_undone": _("another run was taken back"),
}
MESSAGES = {
    "failed": _("The run met an error of the program: %(error)s."),
    "gave_up": _("The run was taken up %(attempts)s times and never came to its end."),
    "gave_up_after": _(
        "The run was taken up %(attempts)s times and never came to its end. The database said last: %(error)s."
    ),
    "rehearsal_died": _("The process of this dry run is gone. It changed nothing; ask for it again."),
    "resume_ended": _("There is nothing to resume."),
    "resume_approval": _(
        "What an approval did not come to apply waits for a decision again: approve what run %(run)s holds once more."
    ),
    "resume_overtaken": _(
        "Other runs were asked for since, and its plan knows nothing of them. "
        "A new run goes on from what stands: start the night, the undo or the file again."
    ),
    "stopped_by_hand": _("The run was stopped by hand. What it wrote stands; the next one goes on from there."),
    "right_lost": _(
        "Not done: %(name)s asked for it and has lost the right to since. Nothing was changed; somebody else can ask for it."
    ),
    "undo_not_applied": _("A run that is under way, or that was a dry run, cannot be taken back."),
    "undo_done_already": _("That run was taken back already."),
    "undo_under_way": _("That run is being taken back right now."),
    "undo_lane_busy": _(
        "Another run of the same kind is under way: it could touch the same rows. Try again when it has ended."
    ),
    "undo_untouched": _("That run did not touch %(codes)s."),
    **DECISION_MESSAGES,
}
FINDINGS = {
    "unusual_arrivals": FindingWords(
        _("Unusual arrivals"),
        _("many people at once for the size of the list; they were let in all the same"),
        say_unusual_arrivals,
    ),
    "limit_raised": FindingWords(
        _("Judged by a limit that was raised"),
        _("for some days, by a person; then the setting is in force again"),
        say_raised_limit,
    ),
    "hold_moved": FindingWords(
        _("Moved since: to be decided anew"),
        _("the list changed after the plan; it alone was planned again"),
        say_moved,
    ),
    "undo_conflict": FindingWords(
        _("Changed since, left as they are"),
        _("something else has touched these rows after the run"),
        say_conflict,
    ),
}


def register_all() -> None:
    """Announce the place and the words; called once, when the application is ready."""
    register_place(
        Place("nights", _("Nights"), "sync:runs", 60, may_see=can_view_runs, count=lambda user: runs_holding_count())
    )
    register_limits(LIMITS)
    register_run_kind("undo", _("Undo"), name_undo)
    register_run_kind("approval", _("Approval"), name_approval)
    register_reasons(REASONS)
    register_messages(MESSAGES)
    register_findings(FINDINGS)
