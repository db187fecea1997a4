"""The guards' limits in force: those of the settings, and those that a person raised until a date.

A limit is raised once, for a few days, with a reason; then it is the setting's again by itself. It cannot be lowered
under its setting, nor raised beyond the range that a setting may have: no guard is ever switched off.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from enrolhub.access.models import User
from enrolhub.access.trail import record_event
from enrolhub.sync.guards import Limits
from enrolhub.sync.models import Finding, LimitRaise, Run
from enrolhub.sync.refusal import RunRefused

#: Settings whose limit can be raised, and what the guards call them.
PLAN_LIMITS = {
    "GUARD_SCOPE_SMALL_COUNT": "small_count",
    "GUARD_SCOPE_MEDIUM_PERCENT": "medium_percent",
    "GUARD_SCOPE_LARGE_PERCENT": "large_percent",
    "GUARD_RUN_PERCENT": "run_percent",
    "GUARD_RUN_COUNT": "run_count",
    "GUARD_RUN_TIMES": "run_times",
    "GUARD_RUN_MORE_PERMILLE": "run_more_permille",
}
EXTRACT_LIMITS = ("GUARD_EXTRACT_SHRINK_PERCENT", "GUARD_EXTRACT_SHRINK_ROWS", "GUARD_EXTRACT_STALE_HOURS")
RAISABLE = (*PLAN_LIMITS, *EXTRACT_LIMITS)
#: For how many days at most.
LONGEST = 7


def active_raises(now: datetime | None = None) -> QuerySet[LimitRaise]:
    """Raises in force at this moment."""
    now = now or timezone.now()
    return LimitRaise.objects.filter(starts_at__lte=now, ends_at__gt=now, ended_at__isnull=True)


def limits_of(names: Iterable[str], now: datetime | None = None) -> dict[str, int]:
    """The limits of these settings, in one query: the setting's, or a higher one that is in force."""
    found = {name: int(getattr(settings, name)) for name in names}
    for name, value in active_raises(now).values_list("limit", "value"):
        if name in found:
            found[name] = max(found[name], value)
    return found


def limits_in_force(now: datetime | None = None) -> Limits:
    """What the guards judge a plan by."""
    raised = limits_of(PLAN_LIMITS, now)
    return Limits(
        small_size=settings.GUARD_SCOPE_SMALL_SIZE,
        medium_size=settings.GUARD_SCOPE_MEDIUM_SIZE,
        arrivals_size=settings.GUARD_ARRIVALS_SIZE,
        arrivals_percent=settings.GUARD_ARRIVALS_PERCENT,
        **{field: raised[name] for name, field in PLAN_LIMITS.items()},
    )


def raise_limit(limit: str, value: int, last_on: date, reason: str, account: User | None = None) -> LimitRaise:
    """Raise a limit from now to the end of that day (local time). Raises RunRefused, saying what would be accepted."""
    refuse_raise(limit, value, last_on, reason)
    ends_at = timezone.make_aware(datetime.combine(last_on + timedelta(days=1), time.min))
    raised = LimitRaise.objects.create(
        limit=limit, value=value, starts_at=timezone.now(), ends_at=ends_at, author=account, reason=reason[:500]
    )
    before = int(getattr(settings, limit))
    name = account.get_username() if account else ""
    record_event(name, "limit_raised", limit, before=before, after=value, until=last_on.isoformat(), reason=reason)
    return raised


def refuse_raise(limit: str, value: int, last_on: date, reason: str) -> None:
    if limit not in RAISABLE:
        raise RunRefused("limit_unknown", limit=limit, known=", ".join(RAISABLE))
    lowest, highest = int(getattr(settings, limit)) + 1, settings.GUARD_HIGHEST[limit]
    if not lowest <= value <= highest:
        raise RunRefused("limit_out_of_range", limit=limit, lowest=lowest, highest=highest)
    today = timezone.localdate()
    if not today <= last_on <= today + timedelta(days=LONGEST):
        last = (today + timedelta(days=LONGEST)).isoformat()
        raise RunRefused("limit_too_long", days=LONGEST, first=today.isoformat(), last=last)
    if not reason.strip():
        raise RunRefused("decision_without_comment")


def end_raise(raised: LimitRaise, account: User | None = None) -> None:
    """Give a limit back to its setting before its time."""
    if LimitRaise.objects.filter(pk=raised.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
        record_event(account.get_username() if account else "", "limit_given_back", raised.limit)


def note_raised_limits(run: Run) -> None:
    """Let the run's report say by which raised limits it was judged."""
    run.findings.filter(code="limit_raised").delete()
    raises = list(active_raises().order_by("limit", "pk"))
    if raises:
        cases = [{"limit": each.limit, "value": each.value, "until": each.ends_at.isoformat()} for each in raises]
        Finding.objects.create(run=run, code="limit_raised", level=Finding.Level.INFO, count=len(raises), cases=cases)
