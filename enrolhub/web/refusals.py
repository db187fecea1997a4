"""Pages that some may not see: for them there is no such page, and the audit trail keeps that they asked."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from enrolhub.access.models import Event
from enrolhub.access.trail import record_event

Page = Callable[..., HttpResponseBase]
logger = logging.getLogger(__name__)
REFUSED = "access_refused"
#: Refusals of one account that the trail keeps in that time; further ones stand in the log alone.
KEPT, WITHIN = 20, timedelta(hours=1)


class Refused(Http404):
    """What was asked for is there, and the right to it is missing. The answer is that of an address that nothing answers to."""


def refusal_of(rows: QuerySet[Any]) -> Http404:
    """What to raise when the account has none of these rows: refused when they are there, not found when nobody has them."""
    return Refused() if rows.exists() else Http404()


def needs(may_see: Callable[[Any], bool]) -> Callable[[Page], Page]:
    """Answer 404 to those whom the rule refuses, so that the address tells them nothing."""

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may_see(request.user):
                raise Refused
            return page(request, *args, **kwargs)

        return guarded

    return guard


def note_refusal(request: HttpRequest, exception: Exception) -> None:
    """Keep on the trail that a signed-in account was refused something for want of a right."""
    user = getattr(request, "user", None)
    if not isinstance(exception, Refused | PermissionDenied) or user is None or user.is_anonymous:
        return
    name, method = user.get_username(), str(request.method)
    logger.warning("refused to %s: %s %s", name, method, request.path)
    try:
        _keep(name, method, request.path)
    except DatabaseError:
        # The page is refused all the same, and the log has it.
        logger.exception("a refusal could not be kept on the audit trail")


def _keep(name: str, method: str, path: str) -> None:
    lately = Event.objects.filter(actor=name, action=REFUSED, at__gt=timezone.now() - WITHIN).count()
    if lately < KEPT:
        record_event(name, REFUSED, path, method=method, last=lately == KEPT - 1)
