"""What commands show an operator: progress while a run goes on, a dry run's plan scope by scope."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import OutputWrapper
from django.db.models import QuerySet
from django.utils.translation import gettext

from enrolhub.sync.apply import Progress
from enrolhub.sync.models import Phase, Run, Scope
from enrolhub.sync.wording import finding_words, say_finding, say_message

#: Cases of a finding that a command names; the report page has more.
CASES = 3


def phase_reporter(stream: OutputWrapper) -> Progress:
    """A listener that writes each phase once when it is planned and once when it is done; chunks on a terminal only."""
    told: set[tuple[str, str]] = set()

    def report(phase: Phase) -> None:
        milestone = (phase.relation, phase.state)
        if phase.state in (Phase.State.PLANNED, Phase.State.DONE) and milestone not in told:
            told.add(milestone)
            stream.write(describe_phase(phase))
        elif stream.isatty():
            fresh = Phase.objects.get(pk=phase.pk)
            stream.write(f"  {phase.relation}: {fresh.applied_count} of {fresh.scope_count}", ending="\r")
            stream.flush()

    return report


def describe_end(run: Run) -> Iterator[str]:
    """What an operator must know of a run that ended otherwise than well, and what it found; a line each."""
    if run.message:
        params = {**run.message_params, **run.message_params.get("params", {})}
        yield say_message(run.message, params) + place_of(params)
    if run.state == Run.State.REFUSED:
        yield gettext("Nothing was changed: the last accepted extract stays in force. Have the extract made anew.")
    for finding in run.findings.all():
        words = finding_words(finding.code)
        cases = "; ".join(words.say_case(case) for case in finding.cases[:CASES])
        more = "; …" if finding.count > CASES else ""
        yield f"{say_finding(finding)} ({finding.count}): {cases}{more}"


def place_of(params: Mapping[str, Any]) -> str:
    """« (groupes.csv, ligne 12, colonne 3) », as far as it is known."""
    parts = [
        str(params["file"]) if params.get("file") else "",
        gettext("line %(line)s") % {"line": params["line"]} if params.get("line") else "",
        gettext("column %(column)s") % {"column": params["column"]} if params.get("column") else "",
    ]
    known = ", ".join(part for part in parts if part)
    return f" ({known})" if known else ""


def describe_phase(phase: Phase) -> str:
    counts = f"{phase.arrivals} arrivals, {phase.departures} departures, {phase.alterations} alterations"
    held = f", {phase.held} held" if phase.held else ""
    withheld = f", {phase.withheld} departures not believed" if phase.withheld else ""
    verb = "done" if phase.state == Phase.State.DONE else "planned"
    return f"{phase.relation} {verb}: {counts}, {phase.unchanged} unchanged{held}{withheld} ({phase.busy_ms} ms)"


def print_scopes(stream: OutputWrapper, run: Run) -> None:
    """The plan of a run, a line a scope: relation, code, members before, + - ~, and whether its departures are held."""
    scopes: QuerySet[Scope] = Scope.objects.filter(phase__run=run).select_related("phase")
    for scope in scopes.order_by("phase__position", "code", "ref").iterator(chunk_size=2000):
        held = " held" if scope.verdict == Scope.Verdict.HOLD else ""
        counts = f"+{scope.arrivals} -{scope.departures} ~{scope.alterations}"
        stream.write(f"{scope.phase.relation} {scope.code} {scope.size} {counts}{held}")
