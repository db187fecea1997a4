"""What commands show an operator: progress while a run goes on, a dry run's plan scope by scope."""

from django.core.management.base import OutputWrapper
from django.db.models import QuerySet

from enrolhub.sync.apply import Progress
from enrolhub.sync.models import Phase, Run, Scope


def phase_reporter(stream: OutputWrapper) -> Progress:
    """A listener that writes each phase once when it is planned and once when it is done; chunks on a terminal only."""

    def report(phase: Phase) -> None:
        done = phase.state == Phase.State.DONE
        if done or phase.state == Phase.State.PLANNED:
            stream.write(describe_phase(phase))
        elif stream.isatty():
            fresh = Phase.objects.get(pk=phase.pk)
            stream.write(f"  {phase.relation}: {fresh.applied_count} of {fresh.scope_count}", ending="\r")
            stream.flush()

    return report


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
