"""After too many refusals one rests a while: of a sign-in, for one account at one address; of a secret, as its buckets say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from enrolhub.access.models import Attempts

TOO_MANY_REQUESTS = 429


def show_locked(
    request: HttpRequest, _response: HttpResponse | None, _credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer a sign-in that comes too soon: how long to wait, and nothing about the account."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    response = render(request, "access/locked.html", {"minutes": minutes}, status=TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(minutes * 60)
    return response


#: Counts that nobody needs any more.
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True)
class Bucket:
    """What attempts are counted by (a person, an address), and how many it may have within ``window``."""

    name: str
    limit: int


def take_attempt(buckets: Sequence[Bucket], window: timedelta) -> timedelta | None:
    """Count one attempt at a secret in every bucket, before it is compared: a thousand at once are counted, too.

    None when it may go on; otherwise how long to wait, and nothing is counted. Belongs outside of any transaction that may
    be rolled back.
    """
    taken: list[Bucket] = []
    for bucket in buckets:
        wait = _take(bucket, window)
        if wait is not None:
            give_back(taken)
            return wait
        taken.append(bucket)
    return None


def _take(bucket: Bucket, window: timedelta) -> timedelta | None:
    now = timezone.now()
    rows = Attempts.objects.filter(bucket=bucket.name)
    _row, is_new = Attempts.objects.get_or_create(bucket=bucket.name, defaults={"since": now})
    if is_new:
        Attempts.objects.filter(since__lt=now - max(FORGOTTEN, window)).delete()
    rows.filter(since__lte=now - window).update(since=now, count=0)
    if rows.filter(count__lt=bucket.limit).update(count=F("count") + 1):
        return None
    since = rows.values_list("since", flat=True).first() or now
    return max(since + window - now, timedelta(seconds=1))


def give_back(buckets: Sequence[Bucket]) -> None:
    """Take one attempt out of each bucket again: it was the right secret, or none was compared."""
    for bucket in buckets:
        Attempts.objects.filter(bucket=bucket.name, count__gt=0).update(count=F("count") - 1)


def address_of(request: HttpRequest) -> str:
    """The network address that a request comes from, as the sign-in counts it."""
    return str(get_client_ip_address(request) or "")
