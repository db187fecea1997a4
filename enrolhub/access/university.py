"""Sessions opened by the university's CAS server: the way there and back, and those that its word ends."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from enrolhub.access.models import CasSession, User
from enrolhub.access.trail import record_event

CAS_BACKEND = "enrolhub.access.backends.CasBackend"
#: What only the browser that set out can come back with: nobody is signed in by the ticket of somebody else.
TRIP = "university_trip"


def begin_trip(session: SessionBase) -> str:
    """The secret of the ways to the CAS server that this session begins: one, for several tabs may be under way."""
    if not session.get(TRIP):
        session[TRIP] = secrets.token_urlsafe(16)
    return str(session[TRIP])


def is_own_trip(session: SessionBase, trip: str) -> bool:
    known = str(session.get(TRIP, ""))
    return bool(known) and constant_time_compare(trip, known)


def site_page(request: HttpRequest, path: str) -> str:
    """The whole address of a page, as the CAS server is to know the site."""
    return f"{settings.SITE_ADDRESS.rstrip('/')}{path}" if settings.SITE_ADDRESS else request.build_absolute_uri(path)


def service_of(request: HttpRequest, trip: str, back: str, *, again: bool = False) -> str:
    """The service that a ticket is asked for and checked with; the same for both, to the letter."""
    query = {"trip": trip, "next": back} | ({"again": "1"} if again else {})
    return f"{site_page(request, reverse('access:university'))}?{urlencode(query)}"


def digest_of(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def keep_ticket(session: SessionBase, ticket: str) -> None:
    """Remember which session the ticket opened; forget those that no session can have any more."""
    if not session.session_key:
        session.create()
    CasSession.objects.filter(at__lt=timezone.now() - timedelta(hours=settings.SESSION_HOURS)).delete()
    CasSession.objects.update_or_create(ticket=digest_of(ticket), defaults={"session_key": session.session_key or ""})


def end_sessions(tickets: Iterable[str]) -> int:
    """End the sessions that these tickets opened: their people have left the university's session. How many ended."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    known = CasSession.objects.filter(ticket__in=[digest_of(ticket) for ticket in tickets])
    keys = set(known.values_list("session_key", flat=True))
    for key in keys:
        account = User.objects.filter(pk=store(session_key=key).get(SESSION_KEY)).first()
        store(session_key=key).delete()
        if account:
            record_event(account.get_username(), "session_ended", reason="university")
    CasSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
