"""After too many refusals one rests a while: of a sign-in, for one account at one address; of a secret, as its buckets say."""

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from enrolhub.access.models import Attempts
from enrolhub.access.trail import record_event

TOO_MANY_REQUESTS = 429


#: For how long the refusals of one network address are counted together, whatever the accounts.
ADDRESS_WINDOW = timedelta(hours=1)
#: What is written in front of the addresses of one household or machine, in IPv6.
HOUSEHOLD = 64


def show_locked(
    request: HttpRequest, _response: HttpResponse | None, _credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer a sign-in that comes too soon: how long to wait, and nothing about the account."""
    return show_wait(request, settings.AXES_COOLOFF_TIME)


def show_wait(request: HttpRequest, wait: timedelta) -> HttpResponse:
    """The page of `show_locked`, for another time."""
    minutes = math.ceil(wait.total_seconds() / 60)
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


def counted_username(_request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The username as refusals are counted by it: a directory takes other letters, widths and blanks for the same name."""
    typed = str((credentials or {}).get("username") or "")
    return " ".join(unicodedata.normalize("NFKC", typed).casefold().split())[:150]


def network_of(address: str) -> str:
    """The address as refusals are counted by it: in IPv6 one machine has as many as it likes, which begin alike."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, HOUSEHOLD), strict=False))
    return str(known)


def _pair(request: HttpRequest, username: str) -> Bucket:
    """The account at this address, whatever the address of the network says besides."""
    counted = f"{counted_username(request, {'username': username})}\n{network_of(address_of(request))}"
    return Bucket(f"sign-in:{hashlib.sha256(counted.encode()).hexdigest()}", settings.AXES_FAILURE_LIMIT)


def _address(request: HttpRequest) -> Bucket:
    return Bucket(f"sign-in-from:{network_of(address_of(request))}"[:80], settings.SIGN_IN_ADDRESS_ATTEMPTS)


def take_sign_in(request: HttpRequest, username: str) -> timedelta | None:
    """Count a sign-in before the password is compared, for the account at this address and for the address.

    None when it may go on; otherwise how long to wait. Nobody is kept out by what others try from elsewhere.
    """
    pair = _pair(request, username)
    wait = take_attempt([pair], settings.AXES_COOLOFF_TIME)
    if wait is None and (wait := take_from_address(request)):
        give_back([pair])
    return wait


def forgive_sign_in(request: HttpRequest, username: str) -> None:
    """It was the right password: what was tried before it for this account here counts no more, and the address has one try back."""
    Attempts.objects.filter(bucket=_pair(request, username).name).update(count=0)
    give_address_back(request)


def take_from_address(request: HttpRequest) -> timedelta | None:
    """Count a sign-in for the address alone; None, or how long to wait. The trail is told once in the window."""
    address = _address(request)
    wait = take_attempt([address], ADDRESS_WINDOW)
    if wait and take_attempt([Bucket(f"told:{address.name}"[:80], 1)], ADDRESS_WINDOW) is None:
        record_event("", "sign_in_locked", known=False, everybody_from_there=True)
    return wait


def give_address_back(request: HttpRequest) -> None:
    give_back([_address(request)])
