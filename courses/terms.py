"""How long an enrolment lasts that begins now, where its method says so."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from courses.models import Method
from enrolhub.web.sheets.values import PARIS


def end_after(begins_at: datetime, days: int) -> datetime:
    """The midnight in Paris that ends the last of so many whole days after the day of ``begins_at`` (UTC)."""
    day = begins_at.astimezone(PARIS).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def end_by(method: Method, begins_at: datetime) -> datetime | None:
    """When an enrolment by the method ends that begins now; None when the method sets no duration."""
    return end_after(begins_at, method.duration_days) if method.duration_days else None


def usual_end(methods: Iterable[Method]) -> datetime | None:
    """The end that the manual method of a course offers for enrolments by hand that begin now."""
    manual = next((method for method in methods if method.kind == Method.Kind.MANUAL), None)
    return end_by(manual, timezone.now()) if manual else None


def as_typed(moment: datetime | None) -> str:
    """A moment as a field of day and hour takes it, in Paris; empty for None."""
    return f"{moment.astimezone(PARIS):%Y-%m-%dT%H:%M}" if moment else ""
