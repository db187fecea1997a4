"""Whether somebody could still enrol by themselves."""

from datetime import datetime

from courses.explain.chain import Link, Mender, Place, State
from courses.models import Method


def self_link(method: Method, taken: int, at: datetime, *, is_member: bool) -> list[Link]:
    """What keeps somebody out of a self-enrolment: its dates, the cohort that it admits, its places, of which so many are taken.

    Nothing when it is open to them.
    """
    params = {"method": str(method), "capacity": method.capacity}
    if method.starts_at and method.starts_at > at:
        starts = {"at": method.starts_at.isoformat()}
        return [Link(Place.METHOD, State.BROKEN, "self_not_open", params | starts, Mender.TEACHER)]
    if method.ends_at and method.ends_at <= at:
        ends = {"at": method.ends_at.isoformat()}
        return [Link(Place.METHOD, State.BROKEN, "self_closed", params | ends, Mender.TEACHER)]
    if method.admits_cohort and not is_member:
        cohort = {"cohort": str(method.admits_cohort)}
        return [Link(Place.METHOD, State.BROKEN, "self_not_in_cohort", params | cohort, Mender.TEACHER)]
    if method.capacity is not None and taken >= method.capacity:
        return [Link(Place.METHOD, State.BROKEN, "self_full", params, Mender.TEACHER)]
    return []
