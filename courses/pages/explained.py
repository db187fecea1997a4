"""An explanation laid out for its page: the answer, then each chain as links with their rows and the runs that made them so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from courses.explain.chain import Explanation, Link, Place, SourceRow, State, Way
from courses.explain.phrases import PLACES, STATES
from courses.explain.report import when_of
from courses.explain.wording import say_also_broken, say_conclusion, say_link, say_mender, say_remedy, say_row
from enrolhub.sync.ledger import action_badge
from enrolhub.sync.models import Change
from enrolhub.sync.states import Badge
from enrolhub.sync.wording import fill, run_name, say_reason

ICONS = {State.HOLDS: "check-lg", State.NOTED: "exclamation-triangle", State.BROKEN: "x-lg", State.MOOT: "dash-lg"}
#: Which register tells a link.
REGISTERS = {
    Place.ACCOUNT: pgettext_lazy("register", "directory"),
    Place.ADMINISTRATIVE: pgettext_lazy("register", "APOGÉE"),
    Place.PEDAGOGICAL: pgettext_lazy("register", "APOGÉE"),
}
#: Changes shown of one link, the last ones; the course's history has them all.
SHOWN_CHANGES = 4


@dataclass(frozen=True)
class Step:
    """One change in words: when it took effect (None: not yet), by which run, which may be opened or not."""

    action: Badge
    at: datetime | None
    run: str
    url: str
    reason: str
    source: str


@dataclass(frozen=True)
class RowLine:
    """A row of the extract in words."""

    row: SourceRow
    words: str


@dataclass(frozen=True)
class LinkLine:
    """One link of a chain. ``after`` says that an earlier link is broken: it is told, and decides nothing.

    ``where`` and ``at`` say which register told it, and when that was read.
    """

    label: str
    state: str
    word: str
    icon: str
    text: str
    where: str
    at: datetime | None
    after: bool
    rows: Sequence[RowLine]
    steps: Sequence[Step]
    is_first_broken: bool = False
    mender: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class ChainPanel:
    """The chain of one method; ``summary`` counts its links."""

    id: str
    title: str
    is_enrolled: bool
    is_first: bool
    summary: str
    links: Sequence[LinkLine]


@dataclass(frozen=True)
class Answer:
    """The conclusion: a tone and an icon, a sentence, who can mend it and how, and what that leaves broken."""

    tone: str
    icon: str
    sentence: str
    mender: str
    remedy: str
    also_broken: str


def answer_of(explanation: Explanation) -> Answer:
    link = explanation.conclusion
    tone, icon = ("bad", "x-octagon-fill")
    if explanation.is_enrolled:
        tone, icon = ("ok", "check-circle-fill") if link.state == State.HOLDS else ("wait", "exclamation-triangle-fill")
    return Answer(
        tone,
        icon,
        say_conclusion(explanation),
        say_mender(link),
        say_remedy(link, explanation.at),
        say_also_broken(explanation),
    )


def chains_of(explanation: Explanation, *, sees_runs: bool) -> list[ChainPanel]:
    """The chains, the one that decides first."""
    ways = sorted(explanation.ways, key=lambda way: way is not explanation.way)
    return [_panel(way, explanation, sees_runs=sees_runs) for way in ways]


def _panel(way: Way, explanation: Explanation, *, sees_runs: bool) -> ChainPanel:
    broken = way.broken
    lines, after = [], False
    for link in way.links:
        line = _line(link, explanation, after=after, sees_runs=sees_runs)
        lines.append(_highlighted(line, link, explanation, way) if link is broken else line)
        after = after or link is broken
    name = str(way.method)
    kind = str(way.method.get_kind_display())
    return ChainPanel(
        id=f"way-{way.method.pk}",
        title=name if name == kind else f"{name} ({kind})",
        is_enrolled=way.is_enrolled,
        is_first=way is explanation.way,
        summary=_summary(way),
        links=lines,
    )


def _summary(way: Way) -> str:
    """« 2 maillons tiennent, le 3e est rompu »."""
    broken = sum(link.breaks for link in way.links)
    if not broken:
        return _("every link holds")
    return fill(ngettext("%(count)s broken link", "%(count)s broken links", broken), {"count": broken})


def _line(link: Link, explanation: Explanation, *, after: bool, sees_runs: bool) -> LinkLine:
    snapshot = explanation.reading.snapshot
    where = str(REGISTERS.get(link.place, ""))
    return LinkLine(
        label=str(PLACES[link.place]),
        state=link.state.value,
        word=str(STATES[link.state]),
        icon=ICONS[link.state],
        text=say_link(link, explanation.at),
        where=where if link.rows else "",
        at=snapshot.extracted_at if snapshot and where else None,
        after=after,
        rows=[RowLine(row, say_row(row, explanation.at)) for row in link.rows],
        steps=[_step(change, sees_runs=sees_runs) for change in link.changes[:SHOWN_CHANGES]],
    )


def _highlighted(line: LinkLine, link: Link, explanation: Explanation, way: Way) -> LinkLine:
    """The first broken link, with who can mend it; what to do stands in the answer already when this link is the answer."""
    is_answer = link is explanation.conclusion
    remedy = "" if is_answer else say_remedy(link, explanation.at)
    return replace(line, is_first_broken=way is explanation.way, mender=say_mender(link), remedy=remedy)


def _step(change: Change, *, sees_runs: bool) -> Step:
    run = change.scope.phase.run
    return Step(
        action=action_badge(change.action),
        at=when_of(change),
        run=run_name(run),
        url=reverse("sync:run", args=[run.pk]) if sees_runs else "",
        reason=say_reason(change.reason),
        source=change.source,
    )


def is_about_registrations(explanation: Explanation) -> bool:
    """Whether somebody absent could be let in meanwhile by hand: the registers, not a person, keep them out."""
    waits = {Place.ADMINISTRATIVE, Place.PEDAGOGICAL, Place.GROUP, Place.COURSE_LINK, Place.COHORT, Place.ENROLMENT}
    return not explanation.is_enrolled and explanation.conclusion.place in waits


def reading_of(explanation: Explanation) -> dict[str, Any]:
    """When the registers were read, what that reading proves, and whether a later one was refused."""
    snapshot, refused = explanation.reading.snapshot, explanation.reading.refused
    return {
        "read_at": snapshot.extracted_at if snapshot else None,
        "is_partial": bool(snapshot and snapshot.verdict == "partial"),
        "refused_at": refused.landed_at if refused else None,
    }
