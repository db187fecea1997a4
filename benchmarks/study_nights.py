"""Nights of the false-hold study: what each held, what a person had to decide, what a poisoned one would have taken away."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from cohorts.relations import CohortMembers
from courses.bulk.courses_file import CoursesFile
from courses.bulk.methods_file import MethodsFile
from courses.demo import load_part, parts_of
from courses.models import Method
from courses.night import request_night
from enrolhub.sync.attempts import attempt_run
from enrolhub.sync.decide import Decider, request_approval, waiting_holds
from enrolhub.sync.models import Change, Hold, Phase, Run, Scope
from enrolhub.sync.plan import changes_of_run

#: Enrolments by relation; memberships of cohorts beside them.
ENROLMENTS = tuple(map(str, Method.SYNCED))
Departures = set[tuple[str, str, str]]


@dataclass
class Night:
    """What one night did; ``held``: the scopes it held, by reason; ``departures``: all that it planned, held or not."""

    run: Run
    held: Counter[str] = field(default_factory=Counter)
    departures: Departures = field(default_factory=set)

    @property
    def enrolments_leaving(self) -> int:
        return sum(relation in ENROLMENTS for relation, _, _ in self.departures)


def unheard(_line: str) -> None:
    """What the loading of a file tells: nobody reads it here."""


def furnish(folder: Path) -> None:
    """The courses of the campus and their methods, once a first night has brought people and cohorts."""
    for name, reader in (("espaces", CoursesFile), ("methodes", MethodsFile)):
        for path in parts_of(folder, name):
            load_part(path, reader, unheard)


def conduct(folder: Path, *, dry_run: bool = False) -> Run:
    run = request_night(folder=folder, dry_run=dry_run)
    if run is None:
        raise RuntimeError("a night is under way already")
    return attempt_run(run)


def conduct_night(folder: Path) -> Night:
    """A real night; what it holds is approved the next morning, as whoever knows that the extract is right would."""
    run = conduct(folder)
    holds = Hold.objects.filter(scope__phase__run=run, state=Hold.State.WAITING)
    night = Night(run, Counter(holds.values_list("reason", flat=True)), departures_of(run))
    if night.held:
        attempt_run(request_approval(run, waiting_holds(run), Decider(comment="study")))
    return night


def conduct_poisoned(folder: Path) -> tuple[Run, int, Departures]:
    """A night that is rolled back: how it ended, how many scopes it held, and the departures it would have applied."""
    run = conduct(folder, dry_run=True)
    held = Scope.objects.filter(phase__run=run, verdict=Scope.Verdict.HOLD).count()
    applied = departures_of(run, verdict=Scope.Verdict.APPLY)
    changes_of_run(run).delete()
    return run, held, applied


def departures_of(run: Run, **conditions: str) -> Departures:
    """The (relation, scope, person) of a run's departures of enrolments and of members of cohorts."""
    phases = Phase.objects.filter(run=run, relation__in=[*ENROLMENTS, CohortMembers.name])
    scopes = Scope.objects.filter(phase__in=phases, departures__gt=0)
    named = {
        pk: (relation, code)
        for pk, relation, code in scopes.filter(**conditions).values_list("pk", "phase__relation", "code")
    }
    if not named:
        return set()
    rows = changes_of_run(run).filter(action=Change.Action.DEPARTURE).order_by()
    return {(*named[scope], person) for scope, person in rows.values_list("scope_id", "person") if scope in named}
