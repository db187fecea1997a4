"""What a database says, as plain values to be compared: by natural keys, or every row of every table."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from cohorts.models import Cohort, CohortMember, Person
from courses.models import Enrolment, Group, GroupMember
from enrolhub.sync.models import Change, Finding, Hold, Run, Scope

APPLICATIONS = ("access", "sync", "cohorts", "courses")
Rows = list[tuple[Any, ...]]
PERSON = tuple(field.name for field in Person._meta.concrete_fields if field.name != "id")


def facts() -> dict[str, Rows]:
    """Who is who and who is where, without database numbers and times of writing."""
    method = ("method__course__code", "method__kind", "method__source_cohort__code", "method__source_course__code")
    enrolment = ("person__username", "role__short_name", "suspended_by", "starts_at", "ends_at")
    return {
        "people": values(Person, PERSON),
        "cohorts": values(Cohort, ("code", "name", "keeper", "component")),
        "members": values(CohortMember, ("cohort__code", "person__username")),
        "enrolments": values(Enrolment, (*method, *enrolment)),
        "groups": values(Group, ("course__code", "code", "name", "keeper")),
        "places": values(GroupMember, ("group__course__code", "group__code", "person__username", "method__kind")),
    }


def values(model: Any, names: Iterable[str]) -> Rows:
    return sorted(model.objects.values_list(*names), key=repr)


def ledger(run: Run) -> Rows:
    """Every change of a run, in the ledger's order, without database numbers."""
    place = ("scope__phase__relation", "scope__code", "scope__size", "scope__verdict")
    change = ("action", "person", "item", "before", "after", "reason", "source")
    return list(Change.objects.filter(scope__phase__run=run).order_by("id").values_list(*place, *change))


def effects(run: Run) -> Rows:
    """Which scopes of a run were written, and how far."""
    scopes = Scope.objects.filter(phase__run=run).order_by("phase__position", "id").select_related("phase")
    return [(s.phase.relation, s.phase.state, s.code, bool(s.arrived_at), bool(s.departed_at)) for s in scopes]


def report(run: Run) -> dict[str, Any]:
    """Everything a run says of itself, without numbers and times."""
    names = (
        "state",
        "partial",
        "digest",
        "arrivals",
        "departures",
        "alterations",
        "unchanged",
        "held",
        "finding_count",
    )
    phase = ("relation", "arrivals", "departures", "alterations", "unchanged", "held", "withheld", "scope_count")
    holds = Hold.objects.filter(scope__phase__run=run).order_by("scope__phase__position", "scope__id")
    findings = Finding.objects.filter(run=run).order_by("code", "id")
    return {
        "figures": {name: getattr(run, name) for name in names},
        "phases": list(run.phases.filter(position__gt=0).order_by("position").values_list(*phase)),
        "holds": list(holds.values_list("scope__code", "reason", "params", "digest", "state")),
        "findings": list(findings.values_list("code", "level", "count", "params", "cases")),
        "changes": ledger(run),
    }


def tables(*, without_run: int = 0) -> dict[str, Rows]:
    """Every row of every table of ours, but for one run and what hangs on it."""
    found = {}
    for application in APPLICATIONS:
        for model in apps.get_app_config(application).get_models(include_auto_created=True):
            rows = model._default_manager.all()
            path = {"Run": "pk", "Phase": "run", "Scope": "phase__run", "Change": "scope__phase__run"}
            path |= {"Hold": "scope__phase__run", "Finding": "run"}
            if without_run and model.__name__ in path:
                rows = rows.exclude(**{path[model.__name__]: without_run})
            found[model._meta.label] = sorted(rows.values_list(), key=repr)
    return found
