"""How fast one account may take lists with it and write to people: whoever asks faster waits, whatever the pages do meanwhile."""

import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from enrolhub.access.models import User
from enrolhub.access.throttling import TOO_MANY_REQUESTS, Bucket, give_back, take_attempt

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Page = Callable[..., HttpResponseBase]


def paced(page: Page) -> Page:
    """Let an account ask for `EXPORTS_PER_MINUTE` answers of such pages a minute, all of them together; then 429 and when to
    come back. Stands outside of the page's own checks: it says nothing of what is there.
    """

    @wraps(page)
    def held(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait = take_attempt([Bucket(f"export:{request.user.pk}", settings.EXPORTS_PER_MINUTE)], MINUTE)
        return _come_back(request, wait) if wait else page(request, *args, **kwargs)

    return held


def _come_back(request: HttpRequest, wait: timedelta) -> HttpResponseBase:
    seconds = math.ceil(wait.total_seconds())
    response: HttpResponseBase
    if "application/json" in request.headers.get("Accept", ""):
        words = _("You have taken many lists within a minute. Wait a moment, then ask again.")
        response = JsonResponse({"wrong": words}, status=TOO_MANY_REQUESTS)
    else:
        response = render(request, "access/paced.html", {"seconds": seconds}, status=TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(seconds)
    return response


def take_message(author: User) -> timedelta | None:
    """Count one message to participants. None when it may go out, otherwise how long to wait: an account confirms
    `MESSAGES_PER_AUTHOR` an hour. Belongs outside of any transaction that may be rolled back.
    """
    return take_attempt([_messages_of(author)], HOUR)


def give_message_back(author: User) -> None:
    """The message counted did not go out."""
    give_back([_messages_of(author)])


def _messages_of(author: User) -> Bucket:
    return Bucket(f"message:{author.pk}", settings.MESSAGES_PER_AUTHOR)
