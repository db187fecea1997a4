"""The participant list told by plain loops over plain rows, from PARTICIPANTS.md alone: nothing of the code under test."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from enrolhub.web.folding import fold

BADGE_ORDER = ["active", "not_started", "suspended", "ended", "method_off"]
KINDS = ["manual", "self", "database", "cohort", "meta"]
ROLES = ["student", "teacher", "editingteacher", "tutor", "observer"]
SORTS = ["last_name", "first_name", "username", "id_number", "email", "roles", "groups", "last_access", "status"]


@dataclass(frozen=True)
class PlainMethod:
    name: str
    kind: str
    enabled: bool = True


@dataclass(frozen=True)
class PlainEnrolment:
    method: PlainMethod
    role: str
    suspended: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def status(self, now: datetime) -> str:
        if self.suspended:
            return "suspended"
        if not self.method.enabled:
            return "method_off"
        if self.starts_at is not None and now < self.starts_at:
            return "not_started"
        if self.ends_at is not None and self.ends_at <= now:
            return "ended"
        return "active"


@dataclass(frozen=True)
class PlainPerson:
    username: str
    last_name: str
    first_name: str
    id_number: str
    email: str
    enrolments: tuple[PlainEnrolment, ...]
    groups: frozenset[str] = frozenset()
    last_access: datetime | None = None


@dataclass(frozen=True)
class PlainCourse:
    """`groups` are names by code; `method_ids` say how the address calls each method."""

    people: tuple[PlainPerson, ...]
    groups: dict[str, str]
    method_ids: dict[str, PlainMethod]
    now: datetime
    seen_groups: frozenset[str] | None = field(default=None)


def values_of(query: str, name: str) -> list[str]:
    return [value for key, value in parse_qsl(query) if key == name]


def one(query: str, name: str, default: str) -> str:
    return (values_of(query, name) or [default])[0]


def expected_usernames(course: PlainCourse, query: str) -> list[str]:
    """Who is listed, in which order."""
    found = [person for person in course.people if is_listed(person, course, query)]
    ordered = sorted(found, key=lambda person: person.username)
    for key in reversed(values_of(query, "sort") or ["last_name", "first_name"]):
        # A reversed sort keeps equals as they are too, so ties stay by username whatever the direction.
        ordered.sort(key=lambda person: sort_value(person, course, key.removeprefix("-")), reverse=key.startswith("-"))
    return [person.username for person in ordered]


def is_listed(person: PlainPerson, course: PlainCourse, query: str) -> bool:
    if not person.enrolments:
        return False
    if course.seen_groups is not None and not person.groups & course.seen_groups:
        return False
    for parameter, name in (("first", person.first_name), ("last", person.last_name)):
        wanted = one(query, parameter, "")
        if wanted and initial(name) != initial(wanted):
            return False
    return joined(person, course, query)


def initial(name: str) -> str:
    first = fold(name)[:1]
    return first if first.isascii() and first.isalpha() else "#"


def joined(person: PlainPerson, course: PlainCourse, query: str) -> bool:
    names = [name for name in ("q", "role", "group", "method", "status", "inactive") if values_of(query, name)]
    if not names:
        return True
    join = one(query, "match", "all")
    alone = {name: holds(person, course, query, name) for name in names}
    if join == "any":
        return any(alone.values())
    if join == "none":
        return not any(alone.values())
    together = [
        name for name in names if name in ("role", "method", "status") and one(query, f"{name}_match", "any") == "any"
    ]
    same_enrolment = any(
        all(has_value(enrolment, course, name, values_of(query, name)) for name in together)
        for enrolment in person.enrolments
    )
    return all(alone.values()) and same_enrolment


def has_value(enrolment: PlainEnrolment, course: PlainCourse, name: str, values: list[str]) -> bool:
    if name == "role":
        return enrolment.role in values
    if name == "status":
        return enrolment.status(course.now) in values
    return any(
        enrolment.method.kind == value if value in KINDS else course.method_ids[value] == enrolment.method
        for value in values
    )


def holds(person: PlainPerson, course: PlainCourse, query: str, name: str) -> bool:
    each = [has_one(person, course, name, value) for value in values_of(query, name)]
    match = one(query, f"{name}_match", "any")
    if match == "all":
        return all(each)
    return not any(each) if match == "none" else any(each)


def has_one(person: PlainPerson, course: PlainCourse, name: str, value: str) -> bool:
    if name == "q":
        texts = [person.last_name, person.first_name, person.username, person.id_number, person.email]
        return all(any(word in fold(text) for text in texts) for word in fold(value).split())
    if name == "group":
        return not person.groups if value == "none" else value in person.groups
    if name == "inactive":
        return is_inactive(person, course, value)
    return any(has_value(enrolment, course, name, [value]) for enrolment in person.enrolments)


def is_inactive(person: PlainPerson, course: PlainCourse, value: str) -> bool:
    if person.last_access is None or value == "never":
        return person.last_access is None
    days = {"d": 1, "w": 7, "m": 30}[value[-1]] * int(value[:-1])
    return course.now - person.last_access > timedelta(days=days)


def sort_value(person: PlainPerson, course: PlainCourse, key: str) -> Any:
    if key == "status":
        return min(BADGE_ORDER.index(enrolment.status(course.now)) for enrolment in person.enrolments)
    if key == "roles":
        return sorted({enrolment.role for enrolment in person.enrolments})
    if key == "groups":
        return sorted({(fold(course.groups[code]), course.groups[code]) for code in person.groups})
    if key == "last_access":
        return (person.last_access is not None, person.last_access or course.now)
    if key in {"last_name", "first_name", "email"}:
        return fold(getattr(person, key))
    return getattr(person, key)
