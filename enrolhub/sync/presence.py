"""What the engine shows of itself: its place in the top bar, and the words of its own codes."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrolhub.sync.guards import Reason
from enrolhub.sync.models import Run
from enrolhub.sync.queries import runs_holding_count
from enrolhub.sync.rules import can_view_runs
from enrolhub.sync.wording import (
    FindingWords,
    register_findings,
    register_messages,
    register_reasons,
    register_run_kind,
    run_name,
)
from enrolhub.web.navigation import Place, register_place

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


def say_unusual_arrivals(case: Any) -> str:
    return str(gettext("%(scope)s: %(arrivals)s arrivals for %(size)s members") % case)


def say_conflict(case: Any) -> str:
    return str(gettext("%(person)s in %(scope)s") % case)


def register_all() -> None:
    """Announce the place and the words; called once, when the application is ready."""
    register_place(
        Place("nights", _("Nights"), "sync:runs", 60, may_see=can_view_runs, count=lambda user: runs_holding_count())
    )
    register_run_kind("undo", _("Undo"), name_undo)
    register_run_kind("approval", _("Approval"), name_approval)
    register_reasons(
        {
            Reason.EMPTIED: _("it would be left empty"),
            Reason.SMALL: _("too many people for so small a list"),
            Reason.MEDIUM: _("too large a share of the members"),
            Reason.LARGE: _("too large a share of the members"),
            Reason.WINDOW: _("too many with those who left in the last days"),
            Reason.RUN: _("too many departures in the whole run"),
            Reason.UNDONE: _("a person took these departures back; the source goes on proposing them"),
            "run_undone": _("another run was taken back"),
        }
    )
    register_messages(
        {
            "failed": _("The run met an error of the program: %(error)s."),
            "gave_up": _("The run was taken up %(attempts)s times and never came to its end."),
            "stopped_by_hand": _("The run was stopped by hand. What it wrote stands; the next one goes on from there."),
            "undo_not_applied": _("A run that is under way, or that was a dry run, cannot be taken back."),
            "undo_done_already": _("That run was taken back already."),
            "undo_under_way": _("That run is being taken back right now."),
            "undo_lane_busy": _(
                "Another run of the same kind is under way: it could touch the same rows. Try again when it has ended."
            ),
            "undo_untouched": _("That run did not touch %(codes)s."),
            **DECISION_MESSAGES,
        }
    )
    register_findings(
        {
            "unusual_arrivals": FindingWords(
                _("Unusual arrivals"),
                _("many people at once for the size of the list; they were let in all the same"),
                say_unusual_arrivals,
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
    )
