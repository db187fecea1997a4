"""A method as the ledger writes it: every one of its fields as text, what it refers to by code."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    F,
    Field,
    IntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from cohorts.models import Cohort
from courses.models import Course, Group, Method, Role
from enrolhub.sync.facts import JoinedFacts, TimeText, join_facts, split_facts

#: The ledger keeps texts in this order: a field that comes later stands at the end.
FACTS = (
    "kind",
    "name",
    "enabled",
    "position",
    "role",
    "group",
    "source_cohort",
    "source_course",
    "role_map",
    "departure_policy",
    "starts_at",
    "ends_at",
    "key",
    "capacity",
    "duration_days",
    "expiry_policy",
    "notice_days",
    "admits_cohort",
    "welcome_message",
    "may_withdraw",
    "may_renew",
)
#: What a method refers to, and the code by which the ledger knows it.
CODES = {
    "role": "short_name",
    "group": "code",
    "source_cohort": "code",
    "source_course": "code",
    "admits_cohort": "code",
}
YES = "yes"


def facts_of(method: Method) -> str:
    """The facts of a method as it stands in memory."""
    return join_facts([_text_of(method, name) for name in FACTS])


def _text_of(method: Method, name: str) -> str:
    value = getattr(method, name)
    if name in CODES:
        return str(getattr(value, CODES[name])) if value else ""
    if isinstance(value, bool):
        return YES if value else ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else str(value)


def method_facts() -> JoinedFacts:
    """The facts of a row of the table of methods."""
    return JoinedFacts(*(_expression(name) for name in FACTS))


def _expression(name: str) -> Combinable:
    nothing = Value("", output_field=TextField())
    if name in CODES:
        return Coalesce(F(f"{name}__{CODES[name]}"), nothing, output_field=TextField())
    field: Field[Any, Any] = Method._meta.get_field(name)  # type: ignore[assignment]  # no relation, by the line above
    if isinstance(field, BooleanField):
        return Case(When(**{name: True}, then=Value(YES)), default=nothing, output_field=TextField())
    if isinstance(field, DateTimeField):
        return TimeText(F(name))
    if isinstance(field, IntegerField):
        return Coalesce(Cast(F(name), CharField(max_length=20)), nothing, output_field=TextField())
    return F(name)


class Book:
    """What facts refer to by code, read once for many of them."""

    def __init__(self, facts: Iterable[tuple[int, str]]) -> None:
        """``facts`` are those of methods, each with the id of its course."""
        self.told = [(course, split_facts(text, FACTS)) for course, text in facts]
        self.roles = {role.short_name: role for role in Role.objects.all()}
        self.cohorts = {each.code: each for each in Cohort.objects.filter(code__in=self._codes("source_cohort"))}
        self.cohorts |= {each.code: each for each in Cohort.objects.filter(code__in=self._codes("admits_cohort"))}
        self.courses = {each.code: each for each in Course.objects.filter(code__in=self._codes("source_course"))}
        groups = Group.objects.filter(course__in={course for course, _ in self.told}, code__in=self._codes("group"))
        self.groups = {(each.course_id, each.code): each for each in groups}

    def _codes(self, name: str) -> set[str]:
        return {facts.get(name, "") for _course, facts in self.told} - {""}

    def method(self, pk: int, course: int, text: str) -> Method:
        """The method that these facts tell of. What they refer to and is gone by now is not there."""
        method = Method(pk=pk, course_id=course)
        for name, told in split_facts(text, FACTS).items():
            setattr(method, name, self._value(name, told, course))
        return method

    def _value(self, name: str, told: str, course: int) -> Any:
        if name in CODES:
            if name == "group":
                return self.groups.get((course, told))
            books: Mapping[str, Mapping[str, Any]] = {"role": self.roles, "source_course": self.courses}
            found = books.get(name, self.cohorts)
            return found.get(told)
        field: Field[Any, Any] = Method._meta.get_field(name)  # type: ignore[assignment]  # no relation, by the line above
        if isinstance(field, BooleanField):
            return told == YES
        if told == "" and field.null:
            return None
        if isinstance(field, DateTimeField):
            return datetime.fromisoformat(told)
        return int(told) if isinstance(field, IntegerField) else told
