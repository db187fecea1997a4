"""The last links: is the method on, did somebody decide otherwise, and is there an enrolment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from courses.explain.chain import Link, Mender, Place, State
from courses.explain.course_facts import CourseFacts, hold_of
from courses.explain.register_facts import RegisterFacts
from courses.methods.expressions import ENROLMENT_FACTS
from courses.models import Enrolment, Method
from courses.models.platform import DeparturePolicy
from courses.participants.statuses import ACTIVE, status_of
from enrolhub.sync.facts import split_facts
from enrolhub.sync.models import Change, Hold


def method_link(method: Method, register: RegisterFacts, *, is_enrolled: bool) -> Link:
    """Whether the method lets people in. Those it enrolled before it was turned off stay, and cannot enter."""
    state = State.NOTED if is_enrolled else State.BROKEN
    params = {"method": str(method), "year": method.course.academic_year}
    year = method.course.academic_year
    if not method.enabled:
        return Link(Place.METHOD, state, "method_off", params, Mender.TEACHER)
    if method.is_synced and year and register.closes(year):
        return Link(Place.METHOD, state, "method_year_closed", params, Mender.CEMU)
    return Link(Place.METHOD, State.HOLDS, "method_on", params)


def decision_link(method: Method, facts: CourseFacts, *, is_named: bool) -> Link:
    """Whether somebody took the person out by hand, or a guard keeps them in; ``is_named``: the registers say they belong."""
    exclusion = facts.exclusions.get(method.pk)
    if exclusion:
        by = str(exclusion.created_by) if exclusion.created_by else ""
        facts_of = {"by": by, "at": exclusion.created_at.isoformat(), "reason": exclusion.reason}
        return Link(Place.DECISION, State.BROKEN, "excluded", facts_of, Mender.TEACHER)
    hold = hold_that_keeps(method, facts, is_named=is_named)
    if hold:
        code = "held" if hold.state == Hold.State.WAITING else "decided_to_stay"
        params: dict[str, Any] = {"run": hold.scope.phase.run_id, "scope": hold.scope.code, "hold": hold.reason}
        return Link(Place.DECISION, State.NOTED, code, params, Mender.CEMU)
    return Link(Place.DECISION, State.HOLDS, "no_decision")


def hold_that_keeps(method: Method, facts: CourseFacts, *, is_named: bool = False) -> Hold | None:
    """The hold on the person's departure from the method, or from the cohort where its cause is."""
    if method.pk not in facts.enrolments:
        return None
    own = hold_of(facts.changes_of(method.kind, method.pk))
    if method.kind == Method.Kind.DATABASE and not is_named:
        return own or facts.hold_of_doubt()
    if own or method.source_cohort_id is None or method.source_cohort_id not in facts.memberships:
        return own
    return hold_of(facts.cohort_changes(method.source_cohort_id))


def enrolment_link(
    method: Method, facts: CourseFacts, register: RegisterFacts, at: datetime, *, is_desired: bool
) -> Link:
    """The enrolment by this method: its status, or why there is none although everything before holds."""
    changes, enrolment = facts.changes_of(method.kind, method.pk), facts.enrolments.get(method.pk)
    if enrolment is None:
        return _absence(method, changes, is_desired=is_desired)
    status = status_at(enrolment, method, at)
    params = {
        "status": status,
        "role": enrolment.role.short_name,
        "since": enrolment.created_at.isoformat(),
        "starts_at": enrolment.starts_at.isoformat() if enrolment.starts_at else "",
        "ends_at": enrolment.ends_at.isoformat() if enrolment.ends_at else "",
        "by": str(enrolment.created_by) if enrolment.created_by else "",
        "groups": [place.group.name for place in facts.places if place.method_id in (method.pk, None)],
    }
    if enrolment.suspended_by:
        code = f"suspended_by_{enrolment.suspended_by}"
        by = {"suspender": author_of_suspension(changes)}
        return Link(Place.ENROLMENT, State.NOTED, code, params | by, Mender.TEACHER, changes=changes)
    kept = "" if is_desired or not method.is_synced else why_kept(method, facts, register)
    if status != ACTIVE:
        return Link(Place.ENROLMENT, State.NOTED, f"enrolment_{status}", params, Mender.TEACHER, changes=changes)
    if kept:
        return Link(Place.ENROLMENT, State.NOTED, kept, params, KEPT_MENDERS.get(kept), changes=changes)
    return Link(Place.ENROLMENT, State.HOLDS, "enrolled", params, changes=changes)


def status_at(enrolment: Enrolment, method: Method, at: datetime) -> str:
    return status_of(
        suspended=bool(enrolment.suspended_by),
        method_enabled=method.enabled,
        starts_at=enrolment.starts_at,
        ends_at=enrolment.ends_at,
        at=at,
    )


def _absence(method: Method, changes: Sequence[Change], *, is_desired: bool) -> Link:
    if method.kind == Method.Kind.MANUAL:
        return Link(Place.ENROLMENT, State.BROKEN, "not_enrolled_by_hand", {}, Mender.TEACHER, changes=changes)
    if method.kind == Method.Kind.SELF:
        return Link(Place.ENROLMENT, State.BROKEN, "not_enrolled_by_self", {}, Mender.STUDENT, changes=changes)
    if is_desired:
        return Link(Place.ENROLMENT, State.BROKEN, "enrolment_pending", {}, Mender.NIGHT, changes=changes)
    return Link(Place.ENROLMENT, State.MOOT, "not_enrolled", changes=changes)


def author_of_suspension(changes: Sequence[Change]) -> str:
    """Who suspended by hand, from the ledger; empty when it does not tell."""
    for change in changes:
        was, became = (split_facts(text, ENROLMENT_FACTS).get("suspended_by") for text in (change.before, change.after))
        if became == "hand" and was != became:
            author = change.scope.phase.run.author
            return str(author) if author else ""
    return ""


KEPT_MENDERS = {"kept_held": Mender.CEMU, "kept_year_closed": Mender.CEMU, "kept_pending": Mender.NIGHT}


def why_kept(method: Method, facts: CourseFacts, register: RegisterFacts) -> str:
    """Why somebody whom the registers no longer name is still enrolled."""
    year = method.course.academic_year
    hold = hold_that_keeps(method, facts)
    if hold:
        return "kept_held" if hold.state == Hold.State.WAITING else "kept_decided"
    if year and register.closes(year):
        return "kept_year_closed"
    if register.rejections:
        return "kept_protected"
    policy = method.departure_policy or method.course.platform.departure_policy
    if policy == DeparturePolicy.KEEP:
        return "kept_policy"
    return "kept_partial" if register.is_partial else "kept_pending"
