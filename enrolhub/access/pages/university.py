"""Signing in with the university's account: the address that the CAS server knows as the service."""

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from enrolhub.access import sessions
from enrolhub.access.backends import CasBackend
from enrolhub.access.pages.door import own_page
from enrolhub.access.throttling import give_address_back, show_wait, take_from_address
from enrolhub.access.trail import record_event
from enrolhub.access.university import CAS_BACKEND, TRIP, begin_trip, end_sessions, is_own_trip, keep_ticket, service_of

if TYPE_CHECKING:
    from enrolhub.access.cas import Answer

logger = logging.getLogger(__name__)


@csrf_exempt  # the CAS server has no token; what it sends ends sessions whose tickets it knows, and does nothing else
@login_not_required
@require_http_methods(["GET", "POST"])
def university(request: HttpRequest) -> HttpResponse:
    """The way to the CAS server, the way back with a ticket, and the server's word that a session there has ended."""
    if request.method == "POST":
        return _leave(request)
    if not settings.CAS_SERVER_URL:
        raise Http404
    return _come_back(request) if "ticket" in request.GET else _set_out(request)


def _set_out(request: HttpRequest) -> HttpResponse:
    from enrolhub.access import cas  # needs the extra

    back = own_page(request, request.GET.get("next", ""))
    again = request.user.is_authenticated and "again" in request.GET
    if request.user.is_authenticated and not again:
        return HttpResponseRedirect(back)
    service = service_of(request, begin_trip(request.session), back, again=again)
    return HttpResponseRedirect(cas.login_address(service, renew=again))


def _come_back(request: HttpRequest) -> HttpResponse:
    from enrolhub.access import cas

    trip, again = request.GET.get("trip", ""), "again" in request.GET
    back = own_page(request, request.GET.get("next", ""))
    if not is_own_trip(request.session, trip):
        return _refuse(request, "cas_elsewhere", back, again=again)
    wait = take_from_address(request)
    if wait:
        return show_wait(request, wait)
    ticket, service = request.GET["ticket"], service_of(request, trip, request.GET.get("next", ""), again=again)
    try:
        answer = cas.ask(ticket, service, renew=again)
    except cas.CasFault as fault:
        logger.warning("the CAS server signs nobody in: %s %s", fault.code, fault.detail)
        return _refuse(request, fault.code, back, again=again)
    give_address_back(request)
    return _prove(request, answer, ticket) if again else _enter(request, answer, ticket, back)


def _enter(request: HttpRequest, answer: "Answer", ticket: str, back: str) -> HttpResponse:
    account = CasBackend().authenticate(request, answer.username, dict(answer.names))
    if account is None:
        return _refuse(request, "cas_barred", back, target=answer.username)
    login(request, account, backend=CAS_BACKEND)
    request.session.pop(TRIP, None)
    keep_ticket(request.session, ticket)
    return HttpResponseRedirect(back)


def _prove(request: HttpRequest, answer: "Answer", ticket: str) -> HttpResponse:
    """Whoever is signed in has typed their password once more, at the university."""
    if not request.user.is_authenticated or request.user.get_username() != answer.username:
        return _refuse(request, "cas_somebody_else", "/", again=True)
    sessions.prove(request)
    keep_ticket(request.session, ticket)
    return redirect("access:again")


def _refuse(request: HttpRequest, code: str, back: str, *, again: bool = False, target: str = "") -> HttpResponse:
    """The way back to the page one set out from, without the ticket in its address, which says why."""
    record_event("", "sign_in_refused", target, by="cas", why=code)
    if again and request.user.is_authenticated:
        return redirect(f"{reverse('access:again')}?{urlencode({'fault': code})}")
    return redirect(f"{reverse('access:sign_in')}?{urlencode({'fault': code, 'next': back}, safe='/')}")


def _leave(request: HttpRequest) -> HttpResponse:
    message = request.POST.get("logoutRequest", "") if settings.CAS_SERVER_URL else ""
    if not message:
        return HttpResponseForbidden("Only the CAS server sends something here.", content_type="text/plain")
    from enrolhub.access import cas

    tickets = cas.tickets_logged_out(message)
    if not tickets:
        return HttpResponseForbidden("This names no ticket.", content_type="text/plain")
    end_sessions(tickets)
    return HttpResponse(content_type="text/plain")
