"""What the report of a run shows, worked out in a constant number of queries: totals, phases, holds, findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from enrolhub.sync.held import HeldDepartures
from enrolhub.sync.ledger import ledger_url
from enrolhub.sync.models import Change, Finding, Phase, Run
from enrolhub.sync.queries import APPLIED, COUNTED, HELD, PLANNED
from enrolhub.sync.states import FINDING_TONES, Badge, badge_of, phase_badge
from enrolhub.sync.wording import (
    counted_relations,
    fill,
    finding_words,
    reads_registers,
    relation_words,
    say_finding,
    say_message,
)
from enrolhub.web.svg import span_bar

#: Cases of a finding shown on the report; the rest is a number.
CASES = 5
#: Where a refused extract or file is wrong, in this order, when its message says so.
PLACES = ("file", "line", "column", "value")


@dataclass(frozen=True)
class Total:
    """One number of the strip under the title."""

    number: str
    word: str
    icon: str = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True)
class PhaseLine:
    """One phase: how far, how long, when on the common time line, and its figures with links into the ledger.

    A phase that writes no rows (the reading of the sources) has no figures."""

    label: str
    badge: Badge
    duration: timedelta | None
    span: SafeString
    arrivals: Total | None = None
    departures: Total | None = None
    alterations: Total | None = None


@dataclass(frozen=True)
class FindingLine:
    """Findings of one code: a title, their number, the first cases, and how many more there are."""

    title: str
    help: str
    tone: str
    icon: str
    count: int
    cases: list[str] = field(default_factory=list)

    @property
    def other_count(self) -> int:
        return max(self.count - len(self.cases), 0)


@dataclass(frozen=True)
class Progress:
    """What is being done now: `done` of `whole` scopes are committed; a `whole` of 0 means still comparing."""

    what: str
    done: int
    whole: int

    @property
    def percent(self) -> int:
        return self.done * 100 // self.whole if self.whole else 0


class Report:
    """The report of one run, at one moment. ``linked``: its figures lead into the ledger."""

    def __init__(self, run: Run, now: datetime | None = None, *, linked: bool = True) -> None:
        self.run = run
        self.now = now or timezone.now()
        self.linked = linked

    @cached_property
    def phases(self) -> list[Phase]:
        return list(self.run.phases.order_by("position"))

    @cached_property
    def badge(self) -> Badge:
        return badge_of(self.run)

    @property
    def duration(self) -> timedelta | None:
        if not self.run.started_at:
            return None
        return (self.run.finished_at or self.now) - self.run.started_at

    @property
    def is_of_registers(self) -> bool:
        """Whether it is an extract that the run refused, when it refused."""
        return reads_registers(self.run)

    @cached_property
    def message(self) -> str:
        return say_message(self.run.message, self._params)

    @cached_property
    def _params(self) -> dict[str, Any]:
        """The parameters of the message, those nested in a problem of an extract included."""
        params: dict[str, Any] = dict(self.run.message_params)
        return {**params, **params.get("params", {})}

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """Where the refused file is wrong: (« Fichier », « annuaire.csv »), (« Ligne », « 412 »)…"""
        labels = {"file": _("File"), "line": _("Line"), "column": _("Column"), "value": _("Value")}
        params = self._params
        return [(labels[name], str(params[name])) for name in PLACES if params.get(name) not in (None, "")]

    @cached_property
    def totals(self) -> list[Total]:
        """The strip: figures of enrolments, each leading to the rows it counts."""
        run, families = self.run, {"relation": COUNTED}
        live = [phase for phase in self.phases if phase.relation in counted_relations()] if run.is_live else None
        arrivals, departures = _sum(live, "arrivals", run.arrivals), _sum(live, "departures", run.departures)
        held, alterations = _sum(live, "held", run.held), _sum(live, "alterations", run.alterations)
        went: dict[str, str] = {} if run.dry_run or run.is_live else {"effect": APPLIED}
        gone = {"effect": PLANNED} if run.dry_run else went
        return [
            self._total(
                arrivals, _("arrivals"), "plus-lg", "accent", families | {"action": Change.Action.ARRIVAL} | went
            ),
            self._total(
                departures, self._departures_word, "dash-lg", "", families | {"action": Change.Action.DEPARTURE} | gone
            ),
            self._total(
                held, _("departures held"), "hourglass-split", "wait" if held else "", families | {"effect": HELD}
            ),
            self._total(
                alterations, _("alterations"), "pencil", "", families | {"action": Change.Action.ALTERATION} | went
            ),
            Total(_say(_sum(live, "unchanged", run.unchanged)), _("unchanged")),
            Total(
                _say(self.finding_count),
                _("findings"),
                "exclamation-circle",
                "",
                "#findings" if self.finding_count else "",
            ),
        ]

    @property
    def _departures_word(self) -> str:
        if self.run.dry_run or self.run.is_live:
            return _("departures planned")
        return _("departures applied")

    def _total(self, number: int, word: str, icon: str, tone: str, filters: Mapping[str, Any]) -> Total:
        return Total(_say(number), word, icon, tone, ledger_url(self.run, **filters) if number and self.linked else "")

    @cached_property
    def lines(self) -> list[PhaseLine]:
        """The phases in order, on the time line of the run."""
        if not self.run.started_at:
            return []
        begun, ended = self.run.started_at, self.run.finished_at or self.now
        whole = max((ended - begun).total_seconds(), 0.001)
        return [self._line(phase, begun, whole) for phase in self.phases]

    def _line(self, phase: Phase, begun: datetime, whole: float) -> PhaseLine:
        """A phase works twice, at its arrivals and at its departures: its bar starts with it and is as long as its work."""
        busy = timedelta(milliseconds=phase.busy_ms)
        span = span_bar((phase.started_at - begun).total_seconds() / whole, busy.total_seconds() / whole)
        words, filters = relation_words(phase.relation), {"relation": phase.relation}
        if not words.facts:
            return PhaseLine(str(words.label), phase_badge(phase, self.run), busy, span)
        return PhaseLine(
            str(words.label),
            phase_badge(phase, self.run),
            busy,
            span,
            self._total(phase.arrivals, _("arrivals"), "", "", filters | {"action": Change.Action.ARRIVAL}),
            self._total(
                phase.departures - phase.held, _("departures"), "", "", filters | {"action": Change.Action.DEPARTURE}
            ),
            self._total(phase.alterations, _("alterations"), "", "", filters | {"action": Change.Action.ALTERATION}),
        )

    @cached_property
    def progress(self) -> Progress | None:
        """What a live run is at; nothing once it has ended."""
        if not self.run.is_live:
            return None
        for phase in self.phases:
            if phase.state in (Phase.State.PLANNING, Phase.State.PLANNED):
                return Progress(str(relation_words(phase.relation).label), phase.applied_count, phase.scope_count)
        if not self.phases:
            return Progress(_("Reading of the sources"), 0, 0)
        done = sum(phase.applied_count for phase in self.phases)
        return Progress(_("Departures"), done, sum(phase.scope_count for phase in self.phases))

    @cached_property
    def withheld(self) -> int:
        """Departures that an incomplete source proposed and may not make."""
        return sum(phase.withheld for phase in self.phases)

    @cached_property
    def holds(self) -> HeldDepartures:
        return HeldDepartures(self.run)

    @cached_property
    def findings(self) -> list[FindingLine]:
        """Findings, the gravest first."""
        order = [Finding.Level.ERROR, Finding.Level.WARNING, Finding.Level.INFO]
        found = sorted(self.run.findings.all(), key=lambda finding: order.index(Finding.Level(finding.level)))
        return [_finding_line(finding) for finding in found]

    @property
    def finding_count(self) -> int:
        return sum(line.count for line in self.findings)


def _sum(phases: list[Phase] | None, name: str, otherwise: int) -> int:
    """A figure of a live run is what its phases have so far; a finished run has its own."""
    return otherwise if phases is None else sum(getattr(phase, name) for phase in phases)


def _say(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def _finding_line(finding: Finding) -> FindingLine:
    words = finding_words(finding.code)
    tone, icon = FINDING_TONES[Finding.Level(finding.level)]
    cases = [words.say_case(case) for case in finding.cases[:CASES]]
    return FindingLine(say_finding(finding), fill(words.help, finding.params), tone, icon, finding.count, cases)
