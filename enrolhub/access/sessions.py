"""How long a session lives: since its sign-in, since its last use, since it was last shown who uses it.

The moments are kept with the session, on the server: a cookie that was copied lives no longer than the one it was copied from.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from enrolhub.access.models import CasSession, User
from enrolhub.access.trail import record_event

View = Callable[..., HttpResponseBase]
SIGNED_IN, SEEN, PROVED = "signed_in_at", "seen_at", "proved_at"
#: A session in use is written once in so many seconds.
WRITTEN_EVERY = 60
#: By this header a page in a browser marks what it asks for by itself (static/enrolhub/page.js): that is no use of the session.
UNATTENDED = "X-Unattended"
#: Why a session has ended: not used, as old as it may become, its account closed.
IDLE, OVER, CLOSED = "idle", "over", "closed"


def now() -> int:
    return int(timezone.now().timestamp())


def age(session: SessionBase, moment: str) -> float:
    """Seconds since this moment of the session; without end when the session does not know it."""
    known = session.get(moment)
    return now() - known if isinstance(known, int) else float("inf")


@receiver(user_logged_in)
def begin(request: HttpRequest, **_: object) -> None:
    """Somebody has signed in, in a session whose key Django has just made anew."""
    request.session.update({SIGNED_IN: now(), SEEN: now(), PROVED: now()})


def prove(request: HttpRequest) -> None:
    """Whoever is signed in has just shown it again: the session gets another key, as at a sign-in."""
    before = request.session.session_key
    request.session.cycle_key()
    rotate_token(request)
    CasSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    request.session[PROVED] = now()


def has_fresh_proof(session: SessionBase) -> bool:
    """Whether who uses the session has shown it lately enough for what cannot be done on a machine left open."""
    return age(session, PROVED) < settings.SIGN_IN_AGAIN_MINUTES * 60


def end_of(session: SessionBase) -> str:
    """Why the session of somebody signed in is over; empty while it is not."""
    if age(session, SIGNED_IN) >= settings.SESSION_HOURS * 3600:
        return OVER
    return IDLE if age(session, SEEN) >= settings.SESSION_IDLE_MINUTES * 60 else ""


def page_of(request: HttpRequest) -> str:
    """The page that somebody had before their eyes: its own address, or that of the page which sent a form or asked for a part."""
    if request.headers.get("HX-Request"):
        shown = request.headers.get("HX-Current-URL", "")
    elif request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    else:
        shown = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(shown, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(shown)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class DoorMiddleware(LoginRequiredMiddleware):
    """Ends the sessions whose time is over or whose account was closed, and leads to the door whoever is not signed in.

    A page is closed unless it says ``login_not_required``. The door says why the session ended, and leads back.
    """

    def process_request(self, request: HttpRequest) -> None:
        if SESSION_KEY not in request.session:
            return
        reason = end_of(request.session)
        if reason:
            self._end(request, reason)
        elif age(request.session, SEEN) >= WRITTEN_EVERY and UNATTENDED not in request.headers:
            request.session[SEEN] = now()

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        # Whom the session names may not use it any more: Django knows nobody then, but lets the session lie.
        if not request.user.is_authenticated and SESSION_KEY in request.session:
            self._end(request, CLOSED)
        return super().process_view(request, view_func, view_args, view_kwargs)

    def _end(self, request: HttpRequest, reason: str) -> None:
        account = User.objects.filter(pk=request.session[SESSION_KEY]).first()
        record_event(account.get_username() if account else "", "session_ended", reason=reason)
        request.session.flush()
        request.user = AnonymousUser()
        request.session_ended = reason  # type: ignore[attr-defined]  # for the way to the door, below

    def handle_no_permission(  # type: ignore[override]  # a browser's script is sent on by a header
        self, request: HttpRequest, view_func: View
    ) -> HttpResponseBase:
        asked = {"next": page_of(request), "ended": getattr(request, "session_ended", "")}
        query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
        door = f"{resolve_url(settings.LOGIN_URL)}?{query}"
        if request.headers.get("HX-Request"):
            # A part of a page would show the door in the place of the part.
            return HttpResponse(headers={"HX-Redirect": door})
        return HttpResponseRedirect(door)
