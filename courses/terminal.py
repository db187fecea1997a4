"""What commands share: runs and accounts by name, a run conducted in the foreground, what an operator is shown of it."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet
from django.utils.translation import gettext

from enrolhub.access.models import User
from enrolhub.sync.apply import Progress
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.lease import LeaseLost, RunBusy
from enrolhub.sync.models import Phase, Run, Scope
from enrolhub.sync.wording import finding_words, reads_registers, say_finding, say_message

logger = logging.getLogger(__name__)
#: Cases of a finding that a command names; the report page has more.
CASES = 3
#: The exit code of what a command does not do, with the reason.
REFUSED = 2


def run_numbered(number: int) -> Run:
    """The run of this number. Raises CommandError when there is none."""
    run = Run.objects.filter(pk=number).first() if 0 < number < 2**63 else None
    if run is None:
        words = gettext("There is no run %(number)s; `runs` lists them.") % {"number": number}
        raise CommandError(words, returncode=REFUSED)
    return run


def account_named(username: str | None) -> User | None:
    """The account that acts; None for the operator at the shell. Raises CommandError for one that may not sign in."""
    if username is None:
        return None
    account = User.objects.filter(username=username, is_active=True).first()
    if account is None:
        words = gettext("No active account has the name %(name)s.") % {"name": username}
        raise CommandError(words, returncode=REFUSED)
    return account


def conduct_here(run: Run, stream: OutputWrapper, *, asked: bool = False) -> Run:
    """Conduct a run to its end, telling its progress. Raises CommandError when something keeps it from its end.

    ``asked``: however often it was taken up before.
    """
    try:
        return attempt_run(run, phase_reporter(stream), asked=asked)
    except (LeaseLost, RunBusy) as error:
        raise CommandError(gettext("The run was taken over: %(error)s") % {"error": error}, returncode=1) from error
    except KeyboardInterrupt:
        raise CommandError(say_message("stopped_by_hand"), returncode=1) from None
    except (DatabaseError, InterfaceError) as error:
        logger.exception("run %s was interrupted by the database", run.pk)
        words = gettext("The database interrupted the run: %(error)s") % {"error": error}
        raise CommandError(words, returncode=1) from error


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
    if run.state == Run.State.REFUSED and reads_registers(run):
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
