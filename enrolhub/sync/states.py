"""The state of a run and of its parts as words, with the tone and the icon that go with them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from enrolhub.sync.models import Finding, Phase, Run
from enrolhub.sync.wording import fill, reads_registers


@dataclass(frozen=True)
class Badge:
    """What ``{% state %}`` takes: a tone (ok, info, wait, bad, quiet, off), a word and an icon."""

    tone: str
    word: str
    icon: str


def badge_of(run: Run) -> Badge:
    """The state of a run in a word or two; what it held comes before how it ended."""
    if run.state in (Run.State.APPLIED_WITH_HOLDS, Run.State.SOURCE_PARTIAL) and run.held:
        return Badge("wait", held_words(run.held), "hourglass-split")
    tone, icon = _TONES[Run.State(run.state)]
    return Badge(tone, _state_word(run), icon)


_TONES = {
    Run.State.WAITING: ("info", "clock"),
    Run.State.RUNNING: ("info", "arrow-repeat"),
    Run.State.APPLIED: ("ok", "check-circle-fill"),
    Run.State.APPLIED_WITH_HOLDS: ("wait", "hourglass-split"),
    Run.State.SOURCE_PARTIAL: ("wait", "exclamation-triangle"),
    Run.State.REFUSED: ("bad", "x-circle"),
    Run.State.FAILED: ("bad", "x-circle"),
    Run.State.STOPPED: ("quiet", "slash-circle"),
    Run.State.PLANNED: ("quiet", "eye"),
}


def _state_word(run: Run) -> str:
    match run.state:
        case Run.State.WAITING:
            return _("Waiting")
        case Run.State.RUNNING:
            return _("Under way")
        case Run.State.APPLIED:
            return _("Done")
        case Run.State.APPLIED_WITH_HOLDS:
            return _("Departures held")
        case Run.State.SOURCE_PARTIAL:
            return _("Source incomplete")
        case Run.State.REFUSED:
            return _("Extract refused") if reads_registers(run) else pgettext("run", "Refused")
        case Run.State.FAILED:
            return _("Failed")
        case Run.State.STOPPED:
            return _("Stopped")
    return _("Dry run")


def marks_of(run: Run) -> list[str]:
    """What is true of a run beside its state: that its source was incomplete, that it was interrupted and taken up again."""
    marks = []
    if run.partial and (run.held or run.state != Run.State.SOURCE_PARTIAL):
        marks.append(_("source incomplete"))
    if run.resumed:
        marks.append(_("taken up again"))
    return marks


def held_words(count: int) -> str:
    """« 114 départs retenus »."""
    return fill(ngettext("%(count)s departure held", "%(count)s departures held", count), {"count": count})


def author_words(run: Run) -> str:
    """By whom a run was asked for: a name, the schedule, or the command line."""
    if run.author:
        return str(run.author)
    return _("scheduled") if run.scheduled_on else _("command line")


def phase_badge(phase: Phase, run: Run) -> Badge:
    """How far a phase is. One that a finished run left behind was interrupted."""
    if phase.held:
        return Badge("wait", _("Departures held"), "hourglass-split")
    if phase.state == Phase.State.DONE:
        return Badge("ok", _("Done"), "check-circle-fill")
    if run.is_live:
        return Badge("info", _phase_word(phase), "arrow-repeat")
    return Badge("bad", _("Interrupted"), "x-circle")


def _phase_word(phase: Phase) -> str:
    match phase.state:
        case Phase.State.PLANNING:
            return _("Comparing")
        case Phase.State.PLANNED:
            return _("Writing arrivals")
    return _("Departures to come")


FINDING_TONES = {
    Finding.Level.INFO: ("info", "info-circle"),
    Finding.Level.WARNING: ("wait", "exclamation-triangle"),
    Finding.Level.ERROR: ("bad", "exclamation-circle"),
}
