"""The facts of an enrolment as the engine compares them: role, suspension, start, end."""

from collections.abc import Sequence

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Value, When
from django.db.models.expressions import Combinable

from courses.models import Exclusion
from courses.participants.lists import is_among
from enrolhub.sync.facts import JoinedFacts, TimeText

ENROLMENT_FACTS = ("role", "suspended_by", "starts_at", "ends_at")
EMPTY = Value("", output_field=CharField())
SYNC = Value("sync", output_field=CharField())
#: The line of what comes from no file.
NO_LINE = Value(0, output_field=IntegerField())


def plain_facts(role: str = "role__short_name") -> JoinedFacts:
    """What a source that knows neither dates nor suspensions says of an enrolment."""
    return JoinedFacts(F(role), EMPTY, EMPTY, EMPTY)


def full_facts() -> JoinedFacts:
    """Everything an enrolment row says."""
    return JoinedFacts(F("role__short_name"), F("suspended_by"), TimeText(F("starts_at")), TimeText(F("ends_at")))


def synced_facts(*, manages_dates: bool) -> JoinedFacts:
    """What a source would say of an enrolment row: a suspension by hand is not its business."""
    suspension = Case(When(suspended_by="sync", then=SYNC), default=EMPTY, output_field=CharField())
    starts: Combinable = TimeText(F("starts_at")) if manages_dates else EMPTY
    ends: Combinable = TimeText(F("ends_at")) if manages_dates else EMPTY
    return JoinedFacts(F("role__short_name"), suspension, starts, ends)


def is_admitted(method: str = "") -> Case:
    """1 where the method takes newcomers: a disabled one keeps its people up to date but lets nobody in."""
    return Case(When(**{f"{method}enabled": True}, then=Value(1)), default=Value(0))


def is_excluded(method: str, person: str, lifted: Sequence[int] = ()) -> Exists:
    """Whether the (outer) person was removed from the (outer) method by hand; exclusions ``lifted`` (ids) do not count."""
    exclusions = Exclusion.objects.filter(method=OuterRef(method), person=OuterRef(person))
    return Exists(exclusions.exclude(is_among("pk", lifted)) if lifted else exclusions)
